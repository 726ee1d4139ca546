/** Starts and stops the servers under test: peers, which tell their port on stdout, and the gateway. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { serverCore, spawnNode } from './pinned.js';

export interface RunningServer {
  readonly pid: number;
  readonly port: number;
  /** Asks it to end, and insists after two seconds. */
  stop(): Promise<void>;
}

const readyWithinMs = 15_000;
const stopWithinMs = 2000;

/** Starts a peer: a script that prints `{"port":n}` as its first line. @throws when it ends or says nothing */
export async function startPeer(script: string, args: readonly string[] = []): Promise<RunningServer> {
  const child = spawnNode(['--import', 'tsx', script, ...args], { core: serverCore });
  const { port } = JSON.parse(await firstLine(child)) as { port: number };
  return running(child, port);
}

/** The peer of that name in `load/peers/`. */
export function peerScript(name: string): string {
  return fileURLToPath(new URL(`../peers/${name}.ts`, import.meta.url));
}

/** Starts the built gateway with the configuration of the load tests; ready when `/healthz` says so. */
export async function startGateway(): Promise<RunningServer> {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const [port, adminPort] = [await freePort(), await freePort()];
  const child = spawnNode([`${root}dist/main.js`, 'serve', '-c', `${root}load/config/bench.yaml`], {
    core: serverCore,
    environment: {
      NODE_ENV: 'production',
      SLUICE_LISTEN__PORT: String(port),
      SLUICE_ADMIN__PORT: String(adminPort),
    },
  });
  // Nobody reads its output, and a full pipe would stop it.
  child.stdout?.resume();
  await healthy(child, port);
  return running(child, port);
}

function running(child: ChildProcess, port: number): RunningServer {
  return {
    pid: child.pid ?? 0,
    port,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), stopWithinMs);
      await ended;
      clearTimeout(timer);
    },
  };
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`expected a port within ${readyWithinMs} ms`));
    }, readyWithinMs);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`expected a server, it ended with ${code}`));
    });
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      if (!output.includes('\n')) return;
      clearTimeout(timer);
      resolve(output.slice(0, output.indexOf('\n')));
    });
  });
}

async function healthy(child: ChildProcess, port: number): Promise<void> {
  const deadlineMs = Date.now() + readyWithinMs;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`expected the gateway to serve, it ended with ${child.exitCode}`);
    const status = await fetch(`http://127.0.0.1:${port}/healthz`).then((answer) => answer.status, () => 0);
    if (status === 200) return;
    if (Date.now() > deadlineMs) {
      child.kill('SIGKILL');
      throw new Error(`expected /healthz to answer 200 within ${readyWithinMs} ms, got ${status}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A loopback port nobody listens on at the moment. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('expected a TCP port');
  return address.port;
}
