/** `sluice request` against a gateway, in a process of its own. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { count, echo, fail, never } from '../../src/demo/basics.js';
import type { Gateway } from '../../src/gateway.js';
import { defineHandler } from '../../src/index.js';
import { expectConservation, startTestGateway } from '../support/test-gateway.js';
import { ClientProcess, endClientProcesses, linesOf, ran, settled } from './client-process.js';
import { written } from './sluice-process.js';

/** Items that the handler of `rows` has made, and whether it was ended. */
let made = 0;
let isRowsOver = false;
const kilobyte = 'x'.repeat(1000);

const rows = defineHandler<number>({
  type: 'rows',
  async *handle({ data }) {
    made = 0;
    isRowsOver = false;
    try {
      for (let n = 1; n <= data; n += 1) {
        made = n;
        yield { n, kilobyte };
      }
    } finally {
      isRowsOver = true;
    }
  },
});
const silent = defineHandler({ type: 'silent', handle: () => undefined });
const seen = defineHandler({
  type: 'seen',
  handle: ({ key, priority, data }, context) => ({ key, priority, data, remainingMs: context.remainingMs() }),
});
let runs = 0;
const counted = defineHandler({ type: 'counted', handle: () => (runs += 1) });

// Each starts several processes, on a machine that may have others to run.
vi.setConfig({ testTimeout: 60_000 });

let gateway: Gateway;
let url: string[];

beforeAll(async () => {
  const handlers = [count, counted, echo, fail, never, rows, seen, silent];
  gateway = await startTestGateway(handlers, { anonymous: { critical: true }, breaker: { enabled: false } });
  url = ['--url', `ws://127.0.0.1:${gateway.port}`];
});
afterEach(async () => {
  endClientProcesses();
  await expectConservation(gateway);
});
afterAll(() => gateway.close());

const request = (words: readonly string[], options: Parameters<typeof ran>[1] = {}) =>
  ran(['request', ...url, ...words], options);

describe('sluice request', () => {
  it.each(['json', 'msgpack'])('writes a value, or each item, or nothing, in %s', async (encoding) => {
    const ended = await Promise.all([
      request(['echo', '{"a":[1,"é"]}', '--encoding', encoding]),
      request(['count', '{"to":3}', '--encoding', encoding]),
      request(['silent', '--encoding', encoding]),
    ]);
    expect(ended).toEqual([
      { code: 0, stdout: '{"a":[1,"é"]}\n', stderr: '' },
      { code: 0, stdout: '1\n2\n3\n', stderr: '' },
      { code: 0, stdout: '', stderr: '' },
    ]);
  });

  it('writes lines of JSON with all there is to know', async () => {
    const [items, none, failed] = await Promise.all([
      request(['--json', 'count', '{"to":2}']),
      request(['--json', 'silent']),
      request(['--json', 'fail', '{"code":"aborted","message":"no luck"}']),
    ]);
    expect(linesOf(items.stdout)).toEqual([
      { kind: 'item', n: 1, data: 1 },
      { kind: 'item', n: 2, data: 2 },
      { kind: 'end', items: 2 },
    ]);
    expect(linesOf(none.stdout)).toEqual([{ kind: 'end', items: 0 }]);
    expect(linesOf(failed.stdout)).toEqual([
      { kind: 'error', code: 'aborted', message: 'no luck', retry: 'no', started: 'maybe' },
    ]);
    expect([items.code, none.code, failed.code]).toEqual([0, 0, 2]);
    expect(items.stderr + none.stderr + failed.stderr).toBe('');
  });

  it('ends with 2 and the code when the gateway or the handler says no', async () => {
    const [failed, none] = await Promise.all([request(['fail', '{"code":"unavailable"}']), request(['none'])]);
    expect(failed).toEqual({
      code: 2,
      stdout: '',
      stderr: 'unavailable: failed as it was told (started: maybe, retry: backoff after 1000 ms)\n',
    });
    expect(none).toEqual({
      code: 2,
      stdout: '',
      stderr: 'not_found: no route for the type none (started: no, retry: no)\n',
    });
  });

  it('takes data from a file, from stdin, and as a text', async () => {
    const file = written('data.json', '{\n  "in": "a file"\n}\n');
    const ended = await Promise.all([
      request(['echo', `@${file}`]),
      request(['echo', '-'], { input: '[1,\n2]\n' }),
      request(['echo', '--text', 'no JSON']),
      request(['echo', '--text', '-'], { input: 'some\nlines' }),
    ]);
    expect(ended.map(({ code, stdout }) => [code, stdout])).toEqual([
      [0, '{"in":"a file"}\n'],
      [0, '[1,2]\n'],
      [0, '"no JSON"\n'],
      [0, '"some\\nlines"\n'],
    ]);
  });

  it('gives the event what the flags say', async () => {
    const words = ['seen', '1', '--key', 'k', '--priority', 'high', '--ttl', '5000'];
    const [all, first] = await Promise.all([request(words), request(['counted', '--idem=once'])]);
    const { remainingMs, ...event } = JSON.parse(all.stdout) as { readonly remainingMs: number };
    expect(event).toEqual({ key: 'k', priority: 'high', data: 1 });
    expect(remainingMs).toBeGreaterThan(3000);
    expect(remainingMs).toBeLessThanOrEqual(5000);
    const again = await request(['counted', '--idem=once']);
    expect([first.stdout, again.stdout, runs]).toEqual(['1\n', '1\n', 1]);
  });

  it('says who is asking, from a flag or the environment, in either encoding', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, path: '/v1/socket' });
    await once(server, 'listening');
    const there = `ws://127.0.0.1:${(server.address() as { port: number }).port}`;
    const heard: unknown[] = [];
    server.on('connection', (socket: WebSocket) => {
      socket.on('message', (text, isBinary) => {
        heard.push(isBinary ? socket.protocol : (JSON.parse(String(text)) as { token?: string }).token);
        socket.close(4003, 'not you');
      });
    });
    const ended = [
      await ran(['request', '--url', there, '--token', 'from a flag', 'echo']),
      await ran(['request', 'echo'], { env: { SLUICE_URL: there, SLUICE_TOKEN: 'from outside' } }),
      await ran(['request', 'echo', '--encoding', 'msgpack'], { env: { SLUICE_URL: there } }),
    ];
    server.close();
    expect(heard).toEqual(['from a flag', 'from outside', 'sluice.v1.msgpack']);
    for (const { code, stdout, stderr } of ended) {
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^permission_denied: .*4003: not you \(started: .*, retry: no\)\n$/);
    }
  });
});

