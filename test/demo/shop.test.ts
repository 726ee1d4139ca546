import { describe, expect, it } from 'vitest';
import { warehouse } from '../../src/demo/shop.js';
import { Processor } from '../../src/handlers/processor.js';
import { settle } from '../support/processor-stage.js';
import { TestClock } from '../support/test-clock.js';

describe('the warehouse of the demo', () => {
  it('goes on when what is said on the topic of a customer is no order', async () => {
    const logged: unknown[] = [];
    const ignore = (): undefined => undefined;
    const processor = new Processor(warehouse, {
      clock: new TestClock(),
      log: { debug: ignore, info: ignore, warn: (...line) => logged.push(line), error: (...line) => logged.push(line) },
      publish: async () => undefined,
      random: Math.random,
    });
    processor.start();
    const placed = { orderId: 'o', status: 'placed' };
    const odd = [null, undefined, 5, 'text', [], {}, { ...placed, orderId: 7 }, { ...placed, status: null }, placed];
    processor.deliver(odd.map((data, n) => ({ topic: 'orders.c', offset: n + 1, key: undefined, data })));
    await settle();
    expect(logged).toEqual([]);
    expect(processor.counts).toMatchObject({ handled: odd.length, restarts: 0 });
    // The one order that is one is being packed.
    expect(processor.isIdle).toBe(false);
    processor.close();
    expect(logged).toEqual([[{ items: 0, working: 1 }, expect.stringContaining('not handled')]]);
  });
});
