/** What the client process is asked to do and what it answers: plain JSON, since both cross a process border. */

/** Clients that send requests and wait for their answers: the package `ws` with a Map of replies, and Sluice's own. */
export const clientNames = ['ws', 'sluice', 'sluice, MessagePack'] as const;
export type ClientName = (typeof clientNames)[number];

export interface SdkOrder {
  readonly port: number;
  /** Whose CPU time is read. */
  readonly serverPid: number;
  readonly client: ClientName;
  readonly connections: number;
  /** Requests that wait for their answer, on each connection. */
  readonly inFlight: number;
  readonly warmUpMs: number;
  readonly windowMs: number;
}

export interface SdkResult {
  readonly requests: number;
  readonly elapsedNs: number;
  readonly clientCpuNs: number;
  readonly serverCpuNs: number;
  /** Cores that others used meanwhile. */
  readonly foreignShare: number;
}
