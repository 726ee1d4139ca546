import { describe, expect, it } from 'vitest';
import { defineHandler } from '../../src/handlers/define-handler.js';
import { TestOrigin } from '../support/records.js';
import { outcomeOf, TestFlow } from '../support/test-flow.js';

/** Streams of numbers, and plain events, in one pipeline. */
function flowOf({ slots = 1, parkedMax = 8 } = {}) {
  const started: unknown[] = [];
  const rows = defineHandler({
    type: 'rows',
    async *handle({ data }) {
      started.push(data);
      for (let n = 1; n <= 6; n += 1) yield n;
    },
  });
  const plain = defineHandler({ type: 'plain', handle: async ({ data }) => data });
  const hung = defineHandler({ type: 'hung', timeoutMs: 60_000, handle: () => new Promise(() => undefined) });
  const flow = new TestFlow([rows, plain, hung], { slots, pipeline: { parkedMax } });
  const stream = (data: unknown, credit: number) => {
    const origin = new TestOrigin(String(data));
    return { origin, record: flow.send({ type: 'rows', id: 1, data, credit }, origin) };
  };
  const send = (type: string, data?: unknown) => flow.send({ type, id: 2, data });
  return { flow, started, stream, send };
}

describe('a stream that waits for its client', () => {
  it('lends its slot to events that wait', async () => {
    const { flow, stream, send } = flowOf();
    const { origin, record } = stream('a', 2);
    const plain = send('plain', 'done');
    await flow.settle();
    expect(outcomeOf(plain)).toBe('done');
    expect(origin.told).toHaveLength(2);
    expect({ busy: flow.busy, parked: flow.flow.pipelines[0]?.parked }).toEqual({ busy: 0, parked: 1 });
    record.pull(10);
    await flow.settle();
    expect(record.items).toBe(6);
    flow.expectAtRest();
  });

  it('goes on with the next slot that frees, ahead of what waits to begin', async () => {
    const { flow, started, stream, send } = flowOf();
    const first = stream('first', 1);
    await flow.settle();
    const hung = send('hung');
    stream('second', 10);
    first.record.pull(10);
    await flow.settle();
    expect(first.origin.told).toHaveLength(2);
    expect(started).toEqual(['first']);
    flow.cancel(hung);
    await flow.settle();
    expect(first.record.items).toBe(6);
    expect(started).toEqual(['first', 'second']);
    flow.expectAtRest();
  });

  it('never runs beside more others than there are slots', async () => {
    const { flow, stream } = flowOf({ slots: 2 });
    const streams = Array.from({ length: 8 }, (_, i) => stream(i, 1));
    await flow.settle();
    for (let max = 2; max <= 6; max += 1) {
      for (const { record } of streams) {
        record.pull(max);
        expect(flow.busy).toBeLessThanOrEqual(2);
      }
      await flow.settle();
      expect(flow.busy).toBeLessThanOrEqual(2);
    }
    await flow.settle();
    expect(streams.map(({ origin }) => origin.told.length)).toEqual(streams.map(() => 6));
    flow.expectAtRest();
  });

  it('keeps its slot where as many are parked as may be', async () => {
    const { flow, started, stream } = flowOf({ slots: 1, parkedMax: 2 });
    const streams = ['a', 'b', 'c', 'd'].map((name) => stream(name, 0));
    await flow.settle();
    expect(started).toEqual(['a', 'b', 'c']);
    expect(flow.busy).toBe(1);
    for (const { record } of streams) record.pull(10);
    await flow.settle();
    expect(started).toEqual(['a', 'b', 'c', 'd']);
    flow.expectAtRest();
  });

  it('can be cancelled while it is parked, and while it waits for a slot', async () => {
    const { flow, stream, send } = flowOf({ slots: 1 });
    const parked = stream('parked', 0);
    const returning = stream('returning', 0);
    await flow.settle();
    const hung = send('hung');
    returning.record.pull(5);
    flow.cancel(parked.record);
    flow.cancel(returning.record);
    expect([outcomeOf(parked.record), outcomeOf(returning.record)]).toEqual(['cancelled/maybe', 'cancelled/maybe']);
    flow.cancel(hung);
    await flow.settle();
    expect(flow.flow.pipelines[0]?.parked).toBe(0);
    flow.expectAtRest();
  });

  it('goes on when its client has room again, and is held while its key is', async () => {
    const { flow, stream } = flowOf({ slots: 1 });
    const { origin, record } = stream('a', 100);
    origin.hasRoom = false;
    await flow.settle();
    expect(flow.busy).toBe(0);
    origin.hasRoom = true;
    record.stream?.resume();
    await flow.settle();
    expect(origin.told).toHaveLength(6);
    flow.expectAtRest();
  });
});
