/** A gateway as a process for pages, at a port that it keeps over its restarts; and processes that stand still. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Browser } from 'playwright-core';
import { LedgerGateway } from '../faults/ledger-gateway.js';
import { clientPages } from './client-page.js';

/** Below those that systems give to connections, one of which could have it when the gateway comes back. */
const ports = { first: 20_000, count: 10_000 } as const;
const triesMax = 50;

/**
 * Listens when it resolves, and serves the page of the client. A page cannot follow a gateway to another port.
 *
 * @param settings further sections of its configuration, in YAML
 * @param keepAliveMs silence after which it closes a client
 */
export async function startPagesGateway(settings = '', keepAliveMs?: number): Promise<LedgerGateway> {
  const gateway = new LedgerGateway(`pages: ${JSON.stringify(clientPages)}\n${settings}`, keepAliveMs);
  gateway.port = await freePort();
  await gateway.start();
  return gateway;
}

/** Stops these processes where they are, until `during` is over. */
export async function whileStopped(pids: readonly number[], during: () => Promise<unknown>): Promise<void> {
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  try {
    await during();
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  }
}

/** Those that run the code of pages, and all of them. */
export async function browserPids(browser: Browser): Promise<{ readonly pages: number[]; readonly all: number[] }> {
  const devtools = await browser.newBrowserCDPSession();
  const { processInfo } = await devtools.send('SystemInfo.getProcessInfo');
  await devtools.detach();
  const pages = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
  return { pages, all: processInfo.map(({ id }) => id) };
}

async function freePort(): Promise<number> {
  for (let tried = 0; tried < triesMax; tried += 1) {
    const port = ports.first + Math.floor(Math.random() * ports.count);
    if (await isFree(port)) return port;
  }
  throw new Error(`expected a free port from ${ports.first} on, got none in ${triesMax} tries`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen({ host: '127.0.0.1', port, exclusive: true });
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
    return true;
  } catch {
    return false;
  }
}
