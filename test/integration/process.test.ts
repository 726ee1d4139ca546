/** The gateway as a process, configured by a file, with clients on sockets: how it ends, and what must not end it. */
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { post, SluiceProcess, written } from '../cli/sluice-process.js';
import { TestClient } from '../support/test-client.js';

const handlers = written(
  'handlers.mjs',
  `const brand = { [Symbol.for('sluice.handler')]: true };
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const hang = (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  const refuse = () => { throw new Error('a listener threw'); };

  export const echo = { ...brand, type: 'echo', handle: ({ data }) => data };
  export const slow = { ...brand, type: 'slow', handle: async ({ data }) => { await sleep(data.ms); return data; } };
  export const rows = { ...brand, type: 'rows', async *handle() {
    for (let n = 1; n <= 60; n += 1) { await sleep(15); yield n; }
  } };
  export const never = { ...brand, type: 'never', handle: () => new Promise(() => undefined) };

  export const rejects = { ...brand, type: 'rejects', handle() { Promise.reject(new Error('left alone')); return 'fine'; } };
  export const rejectsLate = { ...brand, type: 'rejects.late', async handle() {
    setTimeout(() => Promise.reject(new Error('left alone later')), 5);
    return 'fine';
  } };
  export const throwsLate = { ...brand, type: 'throws.late', handle() {
    setTimeout(() => { throw new Error('thrown in a timer'); });
    setImmediate(() => { throw 'thrown, and no error'; });
    process.nextTick(() => { throw Object.create(null); });
    queueMicrotask(() => { throw undefined; });
    return 'fine';
  } };
  export const listens = { ...brand, type: 'listens', timeoutMs: 5000, handle(_event, { signal }) {
    signal.addEventListener('abort', refuse);
    return hang(signal);
  } };
  export const listensBriefly = { ...brand, type: 'listens.briefly', timeoutMs: 20, handle(_event, { signal }) {
    signal.onabort = refuse;
    return new Promise(() => undefined);
  } };
  export const cleansUp = { ...brand, type: 'cleans.up', async *handle() {
    try { for (;;) { await sleep(1); yield 1; } } finally { throw new Error('thrown while cleaning up'); }
  } };
  export const oddIterator = { ...brand, type: 'odd.iterator', handle: () => ({
    [Symbol.asyncIterator]: () => ({ next: () => sleep(1).then(() => ({ done: false, value: 1 })), return: refuse }),
  }) };`,
);

const config = (more = '', port = 0): string =>
  written(
    `sluice-${Math.random().toString(36).slice(2)}.yaml`,
    `listen: { host: 127.0.0.1, port: ${port} }\nadmin: { port: 0 }\nhandlers: [${handlers}]\nlog: { pretty: false }\n${more}\n`,
  );

const serve = (path: string): SluiceProcess => new SluiceProcess(['serve', '-c', path]);

/** Starts the process and waits until it listens. */
async function serving(
  more = '',
): Promise<{ readonly child: SluiceProcess; readonly url: string; readonly port: number }> {
  const child = serve(config(more));
  const [, url = ''] = await child.until(/"url":"([^"]+)".*\n/);
  return { child, url, port: Number(new URL(url).port) };
}

const accepted = ({ op }: { readonly op: string }): boolean => op === 'ack';

describe('a signal', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    '%s lets the work of sockets, streams and requests end, closes with 4200, and the exit code is 0',
    async (signal) => {
      const { child, url, port } = await serving('drain: { deadlineMs: 4000, spreadMs: 100 }');
      const [client, idle] = [await TestClient.connect(port), await TestClient.connect(port, { encoding: 'msgpack' })];
      client.send({ op: 'event', id: 1, type: 'slow', data: { ms: 900 }, ack: true });
      client.send({ op: 'event', id: 2, type: 'rows', credit: 100 });
      await client.next(accepted);
      const requested = post(url, 'slow', { ms: 800 });
      const metrics = `${/"admin":"([^"]+)"/.exec(child.stdout)?.[1]}/metrics`;
      const inFlight = async () => /^sluice_events_in_flight (\d+)/m.exec(await (await fetch(metrics)).text())?.[1];
      await vi.waitFor(async () => expect(await inFlight()).toBe('3'));
      const startedAtMs = performance.now();
      child.kill(signal);
      const [goaway] = await Promise.all([client, idle].map((each) => each.next(({ op }) => op === 'goaway')));
      expect(goaway).toMatchObject({ untilMs: 4000 });
      expect(await client.request({ id: 3, type: 'echo' })).toMatchObject({ code: 'unavailable', retry: 'backoff' });
      expect(await requested).toEqual([200, { ms: 800 }]);
      expect(await client.outcome(1)).toMatchObject({ op: 'end', data: { ms: 900 } });
      expect(await client.outcome(2)).toEqual({ op: 'end', id: 2, n: 60 });
      for (const each of [client, idle]) expect(await each.untilClosed()).toMatchObject({ code: 4200 });
      expect(await child.ended).toBe(0);
      expect(performance.now() - startedAtMs).toBeLessThan(4000);
      expect(child.stderr).toBe('');
    },
  );

  it('ends the process with 0 at the deadline though a handler never does', async () => {
    const { child, port } = await serving('drain: { deadlineMs: 200 }');
    const client = await TestClient.connect(port);
    client.send({ op: 'event', id: 1, type: 'never', ack: true });
    await client.next(accepted);
    const startedAtMs = performance.now();
    child.kill('SIGTERM');
    expect(await client.untilClosed()).toMatchObject({ code: 4200 });
    expect(await child.ended).toBe(0);
    expect(performance.now() - startedAtMs).toBeLessThan(2500);
  });

  it('that comes twice ends the process with 1 at once', async () => {
    const { child, port } = await serving('drain: { deadlineMs: 60000 }');
    const client = await TestClient.connect(port);
    client.send({ op: 'event', id: 1, type: 'never', ack: true });
    await client.next(accepted);
    child.kill('SIGTERM');
    await client.next(({ op }) => op === 'goaway');
    const startedAtMs = performance.now();
    child.kill('SIGTERM');
    expect(await child.ended).toBe(1);
    expect(performance.now() - startedAtMs).toBeLessThan(1000);
    await client.untilClosed();
  });
});

