/** The average prices of the demo, against sums over all ticks, for ticks and times drawn at random. */
import fc from 'fast-check';
import { concatMap, delay, from, type Observable, of, VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { type Tick, type Vwap, vwap, vwapOf } from '../../src/demo/ticks.js';
import type { TopicMessage } from '../../src/handlers/define-processor.js';
import { Processor } from '../../src/handlers/processor.js';
import { TestClock } from '../support/test-clock.js';

interface TimedTick extends Tick {
  readonly afterMs: number;
}

const seed = 20_261_130;

const tick: fc.Arbitrary<TimedTick> = fc.record({
  symbol: fc.constantFrom('A', 'B', 'C', 'D'),
  price: fc.double({ min: 0.01, max: 1000, noNaN: true }),
  qty: fc.integer({ min: 1, max: 1000 }),
  // Often in the same window, now and then exactly at its end, sometimes after windows without any tick.
  afterMs: fc.oneof({ weight: 6, arbitrary: fc.nat(300) }, fc.constantFrom(0, 500, 1000), fc.nat(5000)),
});

const message = (data: unknown): TopicMessage<Tick> => ({
  topic: `tick.${(data as Tick).symbol}`,
  offset: 1,
  key: undefined,
  data: data as Tick,
});

/** The prices of all windows, by the processor in virtual time. */
function processed(ticks: readonly TimedTick[]): Vwap[] {
  const scheduler = new VirtualTimeScheduler();
  const found: Vwap[] = [];
  const ticks$: Observable<TopicMessage<Tick>> = from(ticks).pipe(
    concatMap((one) => of(message(one)).pipe(delay(one.afterMs, scheduler))),
  );
  ticks$.pipe(vwapOf(scheduler)).subscribe(({ topic, key, data }) => {
    const price = data as Vwap;
    expect([topic, key]).toEqual([`vwap.${price.symbol}`, price.symbol]);
    found.push(price);
  });
  scheduler.flush();
  return found;
}

/** The same by going through all ticks for each window and symbol. */
function naive(ticks: readonly TimedTick[]): Vwap[] {
  let atMs = 0;
  const timed = ticks.map((one) => {
    atMs += one.afterMs;
    return { ...one, atMs };
  });
  const found: Vwap[] = [];
  for (let fromMs = 0; fromMs <= atMs; fromMs += 1000) {
    const inWindow = timed.filter((one) => one.atMs >= fromMs && one.atMs < fromMs + 1000);
    for (const symbol of new Set(inWindow.map((one) => one.symbol))) {
      const own = inWindow.filter((one) => one.symbol === symbol);
      const volume = own.reduce((sum, { qty }) => sum + qty, 0);
      const turnover = own.reduce((sum, { price, qty }) => sum + price * qty, 0);
      found.push({ symbol, vwap: turnover / volume, volume, trades: own.length, from: fromMs, to: fromMs + 1000 });
    }
  }
  return found;
}

describe('the average prices of the demo', () => {
  it('equal the sums over all ticks of each second, whatever comes when', () => {
    fc.assert(
      fc.property(fc.array(tick, { maxLength: 200 }), (ticks) => {
        expect(processed(ticks)).toEqual(naive(ticks));
      }),
      { seed, numRuns: 200 },
    );
  });

  it('leave out what is no tick', () => {
    const scheduler = new VirtualTimeScheduler();
    const found: unknown[] = [];
    const good = { symbol: 'A', price: 2, qty: 3 };
    const odd = [null, 5, {}, { ...good, qty: 0 }, { ...good, price: '2' }, { ...good, symbol: 7 }, good];
    from(odd.map((data) => ({ topic: 'tick.A', offset: 1, key: undefined, data: data as Tick })))
      .pipe(vwapOf(scheduler))
      .subscribe(({ data }) => found.push(data));
    expect(found).toEqual([{ symbol: 'A', vwap: 2, volume: 3, trades: 1, from: 0, to: 1000 }]);
  });

  it('are published by the processor, the last ones when it is finished', async () => {
    const published: unknown[][] = [];
    const ignore = (): undefined => undefined;
    const processor = new Processor(vwap, {
      clock: new TestClock(),
      log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
      publish: async (topic, data, key) => published.push([topic, key, (data as Vwap).symbol]),
      random: Math.random,
    });
    processor.start();
    processor.deliver(['A', 'B'].map((symbol) => message({ symbol, price: 1, qty: 1 })));
    processor.finish();
    await vi.waitFor(() => expect(processor.isFinished).toBe(true));
    expect(published).toEqual([
      ['vwap.A', 'A', 'A'],
      ['vwap.B', 'B', 'B'],
    ]);
  });
});
