/** The server a scenario is run against: the built gateway in a process of its own, a peer, or one that runs already. */
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serverCore, spawnNode } from '../processes/pinned.js';
import { gatewayScript, type ServerName, serverNames, startServer } from '../processes/server.js';
import { stopChild } from '../processes/stop-child.js';

export interface Target {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** Where metrics are; undefined for a peer. */
  readonly adminPort: number | undefined;
  /** Undefined where it is not ours. */
  readonly pid: number | undefined;
  readonly dialect: 'sluice' | 'bare';
  stop(): Promise<void>;
}

interface TargetOptions {
  /** `gateway`, the name of a peer, or `host:port` of a gateway that runs. */
  readonly name: string;
  readonly gatewayFlags: readonly string[];
  /** Where the handlers write down which events they saw. */
  readonly handlerLedger: string;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const readyWithinMs = 15_000;
const stopWithinMs = 10_000;
/** No scenario takes as long. */
const lifeMsMax = 900_000;

/** Starts a target, and stops it when `use` is over. `folder` is there that long, too. */
export async function withTarget<T>(
  { target: name }: { readonly target: string },
  gatewayFlags: readonly string[],
  use: (target: Target, folder: string, handlerLedger: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  const handlerLedger = join(folder, 'handlers');
  let target: Target | undefined;
  try {
    target = await startTarget({ name, gatewayFlags, handlerLedger });
    return await use(target, folder, handlerLedger);
  } finally {
    await target?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @throws when it cannot be started, or the name is none */
async function startTarget(options: TargetOptions): Promise<Target> {
  const { name } = options;
  if (name === 'gateway') return startGateway(options);
  const address = /^(?:ws:\/\/)?([A-Za-z0-9.-]+):(\d{1,5})$/.exec(name);
  if (address !== null) {
    const [, host = '', port] = address;
    const stop = async (): Promise<void> => undefined;
    return { name, host, port: Number(port), adminPort: Number(port), pid: undefined, dialect: 'sluice', stop };
  }
  const peer = serverNames.find((each) => each === name);
  if (peer === undefined) throw new Error(`expected --target to be host:port or one of ${serverNames.join(', ')}`);
  return startedPeer(peer);
}

async function startedPeer(name: ServerName): Promise<Target> {
  const { pid, port, stop } = await startServer(name);
  return { name, host: '127.0.0.1', port, adminPort: undefined, pid, dialect: 'bare', stop };
}

async function startGateway({ gatewayFlags, handlerLedger }: TargetOptions): Promise<Target> {
  if (!existsSync(gatewayScript)) throw new Error(`expected ${gatewayScript}, got none: make build`);
  const config = ['-c', `${root}load/config/scenario.yaml`];
  const child = spawnNode([gatewayScript, 'serve', ...config, ...gatewayFlags], {
    core: serverCore,
    lifeMsMax,
    environment: { NODE_ENV: 'production', BENCH_LEDGER: handlerLedger },
  });
  const [port = 0, adminPort = 0] = await portsOf(child);
  return {
    name: 'gateway',
    host: '127.0.0.1',
    port,
    adminPort,
    pid: child.pid,
    dialect: 'sluice',
    // As an operator does, so that its handlers write down what they have.
    stop: () => stopChild(child, stopWithinMs),
  };
}

/** The gateway prints the address of its clients, then that of its operators. */
function portsOf(child: ChildProcess): Promise<number[]> {
  return new Promise((resolve, reject) => {
    let output = '';
    const timer = setTimeout(() => fail(new Error(`expected a gateway within ${readyWithinMs} ms`)), readyWithinMs);
    const fail = (error: Error): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(error);
    };
    child.once('exit', (code, signal) => fail(new Error(`expected a gateway, it ended with ${code ?? signal}`)));
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      const ports = [...output.matchAll(/http:\/\/127\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port));
      if (new Set(ports).size < 2) return;
      clearTimeout(timer);
      resolve([...new Set(ports)]);
      child.stdout?.removeAllListeners('data').resume();
    });
  });
}
