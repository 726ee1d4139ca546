import { describe, expect, it } from 'vitest';
import { defineHandler } from '../../src/handlers/define-handler.js';
import { HandlerError, type SluiceEvent } from '../../src/model/handler.js';
import type { TestOrigin } from '../support/records.js';
import { outcomeOf, TestFlow, type TestFlowOptions } from '../support/test-flow.js';

interface Call {
  readonly names: unknown[];
  readonly signal: AbortSignal;
  end(results: readonly unknown[]): void;
  fail(error: unknown): void;
}

function batching(
  batch: { size: number; waitMs: number },
  options: Record<string, unknown> = {},
  flowOptions: TestFlowOptions = {},
) {
  const calls: Call[] = [];
  const singles: unknown[] = [];
  const flow = new TestFlow(
    [
      defineHandler({
        type: 'many',
        batch,
        ...options,
        handle: (events: readonly SluiceEvent[], { signal }) =>
          new Promise<readonly unknown[]>((resolve, reject) => {
            calls.push({ names: events.map(({ data }) => data), signal, end: resolve, fail: reject });
          }),
      }),
      defineHandler({
        type: 'single',
        handle: (event) => {
          singles.push(event.data);
          return new Promise(() => undefined);
        },
      }),
    ],
    flowOptions,
  );
  const send = (data: unknown, fields: Record<string, unknown> = {}, origin?: TestOrigin) =>
    flow.send({ type: 'many', data, ...fields }, origin);
  return { calls, singles, flow, send };
}

/** The real timer of the batch's wait: these tests keep it short, and wait for what it does. */
const untilCalls = async (calls: readonly Call[], count: number): Promise<void> => {
  while (calls.length < count) await new Promise((resolve) => setTimeout(resolve, 1));
};

