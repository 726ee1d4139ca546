/** A made-up result of a measurement: 1,000 events in a second, 2 µs of the server's time each, no fault. */
import { type Faults, type LoadResult, noFaults } from '../../load/client/order.js';

interface Changes {
  readonly cpuUsPerEvent?: number;
  readonly events?: number;
  readonly serverBusy?: number;
  readonly foreignShare?: number;
  readonly faults?: Partial<Faults>;
  readonly firstFault?: string;
}

/** `serverBusy` sets how long the window was, so that the events took that share of it. */
export function loadResult(changes: Changes = {}): LoadResult {
  const { cpuUsPerEvent = 2, events = 1000, serverBusy = 1, foreignShare = 0, faults, firstFault } = changes;
  const serverCpuNs = cpuUsPerEvent * events * 1000;
  const elapsedNs = serverCpuNs / serverBusy;
  return {
    events,
    elapsedNs,
    serverCpuNs,
    clientCpuNs: elapsedNs / 2,
    foreignShare,
    parsedReplies: 1,
    faults: { ...noFaults(), ...faults },
    ...(firstFault === undefined ? {} : { firstFault }),
  };
}
