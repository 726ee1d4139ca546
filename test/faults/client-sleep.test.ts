/**
 * Processes that stand still, as those of a laptop do when it is closed, for longer than the keep-alive. `SLEEP_MS=60000`
 * in the environment makes it a minute, with the keep-alive a gateway has by default.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { LedgerGateway } from './ledger-gateway.js';
import type { SleeperReport } from './sleeping-client.js';

const sleepMs = Number(process.env.SLEEP_MS ?? 4000);
const keepAliveMs = sleepMs < 50_000 ? 1500 : 25_000;
const connectTimeoutMs = sleepMs < 50_000 ? 1000 : 10_000;
const waitOptions = { timeout: 20_000, interval: 20 } as const;
const settings = [
  'resume: { ms: 180000 }',
  'topics: { messages: 100000, bytes: 67108864 }',
  'pipelines: { default: { timeoutMs: 600000 } }',
].join('\n');

const report = async (client: ChildProcess): Promise<SleeperReport> => {
  const told = once(client, 'message', { signal: AbortSignal.timeout(waitOptions.timeout) });
  client.send('how far is it?');
  return (await told)[0] as SleeperReport;
};

const until = async (client: ChildProcess, isSo: (report: SleeperReport) => boolean): Promise<SleeperReport> => {
  let last: SleeperReport | undefined;
  await vi.waitFor(async () => {
    last = await report(client);
    expect(last.problems).toEqual([]);
    if (!isSo(last)) throw new Error(`expected it to go on, got ${JSON.stringify(last)}`);
  }, waitOptions);
  return last as SleeperReport;
};

const sleepers = [
  ['both', { hasClient: true, hasGateway: true }],
  ['the client', { hasClient: true, hasGateway: false }],
  ['the gateway', { hasClient: false, hasGateway: true }],
] as const;

describe('a sleep that is longer than the keep-alive', () => {
  it.each(sleepers)(
    'of %s costs nothing: the session, a stream and a topic go on where they were',
    async (_who, { hasClient, hasGateway }) => {
      const gateway = new LedgerGateway(settings, keepAliveMs);
      await gateway.start();
      const client = fork(new URL('./sleeping-client.ts', import.meta.url), [gateway.url, String(connectTimeoutMs)], {
        execArgv: ['--import', 'tsx'],
      });
      onTestFinished(() => void client.kill('SIGKILL'));
      const before = await until(client, ({ items, messages }) => items > 20 && messages > 20);

      if (hasClient) client.kill('SIGSTOP');
      if (hasGateway) gateway.child.kill('SIGSTOP');
      await wait(sleepMs);
      if (hasGateway) gateway.child.kill('SIGCONT');
      if (hasClient) client.kill('SIGCONT');

      await until(client, ({ items, messages }) => items > before.items + 100 && messages > before.messages + 100);
      gateway.openGate();
      const { states } = await until(
        client,
        ({ messages, announced, isOver }) => isOver && announced !== undefined && messages === announced,
      );
      const opened = states.flatMap((state) => (state.status === 'open' ? [state] : []));
      expect(opened.map(({ continuity }) => continuity)).toEqual(['new', ...opened.slice(1).map(() => 'resumed')]);
      expect(new Set(opened.map(({ session }) => session)).size).toBe(1);
      // Whoever was awake has noticed the silence of the other.
      if (!(hasClient && hasGateway)) expect(opened.length).toBeGreaterThan(1);
    },
    sleepMs + 60_000,
  );
});
