/** The end of a client: what it finishes before, what it gives up, and that nothing of it is left. */
import { describe, expect, it, vi } from 'vitest';
import type { Client } from '../../src/client.js';
import { count, echo, never, sleep } from '../../src/demo/basics.js';
import { defineHandler } from '../../src/index.js';
import { ClientProcess } from '../support/client-process.js';
import { producer } from '../support/client-producer.js';
import { allOf, clientRig, failureOf, freePort, taken } from '../support/client-rig.js';
import { heldSockets } from '../support/client-socket.js';
import { range, say } from '../support/say.js';
import { Works } from '../support/test-flow.js';

const rig = clientRig();

const cancelled = { code: 'cancelled' } as const;

describe('close', () => {
  it('finishes what waits in the queue and what is open', async () => {
    const works = new Works();
    const work = defineHandler({ type: 'work', order: 'none', handle: works.handle });
    const gateway = await rig.start([work], { window: { initial: 2, max: 2 } });
    const client = rig.connect();
    const names = range(1, 6);
    const [first, second, ...rest] = names;
    const asked = [first, second].map((name) => client.request('work', name));
    await vi.waitFor(() => expect(works.all).toHaveLength(2));
    const emits = rest.map((name) => client.emit('work', name));
    expect(client.usage).toMatchObject({ queued: 4, open: 2 });
    const isClosed = vi.fn();
    const closing = client.close().then(isClosed);
    for (let n = 0; n < names.length; n += 1) {
      await vi.waitFor(() => expect(works.all.length).toBeGreaterThan(n));
      expect(isClosed).not.toHaveBeenCalled();
      works.all[n]?.end(`did ${n + 1}`);
    }
    await closing;
    expect(await Promise.all(asked)).toEqual(['did 1', 'did 2']);
    await Promise.all(emits);
    expect(works.names).toEqual(names);
    expect(gateway.counters).toMatchObject({ received: 6, succeeded: 6 });
    await vi.waitFor(() => expect(gateway.inUse()).toMatchObject({ sessions: 0, away: 0 }));
  });

  it('waits for a connection, where there is something to send', async () => {
    await rig.start([echo]);
    const client = rig.connect();
    const asked = client.request('echo', 'early');
    await client.close();
    expect(await asked).toBe('early');
  });

  it('rejects what has no answer when its time is over', async () => {
    const gateway = await rig.start([never]);
    const client = rig.connect();
    const open = failureOf(client.request('never'));
    await vi.waitFor(() => expect(gateway.inUse().busy).toBe(1));
    const startedAtMs = performance.now();
    await client.close({ withinMs: 50 });
    expect(performance.now() - startedAtMs).toBeLessThan(1000);
    expect(await open).toMatchObject({ ...cancelled, started: 'maybe' });
  });

  it('gives up everything at once where drain is false', async () => {
    const gateway = await rig.start([never, echo], { window: { initial: 1, max: 1 } });
    const client = rig.connect();
    const open = failureOf(client.request('never'));
    await vi.waitFor(() => expect(gateway.inUse().busy).toBe(1));
    const waiting = [client.request('echo'), client.emit('echo'), client.writable()].map(failureOf);
    await client.close({ drain: false });
    expect(await open).toMatchObject({ ...cancelled, started: 'maybe' });
    const [request, emit, room] = await Promise.all(waiting);
    for (const error of [request, emit]) expect(error).toMatchObject({ ...cancelled, started: 'no' });
    expect(room?.name).toBe('SluiceError');
    expect(client.usage).toMatchObject({ queued: 0, queuedBytes: 0, open: 0 });
    expect(gateway.counters.received).toBe(1);
  });

  it('may be called as often as one likes, and hurries when it is told to', async () => {
    const gateway = await rig.start([never]);
    const client = rig.connect();
    const open = failureOf(client.request('never'));
    await vi.waitFor(() => expect(gateway.inUse().busy).toBe(1));
    const closing = [client.close({ withinMs: 60_000 }), client.close({ withinMs: 60_000 })];
    await client.close({ drain: false });
    await Promise.all(closing);
    expect(await open).toMatchObject(cancelled);
    await client.close();
    expect(client.state).toEqual({ status: 'closed' });
  });

  it('lets streams come to their end, and ends subscriptions', async () => {
    const gateway = await rig.start([count, say]);
    const client = rig.connect();
    const stream = allOf(client.stream('count', { to: 60, everyMs: 1 }, { credit: 4 }));
    const topic = allOf(client.subscribe('room'));
    const complete = vi.fn();
    client.subscribe('room').subscribe({ complete });
    await vi.waitFor(() => expect(gateway.inUse()).toMatchObject({ subscriptions: 2, events: 1 }));
    await client.close();
    expect(await stream).toEqual(range(1, 60));
    expect(await topic).toEqual([]);
    expect(complete).toHaveBeenCalledOnce();
    await vi.waitFor(() => expect(gateway.inUse()).toMatchObject({ subscriptions: 0, sessions: 0, away: 0 }));
    expect(gateway.counters).toMatchObject({ received: 1, succeeded: 1 });
  });

  it('cancels a stream that has no end when its time is over', async () => {
    const source = producer();
    await rig.start([source.handler]);
    const client = rig.connect();
    const reading = failureOf(allOf(client.stream('numbers', null, { credit: 1 })));
    await vi.waitFor(() => expect(source.asked).toBeGreaterThan(0));
    await client.close({ withinMs: 50 });
    expect(await reading).toMatchObject({ ...cancelled, started: 'maybe' });
    await vi.waitFor(() => expect(source.released).toBe(1));
  });
});

