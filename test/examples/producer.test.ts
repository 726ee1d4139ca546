import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Gateway } from '../../src/gateway.js';
import { defineHandler, HandlerError } from '../../src/index.js';
import { expectConservation, startTestGateway } from '../support/test-gateway.js';
import { example } from './example-process.js';

const producer = 'examples/node/producer.mjs';
let gateway: Gateway | undefined;
let done: number[] = [];

afterEach(() => gateway?.close());

/** Handlers that take `ms`, a few at a time, and say what they have done in `done`. */
async function start(ms: number): Promise<Gateway> {
  done = [];
  const work = defineHandler<{ n: number }>({
    type: 'work',
    order: 'key',
    async handle({ data }) {
      if (ms > 0) await wait(ms);
      if (data.n < 0) throw new HandlerError('out_of_range', 'too cold');
      done.push(data.n);
    },
  });
  gateway = await startTestGateway([work], {
    window: { max: 16 },
    budget: { items: 64 },
    pipelines: { default: { slots: 4 } },
  });
  return gateway;
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('examples/node/producer.mjs', () => {
  it('sends each event once, and never more than it has credit for', async () => {
    const { url, counters } = await start(1);
    const child = example(producer, ['--url', url, '--type', 'work', '--count', '3000']);
    expect(await child.ended).toBe(0);
    expect(child.stdout).toMatch(/\n?3000 events left in \d+\.\d s, 0 failed\n$/);
    expect(done.toSorted((a, b) => a - b)).toEqual(range(1, 3000));
    expect(counters).toMatchObject({ received: 3000, refused: 0 });
    await expectConservation(gateway as Gateway);
  });

  it('sends the lines of stdin, in their order for each key', async () => {
    const { url } = await start(0);
    const lines = range(1, 300).map((n) => JSON.stringify({ n, van: 'v1' }));
    const child = example(producer, ['--url', url, '--type', 'work', '--key', 'van', '-'], `${lines.join('\n')}\n\n`);
    expect(await child.ended).toBe(0);
    expect(done).toEqual(range(1, 300));
  });

  it('says each second how far it is, and on Ctrl-C ends when what has left is done', async () => {
    const { url } = await start(5);
    const child = example(producer, ['--url', url, '--type', 'work']);
    await child.until(/left [1-9]\d*, open \d+, queued \d+, credit \d+, [1-9]\d*\/s, failed 0, open\n/);
    child.kill('SIGINT');
    expect(await child.ended).toBe(0);
    const [, left] = /(\d+) events left in/.exec(child.stdout) ?? [];
    expect(done.toSorted((a, b) => a - b)).toEqual(range(1, Number(left)));
    await expectConservation(gateway as Gateway);
  });

  it('ends on Ctrl-C while it waits for a line', async () => {
    const { url } = await start(0);
    const child = example(producer, ['--url', url, '--type', 'work', '-']);
    await child.until(/left 0, open 0, queued 0, credit 16, 0\/s, failed 0, open\n/);
    child.kill('SIGINT');
    expect(await child.ended).toBe(0);
    expect(child.stdout).toMatch(/0 events left in/);
  });

  it('counts the events that failed, and ends with 1', async () => {
    const { url } = await start(0);
    const lines = range(-2, 10).map((n) => JSON.stringify({ n }));
    const child = example(producer, ['--url', url, '--type', 'work', '-'], lines.join('\n'));
    expect(await child.ended).toBe(1);
    expect(child.stderr).toBe('the first failure: out_of_range: too cold\n');
    expect(child.stdout).toMatch(/13 events left in .* s, 2 failed\n$/);
  });
});
