/** Starts and stops the servers under test: peers, which tell their port on stdout, and the gateway. */
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { DialectName } from '../client/order.js';
import { programPath } from '../peers/program-path.js';
import { MissingProgram } from './missing-program.js';
import { serverCore, spawnNode } from './pinned.js';
import { stopChild } from './stop-child.js';

interface Peer {
  readonly script: URL;
  readonly dialect: DialectName;
  /** A program of the system it cannot do without. In Debian the package has the same name. */
  readonly program?: string;
}

const peers = {
  'uws-echo': { script: new URL('../peers/uws-echo.ts', import.meta.url), dialect: 'bare' },
  'uws-json': { script: new URL('../peers/uws-json.ts', import.meta.url), dialect: 'bare' },
  'uws-rxjs': { script: new URL('../peers/uws-rxjs.ts', import.meta.url), dialect: 'bare' },
  'ws-json': { script: new URL('../peers/ws-json.ts', import.meta.url), dialect: 'bare' },
  'fastify-ws': { script: new URL('../peers/fastify-ws.ts', import.meta.url), dialect: 'bare' },
  'socketio-ws': { script: new URL('../peers/socketio-ws.ts', import.meta.url), dialect: 'socketio' },
  'socketio-uws': { script: new URL('../peers/socketio-uws.ts', import.meta.url), dialect: 'socketio' },
  'nats-server': {
    script: new URL('../peers/nats-server.ts', import.meta.url),
    dialect: 'nats',
    program: 'nats-server',
  },
  mosquitto: { script: new URL('../peers/mosquitto.ts', import.meta.url), dialect: 'mqtt', program: 'mosquitto' },
  'uws-msgpack': { script: new URL('../peers/uws-msgpack.ts', import.meta.url), dialect: 'bare' },
  'uws-http': { script: new URL('../peers/uws-http.ts', import.meta.url), dialect: 'bare' },
} satisfies Record<string, Peer>;

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

/** How a client has to talk to it. */
export function dialectFor(name: ServerName): DialectName {
  return name === 'gateway' ? 'sluice' : peers[name].dialect;
}

/**
 * Starts a server on a free port, ready when this resolves.
 * @throws {@link MissingProgram} when this machine does not have what it needs; when it ends or says nothing
 */
export async function startServer(name: ServerName): Promise<RunningServer> {
  if (name === 'gateway') return startGateway();
  const { program }: Peer = peers[name];
  if (program !== undefined && programPath(program) === undefined) throw new MissingProgram(program);
  return startPeer(peerScript(name));
}

/**
 * Starts a peer: a script that prints `{"port":n}` as its first line, or `{"port":n,"pid":n}` when the server is a
 * process of its own that ends with the script. @throws when it ends or says nothing
 */
export function startPeer(script: string, args: readonly string[] = []): Promise<RunningServer> {
  const child = spawnNode(['--import', 'tsx', script, ...args], { core: serverCore, lifeMsMax });
  return listening(child, /^\{"port":(?<port>\d+)(?:,"pid":(?<pid>\d+))?\}$/m);
}

/** The script of a peer. */
export function peerScript(name: PeerName): string {
  return fileURLToPath(peers[name].script);
}

/** Starts the built gateway with the configuration of the load tests; the first address it prints is its own. */
function startGateway(): Promise<RunningServer> {
  const child = spawnNode([gatewayScript, 'serve', '-c', `${root}load/config/bench.yaml`], {
    core: serverCore,
    lifeMsMax,
    environment: { NODE_ENV: 'production' },
  });
  return listening(child, /http:\/\/127\.0\.0\.1:(?<port>\d+)/);
}

/** Waits for the line that names the port. What follows is read and thrown away: a full pipe would stop the server. */
async function listening(child: ChildProcess, line: RegExp): Promise<RunningServer> {
  const { port, pid } = await new Promise<Record<string, string | undefined>>((resolve, reject) => {
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
      const found = line.exec(output)?.groups;
      if (found === undefined) return;
      clearTimeout(timer);
      child.stdout?.off('data', read).resume();
      resolve(found);
    };
    child.stdout?.setEncoding('utf8').on('data', read);
  });
  return { pid: Number(pid ?? child.pid ?? 0), port: Number(port), stop: () => stopChild(child, stopWithinMs) };
}
