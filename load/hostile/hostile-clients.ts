/** Starts and stops the badly behaved clients of a scenario. */
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { clientCore, spawnNode } from '../processes/pinned.js';
import type { HostileClients } from '../report/bench-run.js';
import type { HostileOrder } from './hostile-order.js';

export interface RunningHostiles {
  /** Ends them all. @returns what became of each group. @throws when the process ended without a word */
  stop(): Promise<readonly HostileClients[]>;
  /** Ends the process, whatever it does. */
  kill(): void;
}

const script = fileURLToPath(new URL('./hostile-process.ts', import.meta.url));

/** They begin as soon as their process runs. @param lifeMsMax they are killed when they are still there */
export function startHostiles(order: HostileOrder, lifeMsMax: number): RunningHostiles {
  const child = spawnNode(['--import', 'tsx', script], { core: clientCore, lifeMsMax });
  const output = child.stdout === null ? Promise.resolve('') : text(child.stdout);
  child.stdin?.write(`${JSON.stringify(order)}\n`);
  return {
    async stop() {
      child.stdin?.end();
      const answer = await output;
      if (answer === '') throw new Error('expected an answer of the hostile clients, their process ended without one');
      return JSON.parse(answer) as HostileClients[];
    },
    kill: () => void child.kill('SIGKILL'),
  };
}
