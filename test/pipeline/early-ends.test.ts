import { describe, expect, it } from 'vitest';
import { EventRecord } from '../../src/model/event-record.js';
import { HandlerError } from '../../src/model/handler.js';
import { byHand } from '../support/by-hand.js';
import { outcomeOf } from '../support/test-flow.js';

describe('cancelling', () => {
  it('takes a waiting event out, the handler never seeing it', async () => {
    const { works, flow, send } = byHand({}, { slots: 1 });
    send('first');
    const record = send('second');
    flow.cancel(record);
    expect(outcomeOf(record)).toBe('cancelled/no');
    works.get('first').end();
    await flow.settle();
    expect(works.names).toEqual(['first']);
    flow.expectAtRest();
  });

  it('fires the signal of a running handler, and frees slot and key at once', () => {
    const { works, flow, send } = byHand({}, { slots: 1 });
    const record = send('k1', { key: 'k' });
    send('k2', { key: 'k' });
    flow.cancel(record);
    expect(outcomeOf(record)).toBe('cancelled/maybe');
    expect(works.get('k1').signal.aborted).toBe(true);
    expect(works.names).toEqual(['k1', 'k2']);
  });

  it('ends the wait for a retry', async () => {
    const { works, flow, send } = byHand({ retry: { attempts: 2, minMs: 50, maxMs: 50 } });
    const record = send('a');
    works.get('a').fail(new HandlerError('unavailable', 'later', { temporary: true }));
    await flow.settle();
    flow.cancel(record);
    await flow.pass(100);
    expect(works.all).toHaveLength(1);
    expect(outcomeOf(record)).toBe('cancelled/maybe');
    flow.expectAtRest();
  });

  it('keeps an event from its handler that ends before it comes to the queue', async () => {
    const { works, flow } = byHand();
    const record = flow.admit({ type: 'work', id: 1, data: 'a' });
    if (!(record instanceof EventRecord)) throw new Error('refused');
    flow.counters.accepted += 1;
    flow.cancel(record);
    flow.flow.enqueue(record);
    await flow.settle();
    expect([outcomeOf(record), works.names]).toEqual(['cancelled/no', []]);
    flow.expectAtRest();
  });

  it('does nothing to an event that has ended', async () => {
    const { works, flow, send } = byHand();
    const record = send('a');
    works.get('a').end('done');
    await flow.settle();
    flow.cancel(record);
    expect(outcomeOf(record)).toBe('done');
    flow.expectAtRest();
  });
});

describe('conflation', () => {
  it('lets a newer event take the place of a waiting one of the same key', async () => {
    const { works, flow, send } = byHand({ conflate: true }, { slots: 1 });
    send('running', { key: 'k' });
    const old = send('old', { key: 'k' });
    send('other', { key: 'o' });
    const fresh = send('fresh', { key: 'k' });
    expect(outcomeOf(old)).toBe('aborted/no');
    works.get('running').end();
    await flow.settle();
    works.all.at(-1)?.end();
    await flow.settle();
    works.all.at(-1)?.end('done');
    await flow.settle();
    expect(works.names).toHaveLength(3);
    expect(works.names).not.toContain('old');
    expect(fresh.state).toBe('settled');
    flow.expectAtRest();
  });

  it('leaves events without a key alone', () => {
    const { flow, send } = byHand({ conflate: true }, { slots: 1 });
    send('a');
    send('b');
    send('c');
    expect(flow.waiting).toBe(2);
  });
});
