import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { post, SluiceProcess, serving, sluice, written } from './sluice-process.js';

/** Handlers that misbehave outside of their own promise. */
const careless = () =>
  written(
    'careless.mjs',
    `const brand = { [Symbol.for('sluice.handler')]: true };
    export const rejects = { ...brand, type: 'rejects', handle() { Promise.reject(new Error('left alone')); return 'fine'; } };
    export const odd = { ...brand, type: 'odd', handle() { Promise.reject(Object.freeze(new Error('cold'))); Promise.reject(undefined); return 'fine'; } };
    export const throws = { ...brand, type: 'throws', handle() { setTimeout(() => { throw new Error('out of reach'); }); return 'fine'; } };`,
  );

describe('sluice serve', () => {
  it('says where it is, and how to try it', async () => {
    const { child, url } = await serving(['--handlers', 'dist/demo']);
    const port = new URL(url).port;
    const lines = child.stdout.split('\n');
    expect(lines[0]).toMatch(new RegExp(`^Sluice \\S+ listens on http://127\\.0\\.0\\.1:${port}$`));
    expect(child.stdout).toContain(`ws://127.0.0.1:${port}/v1/socket`);
    const tryIt = lines.find((line) => line.startsWith('curl ')) as string;
    const [, target = '', body = ''] =
      /^curl -s (\S+) -H 'content-type: application\/json' -d '([^']+)'$/.exec(tryIt) ?? [];
    const answer = await fetch(target, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    expect([answer.status, await answer.json()]).toEqual([200, 'hello']);
    const [, metrics = ''] = /(http:\/\/\S+\/metrics)/.exec(child.stdout) ?? [];
    expect(await (await fetch(metrics)).text()).toContain('sluice_events_succeeded_total 1');
  });

  it('says what to open in a browser, and serves it', async () => {
    const { child, url } = await serving(['-c', 'config/demo.yaml', '--handlers', 'dist/demo']);
    expect(child.stdout).toContain(`\n  Open       ${url}/\n`);
    const answer = await fetch(`${url}/`);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await answer.text()).toBe(readFileSync('examples/browser/index.html', 'utf8'));
  });

  it('writes nothing but JSON to stdout when it was asked to', async () => {
    const { child } = await serving(['--log.pretty=false']);
    child.kill('SIGTERM');
    expect(await child.ended).toBe(0);
    expect(
      child.stdout
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { msg: string }).msg),
    ).toEqual(['listening', 'draining', 'drained']);
  });

  it('writes lines for people when it was asked to', async () => {
    const child = new SluiceProcess(['serve', '--port', '0', '--admin.port', '0', '--log.pretty']);
    await child.until(/listens on/);
    child.kill('SIGTERM');
    expect(await child.ended).toBe(0);
    expect(child.stdout).toMatch(/INFO.*: draining/);
  });

  it('warns of an entry of routes that covers no handler', async () => {
    const { child } = await serving(['--routes.none.ttlMs', '5']);
    await child.until(/covers no handler/);
    expect(child.log.at(-1)).toMatchObject({ level: 40, pattern: 'none' });
  });

  it.each(['listen', 'admin'])('ends with 1 and one sentence when the port of %s is taken', async (section) => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const ports = { 'listen.port': '0', 'admin.port': '0', [`${section}.port`]: String(port) };
    const { code, stderr } = await sluice([
      'serve',
      ...Object.entries(ports).flatMap(([key, value]) => [`--${key}`, value]),
    ]);
    taken.close();
    expect(code).toBe(1);
    expect(stderr).toBe(`sluice: cannot listen on 127.0.0.1:${port}: the port is taken\n`);
  });

  it('ends with 1 before it listens when the configuration or a handler is wrong', async () => {
    expect(await sluice(['serve', '--listen.port', 'x'])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('got "x"'),
    });
    const words = ['serve', '--handlers', '/none.mjs'];
    expect(await sluice(words)).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('/none.mjs') });
    // `check` says the same.
    for (const command of ['serve', 'check']) {
      expect(await sluice([command, '--pages', '/none/pages'])).toEqual({
        code: 1,
        stdout: '',
        stderr: 'sluice: pages: expected to read /none/pages, got nothing\n',
      });
    }
  });
});