describe('sluice request that cannot be', () => {
  it.each([
    [
      'data that is no JSON',
      ['echo', 'hello'],
      'sluice: data: expected JSON, got hello; --text sends it as a string\n',
    ],
    ['a file that is not there', ['echo', '@/none.json'], /^sluice: expected to read \/none\.json, got .*ENOENT/],
    [
      'a URL that is none',
      ['echo', '--url', 'here'],
      /^sluice: expected url to be a URL such as ws:\/\/host:8080, got/,
    ],
    [
      'a type that is none',
      ['a b'],
      /^invalid_argument: expected type to be .* got "a b" \(started: no, retry: no\)\n$/,
    ],
    ['a number that is none', ['echo', '--ttl', '0'], /Expected a whole number of 1 to 2147483647, got "0"/],
    ['a priority that is none', ['echo', '--priority', 'urgent'], /Allowed choices are critical, high, normal, low/],
    ['no type', [], /missing required argument 'type'/],
  ])('ends with 1 and says why: %s', async (_title, words, why) => {
    const { code, stdout, stderr } = await request(words);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    if (typeof why === 'string') expect(stderr).toBe(why);
    else expect(stderr).toMatch(why);
    expect(stderr).not.toMatch(/\n {4}at /);
  });

  it('ends with 1 when nobody is there, or nobody answers, in time', async () => {
    const there = `ws://127.0.0.1:${await freePort()}`;
    const [none, silence, json] = await Promise.all([
      ran(['request', '--url', there, '--timeout', '300', 'echo']),
      request(['never', '--timeout', '1000']),
      ran(['request', '--url', there, '--timeout', '300', 'echo', '--json']),
    ]);
    expect([none.code, none.stdout, silence.code, silence.stdout, json.code]).toEqual([1, '', 1, '', 1]);
    expect(none.stderr).toMatch(
      /^sluice: .*ECONNREFUSED.*; trying again\nunavailable: expected a connection to ws.* within 300 ms, got none: .*ECONNREFUSED.*\n$/,
    );
    expect(silence.stderr).toBe(
      'deadline_exceeded: expected an answer within 1000 ms, got none (started: maybe, retry: no)\n',
    );
    expect(linesOf(json.stdout)).toMatchObject([{ kind: 'error', code: 'unavailable', started: 'no' }]);
  });

  it('waits for a gateway that is about to start, and says so on stderr', async () => {
    const port = await freePort();
    const child = new ClientProcess(['request', '--url', `ws://127.0.0.1:${port}`, 'echo', '1']);
    await child.until(() => child.stderr.includes('trying again'));
    const late = await startTestGateway([echo], { listen: { port } });
    const { code, stdout, stderr } = await child.ended;
    late.close();
    expect({ code, stdout }).toEqual({ code: 0, stdout: '1\n' });
    expect(stderr).toMatch(/^sluice: .*ECONNREFUSED.*; trying again\nsluice: connected\n$/);
  });
});

describe('a reader of stdout', () => {
  it('that is slow pauses the handler, and loses nothing', async () => {
    const child = new ClientProcess(['request', ...url, 'rows', '3000', '--json']);
    child.child.stdout.pause();
    await child.until(() => made > 0);
    // What may be on its way is full.
    expect(await settled(() => made)).toBeLessThan(1000);
    child.child.stdout.resume();
    expect((await child.ended).code).toBe(0);
    expect(child.lines.map(({ kind, n }) => n ?? kind)).toEqual([
      ...Array.from({ length: 3000 }, (_, i) => i + 1),
      'end',
    ]);
  });

  it('that has seen enough ends the handler, and is no failure', async () => {
    const child = new ClientProcess(['request', ...url, 'rows', '10000000']);
    await child.until(() => child.stdout.length > 10_000);
    child.child.stdout.destroy();
    expect(await child.ended).toMatchObject({ code: 0, stderr: '' });
    await expect.poll(() => isRowsOver).toBe(true);
    expect(gateway.inUse().sessions).toBe(0);
  });
});

describe('Ctrl-C', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends a stream at the gateway too, and the command as shells expect: %s', async (signal, code) => {
    const child = new ClientProcess(['request', ...url, 'rows', '10000000', '--credit', '4']);
    await child.until(() => child.stdout.length > 10_000);
    child.child.kill(signal);
    expect(await child.ended).toMatchObject({ code, stderr: '' });
    await expect.poll(() => isRowsOver).toBe(true);
    expect(gateway.inUse().sessions).toBe(0);
    expect(child.stdout.endsWith('\n')).toBe(true);
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
