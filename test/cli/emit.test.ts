/** `sluice emit` against a gateway, in a process of its own. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { fail } from '../../src/demo/basics.js';
import type { Gateway } from '../../src/gateway.js';
import { defineHandler } from '../../src/index.js';
import { expectConservation, startTestGateway } from '../support/test-gateway.js';
import { ClientProcess, endClientProcesses, linesOf, ran, settled } from './client-process.js';

/** Data of every event, in the order they were handled. */
let kept: unknown[] = [];
/** While it is shut, events that were begun do not end. */
let gate: Promise<void> = Promise.resolve();
let openGate: () => void = () => undefined;
const shutGate = () => {
  gate = new Promise((resolve) => {
    openGate = resolve;
  });
};

const keep = defineHandler({
  type: 'keep',
  async handle({ data }) {
    kept.push(data);
    await gate;
  },
});

// Each starts several processes, on a machine that may have others to run.
vi.setConfig({ testTimeout: 60_000 });

let gateway: Gateway;
let url: string[];

beforeAll(async () => {
  gateway = await startTestGateway([keep, fail], { breaker: { enabled: false } });
  url = ['--url', `ws://127.0.0.1:${gateway.port}`];
});
afterEach(async () => {
  openGate();
  endClientProcesses();
  await expectConservation(gateway);
  kept = [];
});
afterAll(() => gateway.close());

const emit = (words: readonly string[], options: Parameters<typeof ran>[1] = {}) =>
  ran(['emit', ...url, ...words], options);

describe('sluice emit', () => {
  it.each(['json', 'msgpack'])(
    'sends an event once or many times, in %s, and says what became of it',
    async (encoding) => {
      const { code, stdout, stderr } = await emit(['keep', '{"a":1}', '--count', '300', '--encoding', encoding]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^300 events left, 0 failed, in \d+ ms\n$/);
      expect(kept).toEqual(Array.from({ length: 300 }, () => ({ a: 1 })));
    },
  );

  it('takes an event from each line of stdin', async () => {
    const { code, stdout } = await emit(['keep', '-', '--json'], { input: '{"n":1}\n\n"é"\r\n[3]' });
    expect(code).toBe(0);
    expect(linesOf(stdout)).toEqual([
      { kind: 'emitted', left: 3, failed: 0, unsent: 0, ms: expect.any(Number), codes: {} },
    ]);
    expect(kept).toEqual([{ n: 1 }, 'é', [3]]);
  });

  it('takes lines as texts', async () => {
    expect(await emit(['keep', '-', '--text'], { input: 'one\r\n\nthree' })).toMatchObject({ code: 0, stderr: '' });
    expect(kept).toEqual(['one', '', 'three']);
  });

  it('reads no faster than the handlers are, and loses nothing', async () => {
    const lines = 5000;
    const padding = 'x'.repeat(1000);
    shutGate();
    const child = new ClientProcess(['emit', ...url, 'keep', '-']);
    const { stdin } = child.child;
    stdin.write(Array.from({ length: lines }, (_, n) => `{"n":${n},"padding":"${padding}"}\n`).join(''));
    stdin.end();
    await child.until(() => kept.length > 0);
    // What the process has not taken waits here, and does not become less.
    expect(await settled(() => stdin.writableLength)).toBeGreaterThan((lines * padding.length) / 2);
    expect(kept.length).toBeLessThanOrEqual(gateway.inUse().credit + 1);
    openGate();
    expect(await child.ended).toMatchObject({ code: 0, stderr: '' });
    expect(child.stdout).toMatch(new RegExp(`^${lines} events left, 0 failed, in \\d+ ms\n$`));
    expect(kept.map((data) => (data as { n: number }).n)).toEqual(Array.from({ length: lines }, (_, n) => n));
  });

  it('tells of those that fail, and ends with 2', async () => {
    const words = ['fail', '{"code":"aborted","message":"no"}', '--count', '12'];
    const [people, machines] = [await emit(words), await emit([...words, '--json', '--key', 'k'])];
    expect([people.code, machines.code]).toEqual([2, 2]);
    expect(people.stdout).toMatch(/^12 events left, 12 failed \(12 aborted\), in \d+ ms\n$/);
    expect(people.stderr.split('\n')).toEqual([
      ...Array.from({ length: 10 }, () => 'fail: aborted: no (started: maybe, retry: no)'),
      'sluice: further failures are only counted',
      '',
    ]);
    const error = { type: 'fail', key: 'k', code: 'aborted', message: 'no', retry: 'no', started: 'maybe' };
    expect(linesOf(machines.stdout)).toEqual([
      ...Array.from({ length: 12 }, () => ({ kind: 'error', ...error })),
      { kind: 'emitted', left: 12, failed: 12, unsent: 0, ms: expect.any(Number), codes: { aborted: 12 } },
    ]);
  });

  it('ends with 1 at a line that is no JSON, when those before it are done', async () => {
    const { code, stdout, stderr } = await emit(['keep', '-'], { input: '1\n2\nthree\n4\n' });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'sluice: line 3: expected JSON, got three; --text sends it as a string\n',
    });
    expect(stdout).toMatch(/^2 events left, 0 failed, in \d+ ms\n$/);
    expect(kept).toEqual([1, 2]);
  });

  it.each([
    ['a number of times and many lines', ['keep', '-', '--count', '2'], 'sluice: expected --count or -, got both\n'],
    [
      'one key of what is done once, and many events',
      ['keep', '--count', '2', '--idem=k'],
      'sluice: expected --idem without a key: events with the same are done once\n',
    ],
    ['a type that is none', ['a b', '--count', '9'], /^invalid_argument: expected type to be [^\n]*\n$/],
  ])('ends with 1 and says why: %s', async (_title, words, why) => {
    const { code, stdout, stderr } = await emit(words);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    if (typeof why === 'string') expect(stderr).toBe(why);
    else expect(stderr).toMatch(why);
  });

  it('ends at Ctrl-C though stdin does not, with what has left answered', async () => {
    shutGate();
    const child = new ClientProcess(['emit', ...url, 'keep', '-', '--json']);
    child.child.stdin.write('1\n2\n');
    await child.until(() => kept.length === 2);
    child.child.kill('SIGINT');
    // It does not cancel what it has sent.
    expect(await settled(() => gateway.inUse().events)).toBe(2);
    openGate();
    expect(await child.ended).toMatchObject({ code: 130, stderr: '' });
    expect(child.lines).toMatchObject([{ kind: 'emitted', left: 2, failed: 0 }]);
    expect(gateway.counters.failedBy.get('cancelled') ?? 0).toBe(0);
  });
});
