import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runTicks, sendTick, type Tick, type TickParts } from '../../src/demo/ticks.js';
import { handlerOfPublisher } from '../../src/handlers/define-publisher.js';
import { outcomeOf, TestFlow } from '../support/test-flow.js';

/** Runs in a time that only pauses move on, and that may take longer than they were told. */
async function run(
  options: { symbols: number; perS: number; seconds: number },
  parts: Partial<TickParts> & { readonly lateMs?: number } = {},
) {
  const ticks: Tick[] = [];
  let nowMs = 0;
  let pauses = 0;
  const draws = fc.sample(fc.double({ min: 0, max: 0.999, noNaN: true }), { numRuns: 997, seed: 7 });
  let drawn = 0;
  const result = await runTicks(options, {
    publish: async (tick) => ticks.push(tick),
    signal: new AbortController().signal,
    nowMs: () => nowMs,
    pause: async (ms) => {
      pauses += 1;
      if (ms > 0) nowMs += ms + (parts.lateMs ?? 0);
    },
    random: () => draws[drawn++ % draws.length] as number,
    ...parts,
  });
  return { ticks, pauses, result };
}

describe('the ticks of the demo', () => {
  it('are as many as were asked for, of all symbols in turn', async () => {
    const { ticks, result, pauses } = await run({ symbols: 3, perS: 1500, seconds: 2 });
    expect(result).toEqual({ published: 3000, due: 3000 });
    expect(pauses).toBe(200);
    expect(ticks.filter(({ symbol }) => symbol === 'S2').length).toBe(1000);
    for (const { price, qty } of ticks) expect(price > 0 && Number.isInteger(qty) && qty >= 1 && qty <= 100).toBe(true);
  });

  it('walk in small steps', async () => {
    const { ticks } = await run({ symbols: 1, perS: 1000, seconds: 1 });
    const steps = ticks.slice(1).map(({ price }, i) => Math.abs(price / (ticks[i]?.price ?? 0) - 1));
    expect(Math.max(...steps)).toBeLessThan(0.0011);
    expect(new Set(ticks.map(({ price }) => price)).size).toBeGreaterThan(100);
  });

  it('are as many though timers are late, and no more at once than a bound', async () => {
    expect((await run({ symbols: 9, perS: 1000, seconds: 2 }, { lateMs: 33 })).result.published).toBe(2000);
    const { result } = await run({ symbols: 9, perS: 100_000, seconds: 1 }, { lateMs: 490 });
    expect(result).toEqual({ published: 4096, due: 100_000 });
  });

  it('let others have their turn when they are many', async () => {
    const pausesMs: number[] = [];
    let nowMs = 0;
    const pause = async (ms: number): Promise<void> => {
      pausesMs.push(ms);
      nowMs += ms;
    };
    const { result } = await run({ symbols: 9, perS: 100_000, seconds: 0.02 }, { pause, nowMs: () => nowMs });
    expect(result).toEqual({ published: 2000, due: 2000 });
    expect(pausesMs).toEqual([10, 0, 0, 0, 10, 0, 0, 0]);
  });

  it('wait until those before were published, and end with the first that was not', async () => {
    let underWay = 0;
    let most = 0;
    const publish = async (): Promise<void> => {
      underWay += 1;
      most = Math.max(most, underWay);
      await Promise.resolve();
      underWay -= 1;
    };
    await run({ symbols: 2, perS: 1000, seconds: 1 }, { publish });
    expect(most).toBe(10);
    const full = new Error('full');
    await expect(run({ symbols: 2, perS: 100, seconds: 1 }, { publish: () => Promise.reject(full) })).rejects.toBe(
      full,
    );
  });

  it('stop when nobody waits for them any more', async () => {
    const controller = new AbortController();
    let published = 0;
    const publish = async (): Promise<void> => {
      published += 1;
      if (published === 25) controller.abort();
    };
    const { result } = await run({ symbols: 2, perS: 1000, seconds: 60 }, { publish, signal: controller.signal });
    expect(result).toEqual({ published: 25, due: 30 });
  });
});

describe('a tick of a client', () => {
  it('is published on the topic of its symbol, if it is one', async () => {
    const published: unknown[] = [];
    const handler = handlerOfPublisher(sendTick, async (topic, data, key) => {
      published.push([topic, data, key]);
      return { topic, offset: 1, epoch: 'e' };
    });
    const flow = new TestFlow([handler]);
    const tick = { symbol: 'ACME', price: 10.5, qty: 2 };
    const good = flow.send({ type: 'tick.send', data: tick });
    await flow.settle();
    expect(outcomeOf(good)).toEqual({ topic: 'tick.ACME', offset: 1, epoch: 'e' });
    expect(published).toEqual([['tick.ACME', tick, 'ACME']]);
    expect(() => flow.send({ type: 'tick.send', data: { ...tick, symbol: 'a.b' } })).toThrow();
    flow.expectAtRest();
  });
});
