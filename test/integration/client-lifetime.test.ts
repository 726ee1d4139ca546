/** The connection of a client: how it comes to be, heals, and ends for good. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Client, type ConnectionState, connect } from '../../src/client.js';
import { echo, never } from '../../src/demo/basics.js';
import { clientRig, failureOf, freePort } from '../support/client-rig.js';
import { heldSockets } from '../support/client-socket.js';

const rig = clientRig();
const servers: Server[] = [];
const ownClients: Client[] = [];

afterEach(async () => {
  for (const client of ownClients.splice(0)) await client.close({ drain: false });
  for (const server of servers.splice(0)) server.close();
});

const quick = { reconnect: { minMs: 5, maxMs: 20 } };

/** A client of a URL, which is closed after the test. */
const clientOf = (...args: Parameters<typeof connect>): Client => {
  const client = connect(...args);
  ownClients.push(client);
  return client;
};

/** Every state from now on. */
const statesOf = (client: Client): ConnectionState[] => {
  const states: ConnectionState[] = [];
  client.state$.subscribe((state) => states.push(state));
  return states;
};

describe('a client', () => {
  it('is connecting, open, and closed', async () => {
    await rig.start([echo]);
    const client = rig.connect();
    expect(client.state).toEqual({ status: 'connecting', attempt: 1 });
    const states = statesOf(client);
    const complete = vi.fn();
    client.state$.subscribe({ complete });
    await client.ready;
    expect(client.state).toEqual({ status: 'open', session: expect.any(String), continuity: 'new' });
    await client.close();
    expect(client.state).toEqual({ status: 'closed' });
    expect(states.map(({ status }) => status)).toEqual(['connecting', 'open', 'closed']);
    expect(complete).toHaveBeenCalledOnce();
    const late = statesOf(client);
    expect(late).toEqual([{ status: 'closed' }]);
  });

  it.each(['http', 'ws'])('takes a URL of %s:, with a path or without', async (scheme) => {
    const { port } = await rig.start([echo]);
    for (const path of ['', '/', '/v1/socket']) {
      const client = clientOf(new URL(`${scheme}://127.0.0.1:${port}${path}`));
      expect(await client.request('echo', path)).toBe(path);
    }
  });

  it.each([
    ['no URL', 'nowhere', {}],
    ['another scheme', 'ftp://127.0.0.1/', {}],
    ['a queue of none', 'ws://127.0.0.1:1', { queue: { items: 0 } }],
    ['attempts of none', 'ws://127.0.0.1:1', { retry: { attempts: 0 } }],
    ['a time of none', 'ws://127.0.0.1:1', { connectTimeoutMs: 0 }],
  ])('is refused with %s', (_what, url, options) => {
    const refused = { name: 'SluiceError', code: 'invalid_argument', message: expect.stringMatching(/expected/) };
    expect(() => connect(url, options)).toThrow(expect.objectContaining(refused));
  });

  it('heals a lost connection, and what was open goes on', async () => {
    const gateway = await rig.start([echo, never]);
    const sockets = heldSockets();
    const client = rig.connect({ ...quick, openSocket: sockets.openSocket });
    const abort = new AbortController();
    const open = failureOf(client.request('never', 1, { signal: abort.signal }));
    await vi.waitFor(() => expect(gateway.inUse().busy).toBe(1));
    const states = statesOf(client);
    const { session } = client.state as { readonly session?: string };
    sockets.last.terminate();
    await vi.waitFor(() => expect(client.state).toEqual({ status: 'open', session, continuity: 'resumed' }));
    expect(states.map(({ status }) => status)).toEqual(['open', 'waiting', 'connecting', 'open']);
    expect(await client.request('echo', 'again')).toBe('again');
    expect(gateway.counters).toMatchObject({ received: 2, refused: 0 });
    abort.abort();
    expect(await open).toMatchObject({ code: 'cancelled' });
  });

  it('is open again after the gateway was started anew, and says that the session was lost', async () => {
    await rig.start([echo, never], { listen: { port: await freePort() } });
    const client = rig.connect(quick);
    const maybe = failureOf(client.request('never'));
    await vi.waitFor(() => expect(rig.gateway.inUse().busy).toBe(1));
    const safe = client.request('never', 1, { idem: true, ttlMs: 60 }).catch((error) => error);
    await rig.startAnew([echo, never]);
    // Nobody knows what became of the first; the other can be sent again, and times out there.
    expect(await maybe).toMatchObject({ code: 'unavailable', started: 'maybe' });
    expect(await safe).toMatchObject({ code: 'deadline_exceeded' });
    expect(client.state).toMatchObject({ status: 'open', continuity: 'lost' });
    expect(await client.request('echo', 'again')).toBe('again');
  });
});

