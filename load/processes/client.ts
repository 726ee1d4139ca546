/**
 * The client's side of one measurement, in a process of its own. It is started before it has anything to do, so that
 * it loads while the server starts; then it takes one order on stdin and answers with one line on stdout.
 */
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { HttpOrder } from '../client/http-order.js';
import type { LoadOrder, LoadResult } from '../client/order.js';
import { clientCore, spawnNode } from './pinned.js';

/** What the process answers: figures, or why there are none. */
export type ClientAnswer = { readonly result: LoadResult } | { readonly failure: string };

export interface ClientProcess {
  /** Resolves with the figures. @throws when the order could not be carried out, or the process ended without a word */
  run(order: LoadOrder | HttpOrder): Promise<LoadResult>;
  /** Ends it, whatever it does. */
  end(): void;
}

const scripts = {
  socket: new URL('../client/socket-process.ts', import.meta.url),
  http: new URL('../client/http-process.ts', import.meta.url),
} as const;

/** Starts a client of either kind. @param lifeMsMax it is killed when it takes longer */
export function startClient(kind: keyof typeof scripts, lifeMsMax: number): ClientProcess {
  const child = spawnNode(['--import', 'tsx', fileURLToPath(scripts[kind])], { core: clientCore, lifeMsMax });
  const output = outputOf(child);
  // It may fail before anyone waits for it.
  output.catch(() => undefined);
  return {
    async run(order) {
      child.stdin?.end(JSON.stringify(order));
      const answer = JSON.parse(await output) as ClientAnswer;
      if ('failure' in answer) throw new Error(answer.failure);
      return answer.result;
    },
    end: () => {
      child.kill('SIGKILL');
    },
  };
}

/** Collects stdout until the process ends. @throws when it ends with another code than 0 */
function outputOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve(output);
      else reject(new Error(`expected the load process to end with 0, got ${code ?? signal}`));
    });
  });
}
