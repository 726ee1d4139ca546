/** The end of a test with a gateway and its clients: nothing may be amiss, and all are closed whatever is. */
import { expect } from 'vitest';
import type { Gateway } from '../../src/gateway.js';
import { expectConservation } from './test-gateway.js';

/** A client, and what it found wrong, if it looks for that. */
export interface EndingClient {
  readonly faults?: readonly unknown[];
  close(): Promise<void>;
}

export async function endAll(gateway: Gateway, clients: readonly EndingClient[]): Promise<void> {
  try {
    for (const { faults = [] } of clients) expect(faults).toEqual([]);
    await expectConservation(gateway);
  } finally {
    for (const client of clients) await client.close();
    gateway.close();
  }
}
