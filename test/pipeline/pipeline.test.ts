import { describe, expect, it } from 'vitest';
import { defineHandler } from '../../src/handlers/define-handler.js';
import { HandlerError } from '../../src/model/handler.js';
import { byHand } from '../support/by-hand.js';
import { TestOrigin } from '../support/records.js';
import { outcomeOf, TestFlow, Works } from '../support/test-flow.js';

describe('slots', () => {
  it('never run more at once than there are, and take the next as one ends', async () => {
    const { works, flow, send } = byHand({}, { slots: 2 });
    const records = ['a', 'b', 'c', 'd'].map((name) => send(name));
    expect(works.names).toEqual(['a', 'b']);
    expect(flow.waiting).toBe(2);
    works.get('b').end(1);
    await flow.settle();
    expect(works.names).toEqual(['a', 'b', 'c']);
    for (const name of ['a', 'c']) works.get(name).end(1);
    await flow.settle();
    works.get('d').end(1);
    await flow.settle();
    expect(records.map(outcomeOf)).toEqual([1, 1, 1, 1]);
    flow.expectAtRest();
  });
});

describe('the order of service', () => {
  it('is by priority, then turn by turn between tenants, then by arrival', async () => {
    const { works, flow, send } = byHand({}, { slots: 1 });
    const [a, b] = [new TestOrigin('a'), new TestOrigin('b')];
    send('first', {}, a);
    for (const n of [1, 2, 3]) send(`a${n}`, {}, a);
    send('b1', {}, b);
    send('low', { priority: 'low' }, b);
    send('high', { priority: 'high' }, b);
    send('critical', { priority: 'critical' }, b);
    for (let i = 0; i < 8; i += 1) {
      works.all.at(-1)?.end();
      await flow.settle();
    }
    expect(works.names).toEqual(['first', 'critical', 'high', 'a1', 'b1', 'a2', 'a3', 'low']);
    flow.expectAtRest();
  });

  it('serves low at least once in 65 while critical never runs dry', async () => {
    const { works, flow, send } = byHand({}, { slots: 1, reserve: 1000 });
    send('first');
    send('low', { priority: 'low' });
    for (let i = 0; i < 100; i += 1) send(i, { priority: 'critical' });
    for (let i = 0; i < 70; i += 1) {
      works.all.at(-1)?.end();
      await flow.settle(1);
    }
    expect(works.names.indexOf('low')).toBeGreaterThan(0);
    expect(works.names.indexOf('low')).toBeLessThanOrEqual(65);
  });
});

describe('events of one key', () => {
  it('run one at a time in accept order, whatever their priority, while other keys pass', async () => {
    const { works, flow, send } = byHand();
    send('k1', { key: 'k', priority: 'low' });
    send('k2', { key: 'k', priority: 'high' });
    send('other', { key: 'o' });
    send('none');
    expect(works.names).toEqual(['k1', 'other', 'none']);
    works.get('k1').end();
    await flow.settle();
    expect(works.names).toEqual(['k1', 'other', 'none', 'k2']);
    for (const name of ['other', 'none', 'k2']) works.get(name).end();
    await flow.settle();
    flow.expectAtRest();
  });

  it('are in one order over all sessions of a tenant, and not across tenants or routes', async () => {
    const works = new Works();
    const flow = new TestFlow([
      defineHandler({ type: 'one', handle: works.handle }),
      defineHandler({ type: 'two', handle: works.handle }),
    ]);
    const [mine, alsoMine, other] = [new TestOrigin('t'), new TestOrigin('t'), new TestOrigin('u')];
    flow.send({ type: 'one', data: 1, key: 'k' }, mine);
    flow.send({ type: 'one', data: 2, key: 'k' }, alsoMine);
    flow.send({ type: 'two', data: 3, key: 'k' }, mine);
    flow.send({ type: 'one', data: 4, key: 'k' }, other);
    expect(works.names).toEqual([1, 3, 4]);
  });

  it('run side by side where the route asks for no order', () => {
    const { works, send } = byHand({ order: 'none' });
    send('k1', { key: 'k' });
    send('k2', { key: 'k' });
    expect(works.names).toEqual(['k1', 'k2']);
  });

  it('are not held up by a handler that outlives its timeout', async () => {
    const { works, flow, send } = byHand({ timeoutMs: 50 });
    const first = send('k1', { key: 'k' });
    const second = send('k2', { key: 'k' });
    await flow.pass(70);
    expect(outcomeOf(first)).toBe('deadline_exceeded/maybe');
    expect(works.names).toEqual(['k1', 'k2']);
    works.get('k2').end('done');
    works.get('k1').end('late');
    await flow.settle();
    expect(outcomeOf(second)).toBe('done');
    expect(flow.counters.handlersLate).toBe(1);
    flow.expectAtRest();
  });
});

