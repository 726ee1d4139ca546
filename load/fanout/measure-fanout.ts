/** The measurements of a fan-out, interleaved: each with a fresh server on one core and a fresh client on another. */
import { fileURLToPath } from 'node:url';
import { withTarget } from '../bench/target.js';
import { startPeer } from '../processes/server.js';
import { type FanoutOptions, type FanoutServerName, fanoutServers } from './fanout-options.js';
import type { FanoutOrder, FanoutResult } from './fanout-order.js';
import { runLoad } from './load-worker.js';

/** One measurement in one repetition: figures, or why there are none. */
export interface FanoutRun {
  readonly server: FanoutServerName;
  readonly inFlight: number;
  /** Counted from 1. */
  readonly repetition: number;
  readonly result?: FanoutResult;
  readonly failure?: string;
}

const peer = fileURLToPath(new URL('../peers/uws-publish.ts', import.meta.url));
const config = fileURLToPath(new URL('../config/fanout.yaml', import.meta.url));

/** Flags that start the gateway with the configuration of these measurements: of two, the last one holds. */
export const fanoutGateway: readonly string[] = ['-c', config];

const warmUpMs = 1500;
const drainMs = 5000;
/** For starting, connecting and ending, on top of what the measurement itself takes. */
const overheadMsMax = 60_000;

/** Measures all servers at all loads, every other repetition backwards. A measurement that fails is noted. */
export async function measureFanout(options: FanoutOptions, onRun: (run: FanoutRun) => void): Promise<FanoutRun[]> {
  const runs: FanoutRun[] = [];
  for (const inFlight of options.inFlight) {
    for (let repetition = 1; repetition <= options.repetitions; repetition += 1) {
      for (const server of repetition % 2 === 1 ? options.servers : options.servers.toReversed()) {
        const run = { server, inFlight, repetition, ...(await outcome(options, server, inFlight)) };
        runs.push(run);
        onRun(run);
      }
    }
  }
  return runs;
}

async function outcome(options: FanoutOptions, server: FanoutServerName, inFlight: number) {
  const { subscribers, topics, encoding, windowMs } = options;
  const { dialect, takesArrays } = fanoutServers[server];
  const common = { subscribers, topics, encoding, dialect, takesArrays, inFlight, warmUpMs, windowMs, drainMs };
  try {
    return { result: await (dialect === 'publish' ? againstPeer(common) : againstGateway(common)) };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}

type OrderWithoutServer = Omit<FanoutOrder, 'port' | 'serverPid'>;

async function againstPeer(order: OrderWithoutServer): Promise<FanoutResult> {
  const { port, pid, stop } = await startPeer(peer);
  try {
    return await runOrder({ ...order, port, serverPid: pid });
  } finally {
    await stop();
  }
}

function againstGateway(order: OrderWithoutServer): Promise<FanoutResult> {
  return withTarget({ target: 'gateway' }, fanoutGateway, ({ port, pid = 0 }) =>
    runOrder({ ...order, port, serverPid: pid }),
  );
}

function runOrder(order: FanoutOrder): Promise<FanoutResult> {
  return runLoad('fanout', order, order.warmUpMs + order.windowMs + order.drainMs + overheadMsMax);
}