describe('a port that another gateway has', () => {
  it('ends the process with 1 and one sentence that names it, and the other goes on', async () => {
    const { child, url, port } = await serving();
    const second = serve(config('', port));
    expect(await second.ended).toBe(1);
    expect(second.stderr).toBe(`sluice: cannot listen on 127.0.0.1:${port}: the port is taken\n`);
    expect(await post(url, 'echo', 'still here')).toEqual([200, 'still here']);
    child.kill('SIGTERM');
    expect(await child.ended).toBe(0);
  });
});

describe('a handler that misbehaves outside of its call', () => {
  it('does not end the process, nor the sessions of others, and is logged', async () => {
    const { child, url, port } = await serving();
    const other = await TestClient.connect(port);
    const client = await TestClient.connect(port);
    let id = 0;
    const othersGoOn = async (): Promise<void> => {
      id += 1;
      expect(await other.request({ id, type: 'echo', data: id })).toMatchObject({ op: 'end', data: id });
      expect(other.closed).toBeUndefined();
    };

    for (const type of ['rejects', 'rejects.late', 'throws.late']) {
      expect(await client.request({ id: type, type })).toMatchObject({ op: 'end', data: 'fine' });
      expect(await post(url, type)).toEqual([200, 'fine']);
    }
    await child.until(/left alone later/);
    await child.until(/thrown in a timer/);
    await child.until(/thrown, and no error/);
    await othersGoOn();

    // The signal fires because of a cancel, of a timeout, and of a socket that is gone.
    client.send({ op: 'event', id: 'cancel', type: 'listens', ack: true });
    await client.next((frame) => accepted(frame) && frame.id === 'cancel');
    client.send({ op: 'cancel', id: 'cancel' });
    expect(await client.outcome('cancel')).toMatchObject({ code: 'cancelled' });
    expect(await client.request({ id: 'brief', type: 'listens.briefly' })).toMatchObject({ code: 'deadline_exceeded' });
    for (const type of ['cleans.up', 'odd.iterator']) {
      client.send({ op: 'event', id: type, type, credit: 1000 });
      await client.next((frame) => frame.id === type && frame.n === 3);
      client.send({ op: 'cancel', id: type });
      expect(await client.outcome(type)).toMatchObject({ code: 'cancelled' });
    }
    const gone = await TestClient.connect(port);
    gone.send({ op: 'event', id: 1, type: 'listens', ack: true });
    await gone.next(accepted);
    gone.socket.terminate();
    const abort = new AbortController();
    const body = JSON.stringify({ type: 'listens' });
    const headers = { 'content-type': 'application/json' };
    const requested = fetch(`${url}/v1/events`, { method: 'POST', headers, body, signal: abort.signal });
    await wait(20);
    abort.abort();
    await expect(requested).rejects.toThrow();
    const listenersThrown = () =>
      child.log.filter(({ err }) => (err as Error | undefined)?.message === 'a listener threw');
    await vi.waitFor(() => expect(listenersThrown()).toHaveLength(4), 5000);
    await othersGoOn();

    expect(child.log.filter(({ level }) => (level as number) >= 60)).toEqual([]);
    child.kill('SIGTERM');
    expect(await other.untilClosed()).toMatchObject({ code: 4200 });
    expect(await child.ended).toBe(0);
  });
});
