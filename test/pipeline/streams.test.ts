import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { defineHandler } from '../../src/handlers/define-handler.js';
import { HandlerError } from '../../src/model/handler.js';
import { TestOrigin } from '../support/records.js';
import { outcomeOf, TestFlow } from '../support/test-flow.js';

const numbers = async function* (to: number): AsyncGenerator<number> {
  for (let n = 1; n <= to; n += 1) yield n;
};

function streaming(make: () => unknown, options: Record<string, unknown> = {}) {
  const flow = new TestFlow([defineHandler({ type: 'rows', handle: make, ...options })], { slots: 1, timeoutMs: 100 });
  const origin = new TestOrigin();
  const send = (fields: Record<string, unknown> = {}) => flow.send({ type: 'rows', id: 1, ...fields }, origin);
  return { flow, origin, send };
}

describe('the time of a stream', () => {
  it('is each item’s own, and does not pass while the client gives no credit', async () => {
    const { flow, origin, send } = streaming(() => numbers(5));
    const record = send({ credit: 2 });
    await flow.settle();
    expect(origin.told).toHaveLength(2);
    await flow.pass(5000);
    expect(outcomeOf(record)).toBe('running');
    record.pull(10);
    await flow.settle();
    expect(outcomeOf(record)).toBeUndefined();
    expect(record.items).toBe(5);
    flow.expectAtRest();
  });

  it('runs out when one item takes too long', async () => {
    const slow = async function* () {
      yield 1;
      await new Promise(() => undefined);
      yield 2;
    };
    const { flow, origin, send } = streaming(slow);
    const record = send();
    await flow.settle();
    await flow.pass(120);
    expect(origin.told).toHaveLength(1);
    expect(outcomeOf(record)).toBe('deadline_exceeded/maybe');
    flow.expectAtRest();
  });

  it('starts anew with each item an Observable pushes', async () => {
    const source = new Subject<number>();
    const { flow, send } = streaming(() => source);
    const record = send({ overflow: 'latest' });
    for (let n = 0; n < 5; n += 1) {
      await flow.pass(80);
      source.next(n);
    }
    expect(outcomeOf(record)).toBe('running');
    await flow.pass(120);
    expect(outcomeOf(record)).toBe('deadline_exceeded/maybe');
    expect(source.observed).toBe(false);
    flow.expectAtRest();
  });

  it('ends at the event’s own deadline, credit or not', async () => {
    const { flow, send } = streaming(() => numbers(5));
    const record = send({ credit: 0, ttl: 300 });
    await flow.pass(320);
    expect(outcomeOf(record)).toBe('deadline_exceeded/maybe');
    flow.expectAtRest();
  });
});

describe('a stream that fails', () => {
  it('before its first item is tried again like any other', async () => {
    let attempts = 0;
    const flaky = async function* () {
      attempts += 1;
      if (attempts === 1) throw new HandlerError('unavailable', 'again', { temporary: true });
      yield 1;
    };
    const { flow, origin, send } = streaming(flaky, { retry: { attempts: 2, minMs: 10, maxMs: 10 } });
    const record = send();
    await flow.pass(30);
    expect(origin.told).toEqual([{ item: 1, data: 1 }]);
    expect(outcomeOf(record)).toBeUndefined();
    flow.expectAtRest();
  });

  it('after an item is not, since the client has that item', async () => {
    let attempts = 0;
    const broken = async function* () {
      attempts += 1;
      yield 1;
      throw new HandlerError('unavailable', 'again', { temporary: true });
    };
    const { flow, send } = streaming(broken, { retry: { attempts: 3, minMs: 10, maxMs: 10 } });
    const record = send();
    await flow.pass(100);
    expect(attempts).toBe(1);
    expect(outcomeOf(record)).toBe('unavailable/maybe');
    flow.expectAtRest();
  });

  it('because an Observable ran too far ahead says so', async () => {
    const source = new Subject<number>();
    const { flow, origin, send } = streaming(() => source);
    const record = send({ credit: 1 });
    for (let n = 0; n < 50; n += 1) source.next(n);
    record.pull(1000);
    await flow.settle(20);
    expect(record.failure).toMatchObject({ code: 'resource_exhausted', reason: 'overflow', started: 'maybe' });
    expect(origin.told.length).toBeGreaterThan(10);
    expect(source.observed).toBe(false);
    flow.expectAtRest();
  });
});

describe('a stream that is cancelled', () => {
  it('closes its generator, fires the signal, and sends nothing more', async () => {
    let isClosed = false;
    const endless = async function* () {
      try {
        for (let n = 1; ; n += 1) yield n;
      } finally {
        isClosed = true;
      }
    };
    const { flow, origin, send } = streaming(endless);
    const record = send({ credit: 3 });
    await flow.settle();
    flow.cancel(record);
    record.pull(1000);
    await flow.settle();
    expect(isClosed).toBe(true);
    expect(origin.told).toHaveLength(3);
    flow.expectAtRest();
  });
});