describe('deadlines', () => {
  it('end waiting events without the handler ever seeing them', async () => {
    const { works, flow, send } = byHand({}, { slots: 1 });
    send('first');
    const stale = send('stale', { ttl: 100 });
    await flow.pass(90);
    expect(outcomeOf(stale)).toBe('waiting');
    await flow.pass(30);
    expect(outcomeOf(stale)).toBe('deadline_exceeded/no');
    works.get('first').end();
    await flow.settle();
    expect(works.names).toEqual(['first']);
    flow.expectAtRest();
  });

  it('stop an event at the last moment, when the loop stood still past its deadline', async () => {
    const { works, flow, send } = byHand({}, { slots: 1 });
    send('first');
    const stale = send('stale', { ttl: 100 });
    const fresh = send('fresh');
    flow.clock.jump(500);
    works.get('first').end();
    await flow.settle();
    expect(outcomeOf(stale)).toBe('deadline_exceeded/no');
    expect(works.names).toEqual(['first', 'fresh']);
    works.get('fresh').end();
    await flow.settle();
    expect(outcomeOf(fresh)).toBeUndefined();
    flow.expectAtRest();
  });

  it('fire the signal of a running handler and free its slot', async () => {
    const { works, flow, send } = byHand({}, { slots: 1 });
    const record = send('slow', { ttl: 100 });
    send('next');
    await flow.pass(120);
    expect(outcomeOf(record)).toBe('deadline_exceeded/maybe');
    expect(works.get('slow').signal.aborted).toBe(true);
    expect(works.get('slow').signal.reason).toMatchObject({ code: 'deadline_exceeded' });
    expect(works.names).toEqual(['slow', 'next']);
  });

  it('come from the route where the event has none', async () => {
    const { flow, send } = byHand({ ttlMs: 50 }, { slots: 1 });
    send('first');
    const second = send('second');
    await flow.pass(70);
    expect(outcomeOf(second)).toBe('deadline_exceeded/no');
  });
});

describe('retries', () => {
  const temporary = () => new HandlerError('unavailable', 'try again', { temporary: true });

  it('repeat what failed with a temporary error, up to the attempts allowed, with a wait that grows', async () => {
    const { works, flow, send } = byHand({ retry: { attempts: 3, minMs: 100, maxMs: 1000 } });
    const record = send('a');
    works.get('a').fail(temporary());
    await flow.settle();
    expect(works.all).toHaveLength(1);
    await flow.pass(90);
    expect(works.all).toHaveLength(1);
    await flow.pass(120);
    expect(works.all).toHaveLength(2);
    works.get('a').fail(temporary());
    await flow.pass(410);
    expect(works.all).toHaveLength(3);
    works.get('a').fail(temporary());
    await flow.settle();
    expect(outcomeOf(record)).toBe('unavailable/maybe');
    expect(record.failure).toMatchObject({ retry: 'backoff', message: 'try again' });
    expect(flow.counters.retries).toBe(2);
    flow.expectAtRest();
  });

  it('do not repeat other failures', async () => {
    const { works, flow, send } = byHand({ retry: { attempts: 3 } });
    const record = send('a');
    works.get('a').fail(new HandlerError('not_found', 'no such order', { details: { id: 7 } }));
    await flow.settle();
    expect(record.failure).toMatchObject({
      code: 'not_found',
      message: 'no such order',
      details: { id: 7 },
      retry: 'no',
    });
    expect(works.all).toHaveLength(1);
  });

  it('never start an attempt past the deadline', async () => {
    const { works, flow, send } = byHand({ retry: { attempts: 9, minMs: 100, maxMs: 100 } });
    const record = send('a', { ttl: 150 });
    works.get('a').fail(temporary());
    await flow.pass(110);
    expect(works.all).toHaveLength(2);
    works.get('a').fail(temporary());
    await flow.settle();
    expect(outcomeOf(record)).toBe('unavailable/maybe');
    expect(works.all).toHaveLength(2);
  });

  it('keep the order inside a key', async () => {
    const { works, flow, send } = byHand({ retry: { attempts: 2, minMs: 50, maxMs: 50 } });
    send('k1', { key: 'k' });
    send('k2', { key: 'k' });
    works.get('k1').fail(temporary());
    await flow.settle();
    expect(works.names).toEqual(['k1']);
    await flow.pass(60);
    expect(works.names).toEqual(['k1', 'k1']);
    works.get('k1').end();
    await flow.settle();
    expect(works.names).toEqual(['k1', 'k1', 'k2']);
  });

  it('give each attempt its own time', async () => {
    const { works, flow, send } = byHand({ timeoutMs: 100, retry: { attempts: 2, minMs: 50, maxMs: 50 } });
    const record = send('a');
    await flow.pass(80);
    works.get('a').fail(temporary());
    await flow.pass(60);
    expect(works.all).toHaveLength(2);
    await flow.pass(80);
    expect(outcomeOf(record)).toBe('running');
    await flow.pass(40);
    expect(outcomeOf(record)).toBe('deadline_exceeded/maybe');
    flow.expectAtRest();
  });
});
