/** Each fault of the proxy once, as an audited run meets it. */
import type { Faults } from '../faults/faults.js';

export interface NetworkFault {
  readonly name: string;
  readonly faults: Faults;
  /** How long it holds. */
  readonly forMs: number;
}

/** All of them. Where bytes come in pieces nobody connects anew: an upgrade request in pieces is not taken. */
export const networkFaults: readonly NetworkFault[] = [
  { name: 'latency', faults: { latencyMs: 15 }, forMs: 200 },
  { name: 'jitter', faults: { latencyMs: 2, jitterMs: 25 }, forMs: 200 },
  { name: 'bandwidth', faults: { bandwidthBytesPerSecond: 100_000 }, forMs: 200 },
  { name: 'slices', faults: { sliceBytes: 7, slicedBytesMax: 20_000 }, forMs: 200 },
  { name: 'resets', faults: { resetAfterBytes: 6000 }, forMs: 300 },
  { name: 'half-closes', faults: { toClient: { halfCloseAfterBytes: 5000 } }, forMs: 300 },
  { name: 'half-closes to the server', faults: { toServer: { halfCloseAfterBytes: 2500 } }, forMs: 300 },
  { name: 'black holes', faults: { blackHoleAfterBytes: 6000 }, forMs: 300 },
  { name: 'black holes after a time', faults: { toClient: { blackHoleAfterMs: 50 } }, forMs: 150 },
  { name: 'stalls', faults: { blackHoleAfterBytes: 0, blackHoleMode: 'stall' }, forMs: 200 },
  { name: 'cuts', faults: { cutEveryBytes: 5000, cutSpread: 0.9 }, forMs: 300 },
  { name: 'refused connections', faults: { cutEveryBytes: 4000, refuseConnections: 12 }, forMs: 300 },
  { name: 'a time of refusals', faults: { cutEveryBytes: 4000, refuseMs: 200 }, forMs: 300 },
];
