/** Tokens that expire: asked for where they are needed, and again; a gateway that wants them is played by the test. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Client, type ConnectionState, type ConnectOptions, connect } from '../../src/client.js';
import { ScriptedGateway } from './scripted-gateway.js';

const waitOptions = { timeout: 5000, interval: 2 } as const;
const told = ['log', 'info', 'debug', 'warn', 'error'] as const;
/** Part of every token, and of nothing else. */
const secret = 'hush-';

let gateway: ScriptedGateway;
let client: Client;
let states: ConnectionState[];
/** Whatever was written to the console. */
let lines: string[];

const open = (options: ConnectOptions): void => {
  client = connect(gateway.url, { reconnect: { minMs: 5, maxMs: 20 }, ...options });
  states = [];
  client.state$.subscribe((state) => void states.push(state));
};

/** Numbered tokens: `hush-1`, `hush-2`, … */
const numbered = () => {
  let count = 0;
  return vi.fn(() => {
    count += 1;
    return Promise.resolve(`${secret}${count}`);
  });
};

beforeEach(async () => {
  gateway = await ScriptedGateway.start();
  lines = [];
  for (const name of told) vi.spyOn(console, name).mockImplementation((...words) => void lines.push(words.join(' ')));
});

afterEach(async () => {
  await client.close({ drain: false });
  await gateway.close();
  vi.restoreAllMocks();
  const said = [...lines, ...states.map((state) => JSON.stringify(state))];
  expect(said.filter((line) => line.includes(secret))).toEqual([]);
});

describe('the token function', () => {
  it('is asked at every connection, and its answer goes with hello', async () => {
    const token = numbered();
    open({ token });
    const first = await gateway.connection(1);
    expect(first.hello).toMatchObject({ token: 'hush-1', resume: true });
    first.connection.welcome('s_1');
    await client.ready;
    first.connection.cut();
    const second = await gateway.connection(2);
    expect(second.hello).toMatchObject({ token: 'hush-2', resume: { session: 's_1', secret: 'secret of s_1' } });
    second.connection.welcome('s_1', true);
    await client.ready;
    expect(token).toHaveBeenCalledTimes(2);
  });

  it('is asked when the gateway says that the token expires, and auth carries the fresh one on the live socket', async () => {
    const token = numbered();
    open({ token });
    const { connection } = await gateway.connection(1);
    connection.welcome('s_1');
    await client.ready;
    connection.send({ op: 'expiring', inMs: 1000 });
    expect(await connection.next('auth')).toEqual({ op: 'auth', token: 'hush-2' });
    connection.send({ op: 'expiring', inMs: 1000 });
    await vi.waitFor(() => expect(connection.frames.at(-1)).toEqual({ op: 'auth', token: 'hush-3' }), waitOptions);
    expect(gateway.connections).toHaveLength(1);
    expect(client.state.status).toBe('open');
    expect(lines).toEqual([]);
  });

  it('that fails is asked again after a wait that grows, and nothing is lost meanwhile', async () => {
    let failures = 6;
    const token = vi.fn((): string | Promise<string> => {
      failures -= 1;
      if (failures >= 3) throw new Error('no network');
      return failures >= 0 ? Promise.reject(new Error('no network')) : 'hush-late';
    });
    open({ token });
    const answer = client.request('greet');
    const { connection, hello } = await gateway.connection(1);
    expect(hello).toMatchObject({ token: 'hush-late' });
    connection.welcome('s_1');
    const { id } = await connection.next('event');
    connection.send({ op: 'end', id, data: 'hello', s: 1 });
    expect(await answer).toBe('hello');
    expect(token).toHaveBeenCalledTimes(7);
    const waits = states.flatMap((state) => (state.status === 'waiting' ? [state] : []));
    expect(waits.map(({ attempt }) => attempt)).toEqual([2, 3, 4, 5, 6, 7]);
    for (const { afterMs } of waits) expect(afterMs).toBeLessThanOrEqual(20);
    expect(gateway.connections).toHaveLength(1);
    expect(lines).toEqual([]);
  });

  it('that fails when the token expires is told in words, and asked again at the next connection', async () => {
    let calls = 0;
    open({
      token: () => {
        calls += 1;
        if (calls === 2) throw new Error('no network');
        return `${secret}${calls}`;
      },
    });
    const first = await gateway.connection(1);
    first.connection.welcome('s_1');
    await client.ready;
    first.connection.send({ op: 'expiring', inMs: 10 });
    await vi.waitFor(() => expect(lines.join()).toMatch(/token expires.*no network/), waitOptions);
    expect(client.state.status).toBe('open');
    first.connection.close(4001, 'the token has expired');
    const second = await gateway.connection(2);
    expect(second.hello).toMatchObject({ token: 'hush-3' });
    second.connection.welcome('s_2');
    await client.ready;
    expect(first.connection.frames.filter(({ op }) => op === 'auth')).toEqual([]);
  });
});

