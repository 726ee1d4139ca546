/** Starts and stops the servers under test: peers, which tell their port on stdout, and the gateway. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { serverCore, spawnNode } from './pinned.js';

const peers = {
  'uws-echo': new URL('../peers/uws-echo.ts', import.meta.url),
  'uws-json': new URL('../peers/uws-json.ts', import.meta.url),
  'uws-rxjs': new URL('../peers/uws-rxjs.ts', import.meta.url),
  'ws-json': new URL('../peers/ws-json.ts', import.meta.url),
  'uws-msgpack': new URL('../peers/uws-msgpack.ts', import.meta.url),
  'uws-http': new URL('../peers/uws-http.ts', import.meta.url),
} as const;

export type PeerName = keyof typeof peers;
export type ServerName = PeerName | 'gateway';

/** What can be measured: the peers, and the gateway. */
export const serverNames: readonly ServerName[] = [...(Object.keys(peers) as PeerName[]), 'gateway'];

export interface RunningServer {
  readonly pid: number;
  readonly port: number;
  /** Asks it to end, and insists after two seconds. */
  stop(): Promise<void>;
}

const readyWithinMs = 15_000;
const stopWithinMs = 2000;
/** No measurement comes near it: a server that is still there after that was forgotten. */
const lifeMsMax = 300_000;

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The gateway as it was built. */
export const gatewayScript = `${root}dist/main.js`;

/** Starts a server on a free port, ready when this resolves. @throws when it ends or says nothing */
export function startServer(name: ServerName): Promise<RunningServer> {
  return name === 'gateway' ? startGateway() : startPeer(peerScript(name));
}

/** Starts a peer: a script that prints `{"port":n}` as its first line. @throws when it ends or says nothing */
export function startPeer(script: string, args: readonly string[] = []): Promise<RunningServer> {
  const child = spawnNode(['--import', 'tsx', script, ...args], { core: serverCore, lifeMsMax });
  return listening(child, /^\{"port":(\d+)\}$/m);
}

/** The script of a peer. */
export function peerScript(name: PeerName): string {
  return fileURLToPath(peers[name]);
}

/** Starts the built gateway with the configuration of the load tests; the first address it prints is its own. */
function startGateway(): Promise<RunningServer> {
  const child = spawnNode([gatewayScript, 'serve', '-c', `${root}load/config/bench.yaml`], {
    core: serverCore,
    lifeMsMax,
    environment: { NODE_ENV: 'production' },
  });
  return listening(child, /http:\/\/127\.0\.0\.1:(\d+)/);
}

/** Waits for the line that names the port. What follows is read and thrown away: a full pipe would stop the server. */
async function listening(child: ChildProcess, line: RegExp): Promise<RunningServer> {
  const port = await new Promise<number>((resolve, reject) => {
    let output = '';
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`expected a port within ${readyWithinMs} ms`));
    }, readyWithinMs);
    const fail = (error: Error): void => {
      clearTimeout(timer);
      reject(error);
    };
    child.once('error', fail);
    child.once('exit', (code, signal) => fail(new Error(`expected a server, it ended with ${code ?? signal}`)));
    const read = (chunk: string): void => {
      output += chunk;
      const found = line.exec(output)?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      child.stdout?.off('data', read).resume();
      resolve(Number(found));
    };
    child.stdout?.setEncoding('utf8').on('data', read);
  });
  return { pid: child.pid ?? 0, port, stop: () => stopped(child) };
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopWithinMs);
  await ended;
  clearTimeout(timer);
}
