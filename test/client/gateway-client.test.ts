import { lastValueFrom } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GatewayClient } from '../../src/client/gateway-client.js';
import type { ConnectOptions } from '../../src/client/options.js';
import type { ServerFrame } from '../../src/protocol/frames.js';
import { FakeSockets, numbered, turn } from './fake-sockets.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

async function begin(options: ConnectOptions = {}) {
  const sockets = new FakeSockets();
  const client = new GatewayClient(sockets.options(options), options.signal);
  await turn();
  sockets.last.welcome({ credit: 2 });
  sockets.last.newFrames();
  return { client, sockets, socket: sockets.last };
}

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'resolved',
    ({ code, started }: { code: string; started: string }) => `${code} ${started}`,
  );
const end = (id: number, data?: unknown): ServerFrame => ({ op: 'end', id, data });

describe('a client', () => {
  it('answers requests, sends events and says how much is under way', async () => {
    const { client, socket } = await begin();
    const replies = [client.request('a', 1), client.request('b'), client.request('c')];
    let hasLeft = false;
    const emitted = client.emit('d').then(() => {
      hasLeft = true;
    });
    await turn();
    expect(client.usage).toEqual({ queued: 2, queuedBytes: 0, open: 2, credit: 0 });
    expect(socket.newFrames().map(({ type }) => type)).toEqual(['a', 'b']);
    expect(hasLeft).toBe(false);
    socket.say(end(2, 'two'), end(1, 'one'), { op: 'credit', max: 4 });
    await emitted;
    expect(socket.newFrames().map(({ type }) => type)).toEqual(['c', 'd']);
    socket.say(end(3, 'three'), end(4));
    expect(await Promise.all(replies)).toEqual(['one', 'two', 'three']);
    expect(client.usage).toEqual({ queued: 0, queuedBytes: 0, open: 0, credit: 0 });
  });

  it('refuses a stream where one answer is expected, and ends it', async () => {
    const { client, socket } = await begin();
    const [many, none] = [codeOf(client.request('rows')), codeOf(client.request('rows'))];
    await turn();
    socket.say({ op: 'item', id: 1, n: 1, data: 1 }, { op: 'item', id: 1, n: 2, data: 2 }, { op: 'end', id: 2, n: 0 });
    expect(await Promise.all([many, none])).toEqual(['failed_precondition maybe', 'failed_precondition maybe']);
    expect(socket.newFrames().filter(({ op }) => op === 'cancel')).toEqual([{ op: 'cancel', id: 1 }]);
  });

  it('makes a stream of one out of one answer', async () => {
    const { client, socket } = await begin();
    const only = lastValueFrom(client.stream('one'));
    await turn();
    socket.say(end(1, 'x'));
    expect(await only).toBe('x');
  });

  it('lets the handler go on as its reader does', async () => {
    const { client, socket } = await begin();
    const reading = client.stream('rows', undefined, { credit: 2 })[Symbol.asyncIterator]();
    const first = reading.next();
    await turn();
    expect(socket.newFrames()).toMatchObject([{ op: 'event', credit: 2 }]);
    socket.say({ op: 'item', id: 1, n: 1, data: 1 }, { op: 'item', id: 1, n: 2, data: 2 });
    expect(await first).toMatchObject({ value: 1 });
    expect(socket.newFrames()).toEqual([{ op: 'pull', id: 1, max: 3 }]);
    await reading.next();
    expect(socket.newFrames()).toEqual([{ op: 'pull', id: 1, max: 4 }]);
    await reading.return?.(undefined);
    expect(socket.newFrames()).toEqual([{ op: 'cancel', id: 1 }]);
  });

  it('takes up its session behind the last frame it has seen, and begins anew where one is missing', async () => {
    const { client, sockets, socket } = await begin();
    const replies = [client.request('a'), client.request('b')];
    await turn();
    socket.say(numbered(end(1, 'one'), 1), numbered(end(2, 'two'), 3));
    expect(socket.endedWith).toBe('cut');
    vi.advanceTimersByTime(1000);
    sockets.last.welcome({ resumed: true, received: 2 });
    expect(sockets.last.newFrames()).toEqual([
      { op: 'hello', batch: true, resume: { session: 's_1', secret: 'hush', received: 1 } },
    ]);
    sockets.last.say(numbered(end(9), 2), numbered(end(2, 'two'), 3));
    expect(await Promise.all(replies)).toEqual(['one', 'two']);
  });

  it('keeps events for the next connection while the gateway drains', async () => {
    const { client, sockets, socket } = await begin();
    socket.say({ op: 'goaway', afterMs: 0, untilMs: 10_000 });
    const reply = client.request('a');
    const writable = client.writable();
    await turn();
    expect(socket.newFrames()).toEqual([]);
    vi.advanceTimersByTime(1000);
    socket.end(4200);
    vi.advanceTimersByTime(0);
    sockets.last.welcome({ session: 's_2', credit: 9 });
    await writable;
    expect(sockets.last.newFrames().map(({ op }) => op)).toEqual(['hello', 'event']);
    sockets.last.say(end(1, 'there'));
    expect(await reply).toBe('there');
  });

  it('answers pings, and sends a fresh token when the gateway asks for one', async () => {
    let tokens = 0;
    const token = () => {
      tokens += 1;
      return `t${tokens}`;
    };
    const { socket } = await begin({ token });
    socket.say({ op: 'ping', at: 7 }, { op: 'expiring', inMs: 1000 });
    await turn();
    expect(socket.newFrames()).toEqual([
      { op: 'pong', at: 7 },
      { op: 'auth', token: 't2' },
    ]);
  });
});

