/**
 * A message broker of the system as a peer: a program with a configuration in a temporary folder. This process stays
 * as its parent and does nothing more; CPU time is read from the broker itself, whose pid is told beside the port.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programPath } from './program-path.js';

export interface BrokerOptions {
  /** Name of the program, which takes its configuration with `-c`. */
  readonly program: string;
  /** Text of the configuration. @param folder of its own, which is gone as soon as the broker listens */
  readonly configuration: (folder: string) => string;
  /** Found in what the program logs as soon as it listens; the first group is the port, unless `port` says it. */
  readonly ready: RegExp;
  readonly port?: number;
}

/** Starts the broker, prints one line `{"port":n,"pid":n}`, and ends with it, or on SIGTERM. */
export function serveBroker(options: BrokerOptions): void {
  const path = programPath(options.program);
  if (path === undefined) throw new Error(`expected the program ${options.program}, got none`);
  const folder = mkdtempSync(join(tmpdir(), 'sluice-peer-'));
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', removeFolder);
  const file = join(folder, 'peer.conf');
  writeFileSync(file, options.configuration(folder));
  const broker = spawnWithParent(path, ['-c', file]);
  broker.once('error', (error) => {
    throw error;
  });
  broker.once('exit', (code) => process.exit(code ?? 1));
  process.once('SIGTERM', () => broker.kill('SIGTERM'));
  tellPort(broker, options, removeFolder);
}

/** What the broker logs afterwards is read and thrown away: a full pipe would stop it. */
function tellPort(broker: ChildProcess, { ready, port }: BrokerOptions, onListening: () => void): void {
  let log = '';
  let isListening = false;
  const read = (chunk: string): void => {
    log += chunk;
    const found = ready.exec(log);
    if (found === null) return;
    isListening = true;
    onListening();
    broker.stderr?.off('data', read).resume();
    process.stdout.write(`${JSON.stringify({ port: port ?? Number(found[1]), pid: broker.pid })}\n`);
  };
  broker.stderr?.setEncoding('utf8').on('data', read);
  // Whoever has not said that it listens says why it does not.
  broker.once('exit', () => {
    if (!isListening) process.stderr.write(log);
  });
}

/** The kernel ends the broker when this process is killed, where it can be told to. */
function spawnWithParent(path: string, args: readonly string[]): ChildProcess {
  const withParent = ['setpriv', '--pdeathsig', 'KILL'];
  const canDieWithParent = succeeds([...withParent, 'true']);
  const [file = path, ...rest] = [...(canDieWithParent ? withParent : []), path, ...args];
  return spawn(file, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
}

function succeeds([file = '', ...args]: readonly string[]): boolean {
  return spawnSync(file, args, { stdio: 'ignore', timeout: 5000 }).status === 0;
}
