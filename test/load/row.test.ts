import { describe, expect, it } from 'vitest';
import type { LoadResult } from '../../load/client/order.js';
import type { Measurement } from '../../load/plan/measurement.js';
import { progressLine } from '../../load/report/progress-line.js';
import { type Row, rowsOf } from '../../load/report/row.js';
import type { Run } from '../../load/run/run-all.js';
import { loadResult } from './load-result.js';

const limit: Measurement = {
  id: 'limit',
  goal: 'P1',
  title: '50 × 32',
  server: 'uws-json',
  load: { httpConnections: 1 },
  limit: 'limit',
};
const gateway: Measurement = {
  ...limit,
  id: 'gateway',
  server: 'gateway',
  target: { against: 'limit', name: 'limit', ratioMax: 1.2 },
};

function runsOf(id: string, ...results: (LoadResult | string)[]): Run[] {
  return results.map((result, index) => {
    const head = { id, repetition: index + 1 };
    return typeof result === 'string' ? { ...head, failure: result } : { ...head, result };
  });
}

function lastRow(runs: readonly Run[], last = gateway): Row | undefined {
  return rowsOf([limit, last], runs).at(-1);
}

const cost = (cpuUsPerEvent: number) => loadResult({ cpuUsPerEvent });

describe('a row', () => {
  it('of what is not installed has that to say, and nothing else', () => {
    const run: Run = { id: 'gateway', repetition: 1, missing: 'not measured' };
    const { id, goal, title, server } = gateway;
    expect(lastRow([...runsOf('limit', cost(1)), run])).toEqual({ id, goal, title, server, missing: 'not measured' });
    const text = progressLine(gateway, run, { done: 1, total: 1 });
    expect(text).toBe('[1/1] P1 50 × 32, gateway: not measured');
  });

  it('takes ratios inside each repetition, so that what disturbs both disturbs neither', () => {
    const row = lastRow([
      ...runsOf('limit', cost(2), cost(4), cost(1)),
      ...runsOf('gateway', cost(3), cost(6), cost(2)),
    ]);
    expect(row?.cpuUsPerEvent).toEqual({ median: 3, lowest: 2, highest: 6 });
    expect(row?.limitRatio).toEqual({ median: 1.5, lowest: 1.5, highest: 2 });
    expect(row?.target).toEqual({ name: 'limit', ratioMax: 1.2, ratio: row?.limitRatio });
  });

  it.each<{ title: string; bad: LoadResult | string; why: RegExp }>([
    {
      title: 'a lost reply',
      bad: loadResult({ faults: { lost: 1 }, firstFault: 'it went' }),
      why: /it went.*"lost":1/,
    },
    { title: 'a refused event', bad: loadResult({ faults: { refused: 2 } }), why: /"refused":2/ },
    { title: 'no event at all', bad: loadResult({ events: 0 }), why: /no event/ },
    { title: 'no CPU time at all', bad: loadResult({ cpuUsPerEvent: 0 }), why: /did not get to run/ },
    { title: 'a fault told on two lines', bad: loadResult({ faults: { wrong: 1 }, firstFault: 'a\nb' }), why: /a b / },
    { title: 'a server that did not start', bad: 'no port', why: /no port/ },
  ])('is invalid with $title in a single repetition', ({ bad, why }) => {
    const row = lastRow([...runsOf('limit', cost(2), cost(2)), ...runsOf('gateway', cost(2), bad)]);
    expect(row?.invalid).toMatch(why);
    expect(row?.cpuUsPerEvent).toBeUndefined();
    expect(row?.limitRatio).toBeUndefined();
  });

  it('has no ratio to a row that is invalid or was not measured', () => {
    for (const others of [runsOf('limit', cost(2), 'gone'), []]) {
      const row = lastRow([...others, ...runsOf('gateway', cost(2), cost(2))]);
      expect(row?.limitRatio).toBeUndefined();
      expect(row?.target).toEqual({ name: 'limit', ratioMax: 1.2, ratio: undefined });
    }
  });

  it('says how busy both sides were, and marks an idle server in pipelined loads only', () => {
    const idle = runsOf(
      'gateway',
      loadResult({ serverBusy: 0.59, foreignShare: 0.3 }),
      loadResult({ serverBusy: 0.5 }),
    );
    expect(lastRow(idle)).toMatchObject({ isIdle: true, clientBusy: 0.5, foreignBusy: 0.3 });
    expect(lastRow(idle)?.serverBusy).toBeCloseTo(0.545);
    expect(lastRow(idle, { ...gateway, goal: 'P8' })?.isIdle).toBe(false);
    expect(lastRow(runsOf('gateway', loadResult({ serverBusy: 0.6 })))?.isIdle).toBe(false);
  });

  it('stands with its goal, whenever it was run', () => {
    const goals = (['P3', 'P1', 'P8', 'P1'] as const).map((goal, index) => ({ ...limit, goal, id: String(index) }));
    expect(rowsOf(goals, []).map(({ id }) => id)).toEqual(['1', '3', '0', '2']);
  });
});

describe('the line about a run', () => {
  it('has its figures', () => {
    const [run] = runsOf('gateway', loadResult({ serverBusy: 0.8 }));
    const line = progressLine(gateway, run as Run, { done: 3, total: 12 });
    expect(line).toBe('[ 3/12] P1 50 × 32, gateway: 2.00 µs/event, 400.0 k/s, server 80 %, client 50 %');
  });

  it('says what is wrong', () => {
    const [run] = runsOf('gateway', 'no port');
    expect(progressLine(gateway, run as Run, { done: 1, total: 1 })).toBe('[1/1] P1 50 × 32, gateway: INVALID no port');
  });
});
