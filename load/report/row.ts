/** One line of the report: all repetitions of one measurement, and its ratios within each repetition. */
import { hasFault, type LoadResult } from '../client/order.js';
import type { Measurement } from '../plan/measurement.js';
import type { ServerName } from '../processes/server.js';
import type { Run } from '../run/run-all.js';
import { type Summary, summarize } from './statistics.js';

export interface Row {
  readonly id: string;
  readonly goal: string;
  readonly title: string;
  readonly server: ServerName;
  /** Why nothing of this row may be believed; then there are no figures. */
  readonly invalid?: string | undefined;
  /** Why this machine could not measure it; then there are no figures either, and that is no fault. */
  readonly missing?: string | undefined;
  /** Of the server. */
  readonly cpuUsPerEvent?: Summary | undefined;
  /** Events per second, the median: how fast this closed loop went, not what the server could do. */
  readonly eventsPerSecond?: number | undefined;
  /** Shares of one core, medians. */
  readonly serverBusy?: number | undefined;
  readonly clientBusy?: number | undefined;
  /** Cores that other processes kept busy meanwhile, in the worst repetition. */
  readonly foreignBusy?: number | undefined;
  /** CPU/event over that of bare uWebSockets.js with JSON. */
  readonly limitRatio?: Summary | undefined;
  readonly target?: RowTarget | undefined;
  /** The server ran so little of the time that it found other numbers of events per turn than a busy one would. */
  readonly isIdle?: boolean | undefined;
}

export interface RowTarget {
  /** What it is held against. */
  readonly name: string;
  readonly ratioMax: number;
  /** Absent when that was not measured, or is invalid. */
  readonly ratio?: Summary | undefined;
}

/** A server less busy than that in a pipelined load waited for its client, or for a core others used. */
const busyMin = 0.6;

/** One row per measurement, in the order of the goals. */
export function rowsOf(measurements: readonly Measurement[], runs: readonly Run[]): Row[] {
  return measurements
    .toSorted((a, b) => (a.goal < b.goal ? -1 : a.goal > b.goal ? 1 : 0))
    .map((measurement) => rowOf(measurement, runs));
}

function rowOf({ id, goal, title, server, limit, target }: Measurement, runs: readonly Run[]): Row {
  const own = runs.filter((run) => run.id === id);
  const invalid = firstFault(own);
  if (invalid !== undefined) return { id, goal, title, server, invalid };
  const missing = own.find((run) => run.missing !== undefined)?.missing;
  if (missing !== undefined) return { id, goal, title, server, missing };
  const results = own.flatMap(({ result }) => result ?? []);
  const serverBusy = median(results, ({ serverCpuNs, elapsedNs }) => serverCpuNs / elapsedNs);
  return {
    id,
    goal,
    title,
    server,
    cpuUsPerEvent: summarize(results.map(cpuUsPerEvent)),
    eventsPerSecond: median(results, ({ events, elapsedNs }) => Math.round((events * 1e9) / elapsedNs)),
    serverBusy,
    clientBusy: median(results, ({ clientCpuNs, elapsedNs }) => clientCpuNs / elapsedNs),
    foreignBusy: summarize(results.map(({ foreignShare }) => foreignShare))?.highest,
    limitRatio: limit === undefined ? undefined : ratio(id, limit, runs),
    target: target && { name: target.name, ratioMax: target.ratioMax, ratio: ratio(id, target.against, runs) },
    isIdle: (goal === 'P1' || goal === 'P3') && (serverBusy ?? 1) < busyMin,
  };
}

/** CPU time of the server per event, in microseconds. */
export function cpuUsPerEvent({ serverCpuNs, events }: LoadResult): number {
  return serverCpuNs / events / 1000;
}

/** What makes a run worthless: it failed, counted faults, or did nothing. Undefined when it may be believed, or could not be. */
export function faultOf({ result, failure, missing }: Run): string | undefined {
  if (missing !== undefined) return undefined;
  if (result === undefined) return onOneLine(failure ?? 'no result');
  if (hasFault(result.faults)) return onOneLine(`${result.firstFault ?? 'faults'} ${JSON.stringify(result.faults)}`);
  if (result.events === 0) return 'no event was done in the window';
  return result.serverCpuNs === 0 ? 'the server did not get to run in the window' : undefined;
}

function firstFault(runs: readonly Run[]): string | undefined {
  return runs.map(faultOf).find((fault) => fault !== undefined);
}

/** Of two measurements in the same repetition; only when both are valid in all of them. */
function ratio(id: string, against: string, runs: readonly Run[]): Summary | undefined {
  const others = runs.filter((run) => run.id === against);
  if (firstFault(others) !== undefined) return undefined;
  const ratios = runs
    .filter((run) => run.id === id)
    .flatMap(({ repetition, result }) => {
      const other = others.find((run) => run.repetition === repetition)?.result;
      return result === undefined || other === undefined ? [] : [cpuUsPerEvent(result) / cpuUsPerEvent(other)];
    });
  return summarize(ratios);
}

function onOneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

function median(results: readonly LoadResult[], of: (result: LoadResult) => number): number | undefined {
  return summarize(results.map(of))?.median;
}
