/**
 * A second client, in another language, that knows no more than PROTOCOL.md says: it holds a dialogue with a running
 * gateway, and what it found is compared with what is known here.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, it, vi } from 'vitest';
import * as basics from '../../src/demo/basics.js';
import * as shop from '../../src/demo/shop.js';
import * as ticks from '../../src/demo/ticks.js';
import type { Gateway } from '../../src/gateway.js';
import { expectConservation, startTestGateway } from '../support/test-gateway.js';

const timeoutMs = 60_000;
let gateway: Gateway;

afterEach(() => gateway.close());

/** Runs the script. @returns what it wrote, line by line, and how it ended; it is killed when it takes too long */
async function hold(...words: readonly string[]) {
  const script = new URL('dialogue.py', import.meta.url).pathname;
  // -B: nothing is left behind in the tree.
  const child = spawn('python3', ['-B', script, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const watchdog = setTimeout(() => child.kill('SIGKILL'), timeoutMs - 5000);
  try {
    const [code, signal] = await once(child, 'close');
    const lines = stdout.split('\n').filter((line) => line !== '');
    return { ended: (code ?? signal) as number | string, stderr, found: lines.map((line) => JSON.parse(line)) };
  } finally {
    clearTimeout(watchdog);
    child.kill('SIGKILL');
  }
}

it(
  'holds every dialogue with a client that knows nothing but the protocol’s text',
  async () => {
    const processors = new Set<unknown>([shop.warehouse, ticks.vwap]);
    const handlers = [basics, shop, ticks].flatMap((module) => Object.values(module));
    gateway = await startTestGateway(
      handlers.filter((handler) => !processors.has(handler)),
      {
        listen: { keepAliveMs: 2000 },
        window: { initial: 4, max: 8 },
        anonymous: { publish: ['tick.*'] },
        resume: { ms: 5000 },
      },
    );
    const { ended, stderr, found } = await hold(`ws://127.0.0.1:${gateway.port}/v1/socket`);
    expect({ ended, stderr }).toEqual({ ended: 0, stderr: '' });

    const invalid = { code: 'invalid_argument', started: 'no', retry: 'no' };
    const cancelled = { code: 'cancelled', started: 'maybe', retry: 'no' };
    expect(found).toEqual([
      { check: 'request', bytes: 60_000 },
      {
        check: 'failures',
        route: { code: 'not_found', started: 'no', retry: 'no' },
        schema: invalid,
        handler: { code: 'unavailable', started: 'maybe', retry: 'backoff', afterMs: 1000 },
        accident: { code: 'internal', started: 'maybe', retry: 'no' },
        deadline: { code: 'deadline_exceeded', started: 'maybe', retry: 'no' },
        cancelled,
        tooLarge: invalid,
      },
      { check: 'stream', items: 1000, end: 1000, aheadMax: 10 },
      { check: 'cancelled stream', taken: [1, 2, 3, 4, 5, 6, 7], ...cancelled },
      { check: 'emits', emits: 200, firstMax: 4, done: 200, hasWaited: true },
      { check: 'subscription', begins: 2, offsets: [3, 4, 5, 6, 7, 8], behind: [7, 8], pattern: invalid },
      {
        check: 'gap',
        topic: {
          first: 1,
          last: 5,
          count: 4,
          reason: 'conflated',
          topic: expect.stringMatching(/^tick\./),
          epoch: null,
        },
        offset: 5,
        newest: 100,
        accounted: 100,
      },
      {
        check: 'idempotent',
        first: false,
        again: true,
        other: { code: 'already_exists', started: 'no', retry: 'no' },
      },
      {
        check: 'cut',
        rows: 120,
        messages: 144,
        cuts: expect.toSatisfy((cuts: number) => cuts >= 24),
        isResumed: true,
        hasSentAgain: true,
        hasIgnoredRepeats: true,
      },
      {
        check: 'lost session',
        isResumed: false,
        recovered: true,
        offsets: [1, 2],
        isDuplicate: true,
        lost: { code: 'unavailable', started: 'maybe', retry: 'backoff' },
      },
      { check: 'keep alive', code: 4201, advice: 'now', isResumed: true },
      { check: 'stopped', nonsense: 4000, isResumed: true, taken: 4009, still: 4009 },
    ]);

    // Nothing beyond credit was ever sent: all that was refused is what the dialogue had refused.
    expect(Object.fromEntries(gateway.counters.refusedBy)).toEqual({
      not_found: 1,
      invalid_argument: 1,
      already_exists: 1,
    });
    await vi.waitFor(() => expect(gateway.inUse()).toMatchObject({ sessions: 0, away: 0, subscriptions: 0 }), {
      timeout: 10_000,
      interval: 10,
    });
    await expectConservation(gateway);
  },
  timeoutMs,
);

it(
  'says so where a gateway does not do what the text says',
  async () => {
    gateway = await startTestGateway([basics.echo, basics.sleep, basics.fail]);
    const { ended, stderr, found } = await hold(`ws://127.0.0.1:${gateway.port}/v1/socket`);
    expect(ended).toBe(1);
    expect(stderr).toMatch(/^stream: SluiceError: not_found/);
    expect(found.map(({ check }) => check)).toEqual(['request', 'failures']);
    await expectConservation(gateway);
  },
  timeoutMs,
);
