import { describe, expect, it } from 'vitest';
import type { FanoutServerName } from '../../../load/fanout/fanout-options.js';
import { type FanoutResult, noDeliveryFaults } from '../../../load/fanout/fanout-order.js';
import { fanoutChecks, fanoutRows } from '../../../load/fanout/fanout-rows.js';
import { fanoutText } from '../../../load/fanout/fanout-text.js';
import type { FanoutRun } from '../../../load/fanout/measure-fanout.js';
import { memoryText } from '../../../load/fanout/memory-text.js';

/** A run of one second. @param rate deliveries in it. @param serverNs CPU of each */
function run(
  server: FanoutServerName,
  [rate, serverNs]: readonly [rate: number, serverNs: number],
  more: Partial<FanoutResult> & { readonly inFlight?: number; readonly repetition?: number } = {},
): FanoutRun {
  const { inFlight = 8, repetition = 1, ...result } = more;
  const figures: FanoutResult = {
    deliveries: rate,
    elapsedNs: 1e9,
    serverCpuNs: rate * serverNs,
    clientCpuNs: 0.5e9,
    foreignShare: 0,
    parsed: 1,
    faults: noDeliveryFaults(),
    ...result,
  };
  return { server, inFlight, repetition, result: figures };
}

const style = { shape: { subscribers: 1000, topics: 1 }, style: 'terminal' } as const;

describe('the rows of a fan-out', () => {
  it('take ratios inside each repetition, and the median of those', () => {
    const runs = [
      run('app.publish', [1000, 400]),
      run('sluice', [900, 500]),
      run('app.publish', [500, 400], { repetition: 2 }),
      run('sluice', [500, 400], { repetition: 2 }),
      run('app.publish', [1000, 400], { repetition: 3 }),
      run('sluice', [700, 800], { repetition: 3 }),
    ];
    const [floor, sluice] = fanoutRows(runs);
    expect(floor).toMatchObject({ rateRatio: undefined, cpuNs: { median: 400 }, serverBusy: 0.0004 });
    expect(sluice).toMatchObject({ rateRatio: { median: 0.9, lowest: 0.7, highest: 1 }, cpuRatio: { median: 0.8 } });
  });

  it('have no figures where a delivery was amiss, and say what it was', () => {
    const faults = { ...noDeliveryFaults(), missing: 2 };
    const runs = [
      run('app.publish', [1, 1]),
      run('sluice', [1, 1], { faults, firstFault: 'expected offset 3, got 5' }),
    ];
    const rows = fanoutRows(runs);
    expect(rows[1]).toMatchObject({ rateRatio: undefined, deliveriesPerS: undefined });
    const text = fanoutText(rows, fanoutChecks(runs, 1000), style);
    expect(text).toContain('INVALID sluice, 8 in flight: 2 missing: expected offset 3, got 5');
    expect(fanoutChecks(runs, 1000)).toMatchObject([{ isMet: false, found: undefined }]);
  });

  it('say when the client was at its limit', () => {
    const runs = [run('app.publish', [1000, 400]), run('sluice', [1000, 200], { clientCpuNs: 0.97e9 })];
    const text = fanoutText(fanoutRows(runs), [], style);
    expect(text).toContain('97 %*');
    expect(text).toContain('the client was at its limit');
  });

  it('are a table', () => {
    const runs = [run('app.publish', [2_000_000, 400]), run('sluice', [1_800_000, 440])];
    const lines = fanoutText(fanoutRows(runs), [], style).split('\n');
    expect(lines[0]).toBe('1 topic, 1,000 subscribers each');
    expect(lines[4]).toMatch(/^ +8 {2}app\.publish +2,000,000 ±0 % +400 ±0 % +80 % +50 %$/);
    expect(lines[5]).toMatch(/sluice +1,800,000 ±0 % +440 ±0 % +0\.90 ±0 % +0\.91 ±0 % +79 % +50 %$/);
  });
});

describe('the goals of a fan-out', () => {
  it('are held to deliveries, or to CPU where a client was at its limit', () => {
    const atLimit = { clientCpuNs: 0.99e9, inFlight: 64 };
    const runs = [
      run('app.publish', [1000, 400]),
      run('sluice', [800, 300]),
      run('sluice, arrays', [1100, 300]),
      run('app.publish', [1000, 400], { inFlight: 64 }),
      run('sluice', [4000, 70], atLimit),
      run('sluice, arrays', [4000, 50], atLimit),
    ];
    expect(fanoutChecks(runs, 1000).map(({ isMet, found, bound }) => [isMet, found?.median, bound])).toEqual([
      [false, 0.8, { min: 0.85 }],
      [true, 1.1, { min: 1 }],
      [true, expect.closeTo(400 / 70), { min: 5 }],
      [false, 8, { min: 10 }],
    ]);
  });

  it('are held to CPU where other processes took part, too', () => {
    const runs = [run('app.publish', [1000, 400], { foreignShare: 0.8 }), run('sluice', [2000, 500])];
    expect(fanoutChecks(runs, 1000)).toMatchObject([{ isMet: false, found: { median: 0.8 } }]);
  });

  it('are for a thousand subscribers, and for what was measured', () => {
    const runs = [run('app.publish', [1000, 400]), run('sluice', [1000, 400])];
    expect(fanoutChecks(runs, 100)).toEqual([]);
    expect(fanoutChecks(runs, 1000)).toHaveLength(1);
  });
});

describe('what things take in memory', () => {
  it('is a table of bytes for each', () => {
    const text = memoryText([{ what: 'subscription', count: 100_000, heapBytes: 312.4, rssBytes: 400.6 }], 'markdown');
    expect(text).toContain('| subscription   | 100,000 |             312 |      401 |');
  });
});