describe('the signal of a client', () => {
  it('closes it without draining', async () => {
    const gateway = await rig.start([never]);
    const abort = new AbortController();
    const client = rig.connect({ signal: abort.signal });
    const open = failureOf(client.request('never'));
    await vi.waitFor(() => expect(gateway.inUse().busy).toBe(1));
    abort.abort();
    expect(await open).toMatchObject(cancelled);
    await vi.waitFor(() => expect(client.state.status).toBe('closed'));
    await vi.waitFor(() => expect(gateway.inUse()).toMatchObject({ sessions: 0, away: 0 }));
  });

  it('that has fired before means that it never connects', async () => {
    const gateway = await rig.start([echo]);
    const sockets = heldSockets();
    const client = rig.connect({ signal: AbortSignal.abort(), openSocket: sockets.openSocket });
    expect((await failureOf(client.ready)).name).toBe('SluiceError');
    expect(client.state.status).toBe('closed');
    await rig.connect().ready;
    expect(gateway.counters.sessionsOpened).toBe(1);
  });
});

describe('a client that is closed', () => {
  const calls: readonly (readonly [string, (client: Client) => Promise<unknown>])[] = [
    ['request', (client) => client.request('echo')],
    ['emit', (client) => client.emit('echo')],
    ['publish', (client) => client.publish('echo')],
    ['writable', (client) => client.writable()],
    ['stream', (client) => allOf(client.stream('count', { to: 1 }))],
    ['subscribe', (client) => taken(client.subscribe('room'), 1)],
  ];

  it.each(calls)('refuses %s', async (_name, call) => {
    const gateway = await rig.start([echo, count]);
    const client = rig.connect();
    await client.request('echo');
    await client.close();
    expect(await failureOf((async () => call(client))())).toMatchObject({
      code: 'failed_precondition',
      started: 'no',
      retry: 'no',
    });
    expect(gateway.counters).toMatchObject({ received: 1, sessionsOpened: 1 });
  });

  it.each(calls)('refuses %s while it drains', async (_name, call) => {
    const gateway = await rig.start([echo, count, sleep]);
    const client = rig.connect();
    const open = client.request('sleep', { ms: 50 });
    await vi.waitFor(() => expect(gateway.inUse().busy).toBe(1));
    const closing = client.close();
    expect(await failureOf((async () => call(client))())).toMatchObject({ code: 'failed_precondition' });
    expect(await open).toEqual({ sleptMs: 50 });
    await closing;
  });
});

describe('a process', () => {
  it('ends by itself when its client is closed, whatever that has done', async () => {
    const gateway = await rig.start([echo, count, say, never]);
    const nobody = `ws://127.0.0.1:${await freePort()}`;
    const children = ['busy', 'resumed', 'aborted', 'unreachable'].map((how) => {
      const child = new ClientProcess(how, how === 'unreachable' ? nobody : gateway.url);
      return child.ended.then((end) => ({ how, end, isQuick: child.afterCloseMs < 1000 }));
    });
    for (const each of await Promise.all(children)) expect(each).toMatchObject({ end: 0, isQuick: true });
    await vi.waitFor(() => expect(gateway.inUse()).toMatchObject({ sessions: 0, away: 0, subscriptions: 0 }));
  });
});
