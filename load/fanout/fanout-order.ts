/** What the client process of a fan-out is asked to do and what it answers: plain JSON, since both cross a process border. */
import type { Encoding } from '../client/order.js';

/** `sluice`: the gateway. `publish`: the peer that does nothing but `app.publish`. */
export type FanoutDialectName = 'sluice' | 'publish';

/** Sockets are subscribed to one topic each; what is published goes round the topics. */
export interface FanoutShape {
  /** Sockets that are subscribed. */
  readonly subscribers: number;
  /** Divides `subscribers`: as many of them have each topic. */
  readonly topics: number;
}

export interface FanoutOrder extends FanoutShape {
  readonly port: number;
  /** Whose CPU time is read. */
  readonly serverPid: number;
  readonly dialect: FanoutDialectName;
  readonly encoding: Encoding;
  /** Subscribers take several messages in one array. */
  readonly takesArrays: boolean;
  /** Messages published, and not yet received by all of their subscribers. */
  readonly inFlight: number;
  readonly warmUpMs: number;
  readonly windowMs: number;
  /** How long the last deliveries may take. */
  readonly drainMs: number;
}

/** What went wrong, counted. All zero in a run that may be believed. */
export interface DeliveryFaults {
  /** Never delivered, and no word of it. */
  missing: number;
  /** Announced by a `gap`: honest, but not wanted where subscribers set the pace. */
  gaps: number;
  /** Delivered more than once. */
  duplicate: number;
  /** Delivered behind a newer one. */
  late: number;
  /** Another topic, other data, or a frame nobody asked for. */
  wrong: number;
  /** `error` frames. */
  refused: number;
  /** Connections that ended while they were needed. */
  closed: number;
  undecodable: number;
}

/** All counts zero. */
export function noDeliveryFaults(): DeliveryFaults {
  return { missing: 0, gaps: 0, duplicate: 0, late: 0, wrong: 0, refused: 0, closed: 0, undecodable: 0 };
}

/** What one measurement found. */
export interface FanoutResult {
  /** Messages checked inside the window, over all subscribers. */
  readonly deliveries: number;
  readonly elapsedNs: number;
  /** User and system time of all threads of the server, inside the window. */
  readonly serverCpuNs: number;
  readonly clientCpuNs: number;
  /** How many cores the hypervisor and other processes kept busy meanwhile: 0 is a quiet machine. */
  readonly foreignShare: number;
  /** Messages over the whole run that were decoded and compared whole. */
  readonly parsed: number;
  readonly faults: DeliveryFaults;
  /** The first thing that went wrong, in words. */
  readonly firstFault?: string;
}