describe('a gateway that is not there', () => {
  it('is tried again until it is, and what was asked meanwhile is answered', async () => {
    const port = await freePort();
    const client = clientOf(`ws://127.0.0.1:${port}`, quick);
    const states = statesOf(client);
    const asked = client.request('echo', 'early');
    await vi.waitFor(() => expect(states.filter(({ status }) => status === 'waiting').length).toBeGreaterThan(2));
    const waiting = states.find(({ status }) => status === 'waiting');
    expect(waiting).toEqual({ status: 'waiting', attempt: 2, afterMs: expect.any(Number), why: expect.any(String) });
    await rig.start([echo], { listen: { port } });
    await client.ready;
    expect(await asked).toBe('early');
    expect(client.state).toMatchObject({ status: 'open', continuity: 'new' });
    await client.close();
  });

  it('is given up after the attempts that were asked for', async () => {
    const port = await freePort();
    const client = clientOf(`ws://127.0.0.1:${port}`, { reconnect: { ...quick.reconnect, attempts: 3 } });
    const states = statesOf(client);
    const asked = failureOf(client.request('echo'));
    expect(await failureOf(client.ready)).toMatchObject({ code: 'unavailable' });
    expect(await asked).toMatchObject({ code: 'unavailable', started: 'no' });
    expect(client.state).toMatchObject({ status: 'closed', error: { code: 'unavailable' } });
    expect(states.filter(({ status }) => status === 'connecting').length).toBeGreaterThanOrEqual(3);
    expect(states.filter(({ status }) => status === 'connecting').length).toBeLessThanOrEqual(4);
  });

  it('is not tried again where reconnect is false', async () => {
    const port = await freePort();
    const client = clientOf(`ws://127.0.0.1:${port}`, { reconnect: false });
    const states = statesOf(client);
    expect(await failureOf(client.ready)).toMatchObject({ code: 'unavailable' });
    expect(states.map(({ status }) => status)).toEqual(['connecting', 'closed']);
  });

  it('may take a connection and never say a word: it has its time', async () => {
    const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    const { port } = server.address() as { readonly port: number };
    const client = clientOf(`ws://127.0.0.1:${port}`, { ...quick, connectTimeoutMs: 30 });
    const states = statesOf(client);
    await vi.waitFor(() => expect(states.filter(({ status }) => status === 'connecting').length).toBeGreaterThan(2));
    expect(states.find(({ status }) => status === 'waiting')).toMatchObject({ why: expect.stringContaining('30') });
  });
});

describe('a connection that is lost', () => {
  it('is not made anew where reconnect is false, and what was open fails', async () => {
    const gateway = await rig.start([echo, never]);
    const sockets = heldSockets();
    const client = rig.connect({ reconnect: false, openSocket: sockets.openSocket });
    const open = failureOf(client.request('never'));
    await vi.waitFor(() => expect(gateway.inUse().busy).toBe(1));
    sockets.last.terminate();
    expect(await open).toMatchObject({ code: 'unavailable', started: 'maybe' });
    expect(client.state).toMatchObject({ status: 'closed', error: { name: 'SluiceError' } });
    expect(sockets.all).toHaveLength(1);
    // Nor does the gateway wait for it.
    await vi.waitFor(() => expect(gateway.inUse()).toMatchObject({ sessions: 0, away: 0, busy: 0 }));
  });

  it('is not made anew after a close that says to stop', async () => {
    const gateway = await rig.start([echo, never]);
    const sockets = heldSockets();
    const client = rig.connect({ ...quick, openSocket: sockets.openSocket });
    const open = failureOf(client.request('never'));
    await vi.waitFor(() => expect(gateway.inUse().busy).toBe(1));
    sockets.last.send('no json');
    expect((await open).started).toBe('maybe');
    expect(client.state).toMatchObject({
      status: 'closed',
      error: { name: 'SluiceError', message: expect.stringContaining('4000') },
    });
    expect(sockets.all).toHaveLength(1);
    expect(gateway.counters.closedBy.get(4000)).toBe(1);
    expect(await failureOf(client.request('echo'))).toMatchObject({ started: 'no' });
    expect((await failureOf(client.ready)).name).toBe('SluiceError');
  });
});