describe('a socket closed with 4001', () => {
  it('while it was open, is opened again with a fresh token: what was open is sent again or has failed', async () => {
    open({ token: numbered() });
    const first = await gateway.connection(1);
    first.connection.welcome('s_1');
    await client.ready;
    const safe = client.request('greet', 'safe', { idem: 'once' });
    const plain = client.request('greet', 'plain').catch((error: unknown) => error);
    await vi.waitFor(
      () => expect(first.connection.frames.filter(({ op }) => op === 'event')).toHaveLength(2),
      waitOptions,
    );
    first.connection.close(4001, 'the token has expired');
    const second = await gateway.connection(2);
    expect(second.hello).toMatchObject({ token: 'hush-2' });
    second.connection.welcome('s_2');
    const { id, idem } = await second.connection.next('event');
    expect(idem).toBe('once');
    second.connection.send({ op: 'end', id, data: 'hello', s: 1 });
    expect(await safe).toBe('hello');
    expect(await plain).toMatchObject({ code: 'unavailable', started: 'maybe' });
    expect(states.map(({ status }) => status)).toEqual(['connecting', 'open', 'waiting', 'connecting', 'open']);
  });

  it('before the welcome, ends the client as unauthenticated, with all that waited', async () => {
    open({ token: numbered() });
    const answer = client.request('greet').catch((error: unknown) => error);
    const emitted = client.emit('greet').catch((error: unknown) => error);
    const ready = client.ready.catch((error: unknown) => error);
    const { connection } = await gateway.connection(1);
    connection.close(4001, 'no valid token');
    const refusal = { code: 'unauthenticated', message: expect.stringContaining('no valid token') };
    expect(await ready).toMatchObject(refusal);
    expect(await answer).toMatchObject({ ...refusal, started: 'no' });
    expect(await emitted).toMatchObject({ ...refusal, started: 'no' });
    expect(client.state).toMatchObject({ status: 'closed', error: refusal });
    await expect(client.request('greet')).rejects.toMatchObject({ code: 'failed_precondition' });
    expect(gateway.connections).toHaveLength(1);
  });

  it('again at once, with the fresh token, ends the client as unauthenticated', async () => {
    const token = numbered();
    open({ token });
    const first = await gateway.connection(1);
    first.connection.welcome('s_1');
    await client.ready;
    first.connection.close(4001, 'the token has expired');
    const second = await gateway.connection(2);
    second.connection.close(4001, 'no valid token');
    await vi.waitFor(() => expect(client.state.status).toBe('closed'), waitOptions);
    expect(client.state).toMatchObject({ error: { code: 'unauthenticated' } });
    expect(token).toHaveBeenCalledTimes(2);
  });

  it('ends a client whose token is a string: there is no other to try', async () => {
    open({ token: 'hush-fixed' });
    const { connection, hello } = await gateway.connection(1);
    expect(hello).toMatchObject({ token: 'hush-fixed' });
    connection.welcome('s_1');
    await client.ready;
    connection.send({ op: 'expiring', inMs: 10 });
    await vi.waitFor(() => expect(lines.join()).toMatch(/no function to ask/), waitOptions);
    connection.close(4001, 'the token has expired');
    await vi.waitFor(() => expect(client.state).toMatchObject({ status: 'closed' }), waitOptions);
    expect(client.state).toMatchObject({ error: { code: 'unauthenticated' } });
    expect(connection.frames.filter(({ op }) => op === 'auth')).toEqual([]);
  });
});
