import { describe, expect, it } from 'vitest';
import type { ClientName } from '../../../load/sdk/sdk-order.js';
import { type SdkRun, sdkChecks, sdkRows } from '../../../load/sdk/sdk-rows.js';

function run(client: ClientName, repetition: number, clientUs: number): SdkRun {
  const result = {
    requests: 1000,
    elapsedNs: 1e9,
    clientCpuNs: clientUs * 1000 * 1000,
    serverCpuNs: 5e6,
    foreignShare: repetition / 10,
  };
  return { client, inFlight: 32, repetition, result };
}

const runs = [
  run('ws', 1, 10),
  run('sluice', 1, 8),
  run('sluice, MessagePack', 1, 30),
  run('sluice, MessagePack', 2, 30),
  run('sluice', 2, 30),
  run('ws', 2, 20),
];

describe('the rows of clients', () => {
  it('have ratios that were taken inside each repetition', () => {
    const [ws, sluice, msgpack] = sdkRows(runs);
    expect(ws).toMatchObject({ client: 'ws', ratio: undefined, clientUs: { median: 15, lowest: 10, highest: 20 } });
    expect(sluice).toMatchObject({ ratio: { lowest: 0.8, highest: 1.5 }, serverUs: { median: 5 }, foreignShare: 0.2 });
    expect(sluice?.requestsPerS?.median).toBe(1000);
    expect(msgpack?.ratio).toMatchObject({ lowest: 1.5, highest: 3 });
  });

  it('have no figures where a run failed', () => {
    const failed: SdkRun = { client: 'sluice', inFlight: 32, repetition: 2, failure: 'it broke' };
    const rows = sdkRows([...runs.filter(({ client, repetition }) => client !== 'sluice' || repetition === 1), failed]);
    expect(rows[1]).toMatchObject({ invalid: 'it broke', clientUs: undefined });
  });
});

describe('the goal of the client', () => {
  it('is held by the median of the ratios', () => {
    expect(sdkChecks(runs)).toMatchObject([{ isMet: true, bound: { max: 2 } }]);
    const slow = runs.map((each) => (each.client === 'sluice' ? run('sluice', each.repetition, 50) : each));
    expect(sdkChecks(slow)).toMatchObject([{ isMet: false }]);
  });

  it('is not met by a run without figures', () => {
    const failed = runs.map((each): SdkRun => {
      const { client, inFlight, repetition } = each;
      return client === 'sluice' ? { client, inFlight, repetition, failure: 'it broke' } : each;
    });
    expect(sdkChecks(failed)).toMatchObject([{ isMet: false, found: undefined }]);
  });
});
