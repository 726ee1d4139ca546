import { describe, expect, it } from 'vitest';
import type { Measurement } from '../../load/plan/measurement.js';
import { MissingProgram } from '../../load/processes/missing-program.js';
import { faultOf } from '../../load/report/row.js';
import { runAll } from '../../load/run/run-all.js';
import { loadResult } from './load-result.js';

const measurements = ['a', 'b', 'c'].map(
  (id): Measurement => ({ id, goal: 'P1', title: id, server: 'uws-json', load: { httpConnections: 1 } }),
);

describe('repetitions', () => {
  it('are interleaved, every other one backwards', async () => {
    const order: string[] = [];
    const runs = await runAll(measurements, 3, {
      measure: async ({ id }) => {
        order.push(id);
        return loadResult();
      },
      onRun: () => undefined,
    });
    expect(order.join('')).toBe('abccbaabc');
    expect(runs.map(({ repetition }) => repetition)).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3]);
  });

  it('go on when a measurement fails, and say so at once', async () => {
    const told: string[] = [];
    const runs = await runAll(measurements, 1, {
      measure: async ({ id }) => {
        if (id === 'b') throw new Error('no server');
        return loadResult();
      },
      onRun: (_measurement, { failure }, { done, total }) => told.push(`${done}/${total} ${failure ?? 'fine'}`),
    });
    expect(told).toEqual(['1/3 fine', '2/3 no server', '3/3 fine']);
    expect(runs.map(({ result }) => result !== undefined)).toEqual([true, false, true]);
  });

  it('go on when a program is missing, which is no failure', async () => {
    const runs = await runAll(measurements, 1, {
      measure: async ({ id }) => {
        if (id === 'b') throw new MissingProgram('nats-server');
        return loadResult();
      },
      onRun: () => undefined,
    });
    expect(runs[1]).toEqual({
      id: 'b',
      repetition: 1,
      missing: 'not measured: nats-server is not installed (Debian package nats-server)',
    });
    expect(runs.map(faultOf)).toEqual([undefined, undefined, undefined]);
  });
});
