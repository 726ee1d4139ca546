/** The client processes of one load level: started, given their orders, and their answers put together. */
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { clientCore, spawnNode } from '../processes/pinned.js';
import type { BenchAnswer } from './bench-loop.js';
import type { BenchOrder } from './bench-order.js';

/** For starting, connecting and writing the ledger, on top of what the order itself takes. */
const overheadMsMax = 90_000;

/** What a client process says when it starts. */
const startLine = '{"started":true}';

const script = fileURLToPath(new URL('./bench-process.ts', import.meta.url));

/**
 * Runs one order in each process. @param onStart called when the last of them has its connections open, and its warm-up
 * begins. @throws when one of them has no answer
 */
export async function runWorkers(
  orders: readonly BenchOrder[],
  onStart: () => void = () => undefined,
): Promise<BenchAnswer[]> {
  let waitedFor = orders.length;
  const started = (): void => {
    waitedFor -= 1;
    if (waitedFor === 0) onStart();
  };
  const running = orders.map((order) => ({ order, child: startWorker(order) }));
  try {
    return await Promise.all(running.map(({ child }) => answerOf(child, started)));
  } finally {
    for (const { child } of running) child.kill('SIGKILL');
  }
}

function startWorker(order: BenchOrder): ChildProcess {
  const { warmUpMs, durationMs, drainMs } = order;
  const lifeMsMax = warmUpMs + durationMs + drainMs + overheadMsMax;
  const child = spawnNode(['--import', 'tsx', script], { core: clientCore, lifeMsMax });
  child.stdin?.end(JSON.stringify(order));
  return child;
}

async function answerOf(child: ChildProcess, started: () => void): Promise<BenchAnswer> {
  let output = '';
  if (child.stdout !== null) {
    for await (const line of createInterface({ input: child.stdout })) {
      if (line === startLine) started();
      else output = line;
    }
  }
  if (output === '') throw new Error('expected an answer of the client process, it ended without one');
  const answer = JSON.parse(output) as { readonly result: BenchAnswer } | { readonly failure: string };
  if ('failure' in answer) throw new Error(answer.failure);
  return answer.result;
}
