/** What is measured: one server under one load, and what its figure is held against. One line of the table each. */
import type { SocketLoad } from '../client/order.js';
import type { ServerName } from '../processes/server.js';

/** Names of the goals, in the order of the table. */
export const goalNames = ['P1', 'P2', 'P3', 'P7', 'P8'] as const;

export type GoalName = (typeof goalNames)[number];

/** A limit for the ratio to another measurement of the same repetition. */
export interface Target {
  /** Id of the other measurement, and how the table calls it. */
  readonly against: string;
  readonly name: string;
  readonly ratioMax: number;
}

export interface Measurement {
  readonly id: string;
  readonly goal: GoalName;
  /** The load in words. */
  readonly title: string;
  readonly server: ServerName;
  readonly load: { readonly socket: SocketLoad } | { readonly httpConnections: number };
  /** Id of the measurement of bare uWebSockets.js with JSON under the same load, where there is one. */
  readonly limit?: string;
  readonly target?: Target;
  /** Left out of short runs. */
  readonly isLong?: boolean;
}
