/** CPU times of server, client and machine, read together at the borders of a window. */
import { machineBusyNs, processCpuNs } from '../processes/cpu-time.js';
import type { LoadResult } from './order.js';

export interface CpuSample {
  readonly atNs: bigint;
  /** Events done so far, counted at this moment. */
  readonly events: number;
  readonly serverNs: number;
  readonly clientNs: number;
  readonly machineBusyNs: number;
}

/** Reads all clocks; the client is the calling process. */
export function cpuSample(serverPid: number, events: number): CpuSample {
  const { user, system } = process.cpuUsage();
  return {
    atNs: process.hrtime.bigint(),
    events,
    serverNs: processCpuNs(serverPid),
    clientNs: (user + system) * 1000,
    machineBusyNs: machineBusyNs(),
  };
}

/** What was spent between two samples. */
export function cpuSpent(
  from: CpuSample,
  to: CpuSample,
): Pick<LoadResult, 'events' | 'elapsedNs' | 'serverCpuNs' | 'clientCpuNs' | 'foreignShare'> {
  const elapsedNs = Number(to.atNs - from.atNs);
  const serverCpuNs = to.serverNs - from.serverNs;
  const clientCpuNs = to.clientNs - from.clientNs;
  const foreignNs = to.machineBusyNs - from.machineBusyNs - serverCpuNs - clientCpuNs;
  return {
    events: to.events - from.events,
    elapsedNs,
    serverCpuNs,
    clientCpuNs,
    foreignShare: Math.max(0, foreignNs / elapsedNs),
  };
}