describe('batches', () => {
  it('is called with what its schema allows, where that takes its time to say so', async () => {
    const slowly = async (value: unknown) => {
      await Promise.resolve();
      if (value === 'throws') throw new Error('the schema is broken');
      return value === 'bad' ? { issues: [{ message: 'not like this' }] } : { value: `checked ${String(value)}` };
    };
    const input = { '~standard': { version: 1 as const, vendor: 'test', validate: slowly } };
    const { calls, flow, send } = batching({ size: 4, waitMs: 0 }, { input });
    const records = ['a', 'bad', 'throws', 'b'].map((data) => send(data));
    await untilCalls(calls, 1);
    expect(calls[0]?.names).toEqual(['checked a', 'checked b']);
    calls[0]?.end(['A', 'B']);
    await flow.settle();
    expect(records.map(outcomeOf)).toEqual(['A', 'invalid_argument/no', 'invalid_argument/no', 'B']);
    flow.expectAtRest();
  });

  it('leave out what ran out of time while they filled, though the wheel has not looked yet', async () => {
    const { calls, flow, send } = batching({ size: 10, waitMs: 1 });
    const records = [send('in time'), send('late', { ttl: 5 }), send('in time too', { ttl: 50 })];
    flow.clock.advance(9);
    await untilCalls(calls, 1);
    expect(calls[0]?.names).toEqual(['in time', 'in time too']);
    expect(outcomeOf(records[1] as (typeof records)[number])).toBe('deadline_exceeded/no');
    calls[0]?.end([1, 2]);
    await flow.settle();
    expect(records.map(outcomeOf)).toEqual([1, 'deadline_exceeded/no', 2]);
    flow.expectAtRest();
  });

  it('hand the handler as many events as the batch is large, at once, and give each its own outcome', async () => {
    const { calls, flow, send } = batching({ size: 3, waitMs: 10_000 });
    const records = [1, 2, 3].map((n) => send(n));
    expect(calls.map(({ names }) => names)).toEqual([[1, 2, 3]]);
    calls[0]?.end(['a', new HandlerError('not_found', 'no'), new Error('secret')]);
    await flow.settle();
    expect(records.map(outcomeOf)).toEqual(['a', 'not_found/maybe', 'internal/maybe']);
    flow.expectAtRest();
  });

  it('hand over fewer when the first has waited long enough', async () => {
    const { calls, flow, send } = batching({ size: 100, waitMs: 5 });
    const records = [1, 2].map((n) => send(n));
    await untilCalls(calls, 1);
    expect(calls[0]?.names).toEqual([1, 2]);
    calls[0]?.end([1, 2]);
    await flow.settle();
    expect(records.map(outcomeOf)).toEqual([1, 2]);
    flow.expectAtRest();
  });

  it('use one slot from their first event on', async () => {
    const { calls, flow, singles, send } = batching({ size: 4, waitMs: 10_000 }, {}, { slots: 1 });
    send(1);
    flow.send({ type: 'single', data: 's' });
    send(2);
    expect(flow.busy).toBe(1);
    expect(singles).toEqual([]);
    send(3);
    send(4);
    expect(calls).toHaveLength(0);
    expect(flow.waiting).toBe(4);
  });

  it('fill up with what waits, though every slot is busy', () => {
    const { calls, flow, send } = batching({ size: 4, waitMs: 10_000 }, {}, { slots: 1 });
    for (const n of [1, 2, 3, 4]) send(n);
    expect(calls.map(({ names }) => names)).toEqual([[1, 2, 3, 4]]);
    expect(flow.busy).toBe(1);
  });

  it('fail every event when the call fails, or does not answer one result per event', async () => {
    const { calls, flow, send } = batching({ size: 2, waitMs: 10_000 });
    const first = [send(1), send(2)];
    calls[0]?.fail(new HandlerError('unavailable', 'down'));
    await flow.settle();
    expect(first.map(outcomeOf)).toEqual(['unavailable/maybe', 'unavailable/maybe']);
    const second = [send(3), send(4)];
    calls[1]?.end(['only one']);
    await flow.settle();
    expect(second.map(outcomeOf)).toEqual(['internal/maybe', 'internal/maybe']);
    expect(flow.logged).not.toEqual([]);
    flow.expectAtRest();
  });

  it('are tried again with those that failed with a temporary error', async () => {
    const { calls, flow, send } = batching(
      { size: 3, waitMs: 10_000 },
      { retry: { attempts: 2, minMs: 20, maxMs: 20 } },
    );
    const records = [1, 2, 3].map((n) => send(n));
    const again = new HandlerError('unavailable', 'again', { temporary: true });
    calls[0]?.end(['a', again, again]);
    await flow.settle();
    expect(records.map(outcomeOf)).toEqual(['a', 'running', 'running']);
    expect(flow.busy).toBe(1);
    await flow.pass(30);
    expect(calls[1]?.names).toEqual([2, 3]);
    calls[1]?.end(['b', again]);
    await flow.settle();
    expect(records.map(outcomeOf)).toEqual(['a', 'b', 'unavailable/maybe']);
    flow.expectAtRest();
  });

  it('lose an event that is cancelled, and fire the signal only when the last has gone', async () => {
    const { calls, flow, send } = batching({ size: 2, waitMs: 10_000 });
    const [first, second] = [send(1), send(2)];
    flow.cancel(first);
    expect(outcomeOf(first)).toBe('cancelled/maybe');
    expect(calls[0]?.signal.aborted).toBe(false);
    flow.cancel(second);
    expect(calls[0]?.signal.aborted).toBe(true);
    flow.expectAtRest();
    calls[0]?.end([1, 2]);
    await flow.settle();
    expect(flow.counters.handlersLate).toBe(1);
    flow.expectAtRest();
  });

  it('leave out what was cancelled while they filled', async () => {
    const { calls, flow, send } = batching({ size: 3, waitMs: 10_000 });
    const first = send(1);
    send(2);
    flow.cancel(first);
    expect(outcomeOf(first)).toBe('cancelled/no');
    send(3);
    expect(calls[0]?.names).toEqual([2, 3]);
    calls[0]?.end([2, 3]);
    await flow.settle();
    flow.expectAtRest();
  });

  it('free their slot when everything in them was cancelled while they filled', async () => {
    const { calls, flow, send } = batching({ size: 2, waitMs: 10_000 });
    const [first, second] = [send(1), send(2, { key: 'k' })];
    expect(calls).toHaveLength(1);
    for (const record of [first, second]) flow.cancel(record);
    flow.expectAtRest();
  });

  it('time out like single events', async () => {
    const { flow, send } = batching({ size: 2, waitMs: 10_000 }, { timeoutMs: 50 });
    const records = [send(1), send(2)];
    await flow.pass(70);
    expect(records.map(outcomeOf)).toEqual(['deadline_exceeded/maybe', 'deadline_exceeded/maybe']);
    flow.expectAtRest();
  });

  it('may hold several events of one key, in order, and the next of it waits for them', async () => {
    const { calls, flow, send } = batching({ size: 2, waitMs: 10_000 });
    send('k1', { key: 'k' });
    send('k2', { key: 'k' });
    send('k3', { key: 'k' });
    send('o1', { key: 'o' });
    send('o2', { key: 'p' });
    expect(calls.map(({ names }) => names)).toEqual([
      ['k1', 'k2'],
      ['o1', 'o2'],
    ]);
    calls[0]?.end([1, 2]);
    await flow.settle();
    send('k4', { key: 'k' });
    expect(calls[2]?.names).toEqual(['k3', 'k4']);
  });
});