describe('a signal', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    '%s drains: what was accepted is answered, new work refused, and the exit code is 0',
    async (signal) => {
      const { child, url } = await serving(['--handlers', 'dist/demo', '--anonymous.critical']);
      const running = post(url, 'sleep', { ms: 600 });
      await expect
        .poll(async () => (await (await fetch(metricsUrl(child))).text()).includes('sluice_events_in_flight 1'))
        .toBe(true);
      child.kill(signal);
      await child.until(/"msg":"draining"/);
      expect(await post(url, 'echo', 1)).toMatchObject([503, { code: 'unavailable', retry: 'backoff' }]);
      expect(await running).toEqual([200, { sleptMs: 600 }]);
      expect(await child.ended).toBe(0);
      expect(child.log.map(({ msg }) => msg)).toEqual(['listening', 'draining', 'drained']);
    },
  );

  it('ends the process at the deadline of the drain though a handler never does', async () => {
    const { child, url } = await serving(['--handlers', 'dist/demo', '--drain.deadlineMs', '200']);
    const running = post(url, 'never').catch(() => undefined);
    await expect
      .poll(async () => (await (await fetch(metricsUrl(child))).text()).includes('sluice_events_in_flight 1'))
      .toBe(true);
    const startedAtMs = performance.now();
    child.kill('SIGTERM');
    expect(await child.ended).toBe(0);
    expect(performance.now() - startedAtMs).toBeLessThan(3000);
    await running;
  });

  it('tells sockets to go, and closes them with 4200', async () => {
    const { child, url } = await serving([]);
    const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/socket`, 'sluice.v1.json');
    const ops: unknown[] = [];
    socket.on('message', (data) => ops.push((JSON.parse(String(data)) as { op: string }).op));
    await once(socket, 'open');
    socket.send('{"op":"hello"}');
    await once(socket, 'message');
    child.kill('SIGTERM');
    const [code] = (await once(socket, 'close')) as [number];
    expect([code, ops]).toEqual([4200, ['welcome', 'goaway']]);
    expect(await child.ended).toBe(0);
  });

  it('ends the process with 1 at once when it is the second', async () => {
    const { child, url } = await serving(['--handlers', 'dist/demo', '--drain.deadlineMs', '60000']);
    const running = post(url, 'never').catch(() => undefined);
    await expect
      .poll(async () => (await (await fetch(metricsUrl(child))).text()).includes('sluice_events_in_flight 1'))
      .toBe(true);
    child.kill('SIGTERM');
    await child.until(/"msg":"draining"/);
    child.kill('SIGINT');
    expect(await child.ended).toBe(1);
    expect(child.log.at(-1)).toMatchObject({ signal: 'SIGINT', msg: 'asked again: ending at once' });
    await running;
  });
});

describe('a log that nobody reads', () => {
  it('holds up neither the gateway nor its end', async () => {
    const { child, url } = await serving(['--handlers', 'dist/demo', '--breaker.enabled', 'false']);
    child.stopReading();
    for (let i = 0; i < 600; i += 1) expect((await post(url, 'fail'))[0]).toBe(500);
    const startedAtMs = performance.now();
    child.kill('SIGTERM');
    expect(await child.exited).toBe(0);
    expect(performance.now() - startedAtMs).toBeLessThan(3000);
  });
});

describe('user code that fails outside of its promise', () => {
  it('leaves the process alive when it is a rejection nobody handles, which is logged', async () => {
    const { child, url } = await serving(['--handlers', careless()]);
    expect(await post(url, 'rejects')).toEqual([200, 'fine']);
    await child.until(/left alone/);
    expect(await post(url, 'odd')).toEqual([200, 'fine']);
    await child.until(/cold/);
    expect(await post(url, 'rejects')).toEqual([200, 'fine']);
    expect(child.log.find(({ level }) => level === 50)).toMatchObject({
      err: { message: 'left alone' },
      msg: 'a rejected promise nobody handled; the gateway goes on',
    });
    child.kill('SIGTERM');
    expect(await child.ended).toBe(0);
  });

  it('leaves the process alive when it is an exception nobody catches, which is logged', async () => {
    const { child, url } = await serving(['--handlers', careless(), '--handlers', 'dist/demo']);
    const running = post(url, 'sleep', { ms: 300 });
    expect(await post(url, 'throws')).toEqual([200, 'fine']);
    await child.until(/out of reach/);
    expect(await running).toEqual([200, { sleptMs: 300 }]);
    expect(await post(url, 'throws')).toEqual([200, 'fine']);
    expect(child.log.find(({ level }) => level === 50)).toMatchObject({
      err: { message: 'out of reach' },
      msg: 'an exception nobody caught; the gateway goes on',
    });
    child.kill('SIGTERM');
    expect(await child.ended).toBe(0);
  });
});

function metricsUrl(child: SluiceProcess): string {
  return /(http:\/\/\S+\/metrics)/.exec(child.stdout)?.[1] ?? '';
}
