/** Which measurements a run of the load tool takes. */
import type { ServerName } from '../processes/server.js';
import type { GoalName, Measurement } from './measurement.js';

export interface Selection {
  readonly goals: readonly GoalName[];
  readonly servers: readonly ServerName[];
  readonly isShort: boolean;
}

/** Those of the goals asked for, and what they are compared with; in the order given, each once. */
export function selectMeasurements(all: readonly Measurement[], selection: Selection): Measurement[] {
  const { goals, servers, isShort } = selection;
  const possible = all.filter(({ server, isLong }) => servers.includes(server) && !(isShort && isLong === true));
  const wanted = possible.filter(({ goal }) => goals.includes(goal));
  const referred = new Set(wanted.flatMap(({ limit, target }) => [limit, target?.against]));
  return possible.filter(({ id, goal }) => goals.includes(goal) || referred.has(id));
}
