import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { connect } from '../../src/client.js';
import type { Gateway } from '../../src/gateway.js';
import { definePublisher } from '../../src/index.js';
import { startTestGateway } from '../support/test-gateway.js';
import { type Example, example, pathOf } from './example-process.js';

const gateways: Gateway[] = [];

afterEach(() => {
  for (const gateway of gateways.splice(0)) gateway.close();
});

/** A gateway whose topics hold eight messages. */
async function start(): Promise<Gateway> {
  const note = definePublisher({ type: 'note', topic: () => 'notes' });
  const gateway = await startTestGateway([note], { anonymous: { publish: ['notes'] }, topics: { messages: 8 } });
  gateways.push(gateway);
  return gateway;
}

/** Publishes the numbers `from` to `to`. */
async function publish({ url }: Gateway, from: number, to: number): Promise<void> {
  const client = connect(url);
  for (let n = from; n <= to; n += 1) await client.publish('note', n);
  await client.close();
}

const follow = ({ url }: Gateway, position: string): Example =>
  example('examples/node/consumer.mjs', ['notes', '--url', url, '--position', pathOf(position)]);

/** Stops it when it has written the offset. @returns what it wrote to stdout */
async function stopBehind(child: Example, offset: number): Promise<{ offset: number; data: number }[]> {
  await child.until(new RegExp(`"offset":${offset},`));
  child.kill('SIGINT');
  expect(await child.ended).toBe(0);
  expect(child.stderr).toContain(`stopped behind ${offset}\n`);
  return child.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { offset: number; data: number });
}

const numbers = (lines: readonly { data: number }[]): number[] => lines.map(({ data }) => data);

describe('examples/node/consumer.mjs', () => {
  it('begins with what the topic holds, and goes on from where it stopped', async () => {
    const gateway = await start();
    await publish(gateway, 1, 5);
    expect(numbers(await stopBehind(follow(gateway, 'goes-on'), 5))).toEqual([1, 2, 3, 4, 5]);
    await publish(gateway, 6, 8);
    const again = follow(gateway, 'goes-on');
    expect(await stopBehind(again, 8)).toEqual([6, 7, 8].map((n) => ({ offset: n, data: n })));
    expect(again.stderr).not.toContain('gap');
    expect(JSON.parse(readFileSync(pathOf('goes-on'), 'utf8'))).toEqual({ epoch: expect.any(String), offset: 8 });
  });

  it('tells what the topic did not hold any more', async () => {
    const gateway = await start();
    await publish(gateway, 1, 2);
    await stopBehind(follow(gateway, 'expired'), 2);
    await publish(gateway, 3, 20);
    const again = follow(gateway, 'expired');
    await again.until(/gap/);
    await publish(gateway, 21, 22);
    const lines = await stopBehind(again, 22);
    const [, count] = /gap: (\d+) messages are missing \(3 to \d+, expired\)/.exec(again.stderr) ?? [];
    expect(Number(count) + lines.length).toBe(20);
    expect(lines.at(0)?.data).toBe(3 + Number(count));
  });

  it('reads a topic that began anew from its beginning', async () => {
    const before = await start();
    await publish(before, 1, 5);
    await stopBehind(follow(before, 'reset'), 5);
    const after = await start();
    await publish(after, 101, 103);
    const again = follow(after, 'reset');
    expect(numbers(await stopBehind(again, 3))).toEqual([101, 102, 103]);
    expect(again.stderr).toContain('gap: an unknown number of messages are missing (0 to 0, reset)\n');
  });
});