describe('a client that is closed', () => {
  it('finishes what is open, takes nothing new, and ends its subscriptions', async () => {
    const { client, socket } = await begin();
    const replies = [client.request('a'), client.request('b'), client.request('c')];
    const reading = client.subscribe('t')[Symbol.asyncIterator]();
    await turn();
    const closed = client.close();
    expect(await reading.next()).toEqual({ done: true, value: undefined });
    expect(await codeOf(client.request('d'))).toBe('failed_precondition no');
    expect(await codeOf(client.emit('d'))).toBe('failed_precondition no');
    expect(await codeOf(client.writable())).toBe('failed_precondition no');
    await expect(lastValueFrom(client.subscribe('t'))).rejects.toMatchObject({ code: 'failed_precondition' });
    socket.say(end(1, 1), end(2, 2), { op: 'credit', max: 3 });
    await turn();
    expect(client.state.status).toBe('open');
    socket.say(end(3, 3));
    await closed;
    expect(await Promise.all(replies)).toEqual([1, 2, 3]);
    expect(client.state).toEqual({ status: 'closed' });
    expect(socket.endedWith).toBe('4099');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('gives up what has no answer in time, and says what may have begun', async () => {
    const { client, socket } = await begin();
    const replies = ['a', 'b', 'c'].map((type) => codeOf(client.request(type)));
    await turn();
    const closed = client.close({ withinMs: 300 });
    vi.advanceTimersByTime(299);
    expect(client.state.status).toBe('open');
    vi.advanceTimersByTime(1);
    await closed;
    expect(await Promise.all(replies)).toEqual(['cancelled maybe', 'cancelled maybe', 'cancelled no']);
    expect(socket.endedWith).toBe('4099');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('waits for nothing where it is told not to, also when it waited before', async () => {
    const { client } = await begin();
    const reply = codeOf(client.request('a'));
    await turn();
    const drained = client.close();
    await client.close({ drain: false });
    await drained;
    expect(await reply).toBe('cancelled maybe');
    await client.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends at once where nothing is open', async () => {
    const { client } = await begin();
    await client.close();
    expect(client.state).toEqual({ status: 'closed' });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves nobody waiting: not for a connection, nor to write', async () => {
    const sockets = new FakeSockets();
    const client = new GatewayClient(sockets.options(), undefined);
    const [ready, writable] = [codeOf(client.ready), codeOf(client.writable())];
    await client.close({ drain: false });
    expect(await Promise.all([ready, writable])).toEqual(['cancelled no', 'cancelled no']);
    await expect(lastValueFrom(client.state$)).resolves.toEqual({ status: 'closed' });
  });

  it('by its signal ends at once, and does not listen to that any longer', async () => {
    const controller = new AbortController();
    const remove = vi.spyOn(controller.signal, 'removeEventListener');
    const { client, socket } = await begin({ signal: controller.signal });
    const reply = codeOf(client.request('a'));
    await turn();
    controller.abort();
    expect(client.state).toEqual({ status: 'closed' });
    expect(await reply).toBe('cancelled maybe');
    expect(socket.endedWith).toBe('4099');
    expect(remove).toHaveBeenCalledOnce();
    const sockets = new FakeSockets();
    const never = new GatewayClient(sockets.options(), AbortSignal.abort());
    await turn();
    expect(never.state).toEqual({ status: 'closed' });
    expect(sockets.all).toEqual([]);
  });

  it('by the gateway tells everybody why', async () => {
    const { client, socket } = await begin();
    const reply = codeOf(client.request('a'));
    const reading = client.subscribe('t')[Symbol.asyncIterator]();
    await turn();
    socket.end(4003, 'not you');
    expect(client.state).toMatchObject({ status: 'closed', error: { code: 'permission_denied' } });
    expect(await reply).toBe('permission_denied maybe');
    await expect(reading.next()).rejects.toMatchObject({ code: 'permission_denied' });
    await expect(client.ready).rejects.toMatchObject({ code: 'permission_denied' });
    await expect(client.request('b')).rejects.toMatchObject({
      code: 'failed_precondition',
      message: 'the client is closed: the connection was closed with 4003: not you',
    });
    expect(vi.getTimerCount()).toBe(0);
  });
});
