/**
 * `sluice bench reconnect`: a crowd of clients comes back at once. Exit codes: 0 all resumed in time and nothing was
 * lost; 1 not so; 2 wrong arguments.
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { checkOpenFiles } from '../bench/open-files.js';
import { withTarget } from '../bench/target.js';
import type { CommandOutput } from '../command-output.js';
import { gatewayScript } from '../processes/server.js';
import { checksOf } from '../report/check.js';
import { EchoProbe } from './echo-probe.js';
import { writeResult } from './fanout-command.js';
import { whole } from './fanout-options.js';
import { runLoad } from './load-worker.js';
import { fanoutGateway } from './measure-fanout.js';
import { type ReconnectRun, reconnectFigures, reconnectText } from './reconnect-text.js';

export const reconnectUsage = `Usage: sluice bench reconnect [options]
  Clients with resumable sessions, subscriptions and open events lose their connections at once and come back at once.

  --clients n        (10000)
  --repetitions n    do it so often (1)
  --results folder   where the JSON goes (load/results)
`;

const steadyMs = 3000;
const withinMs = 30_000;
/** Longer than a run with every wait in it takes. */
const lifeMsMax = 180_000;
/** Besides the crowd. */
const othersMax = 50;

/** @returns the exit code. @throws on wrong arguments, or when a run cannot be carried out */
export async function reconnectCommand(args: readonly string[], { out, err }: CommandOutput): Promise<number> {
  if (args.includes('--help')) {
    out(reconnectUsage);
    return 0;
  }
  const { clients, repetitions, results } = parse(args);
  if (!existsSync(gatewayScript)) throw new Error(`expected ${gatewayScript}, got none: make build`);
  checkOpenFiles(clients + othersMax);
  const startedAt = new Date();
  const runs: ReconnectRun[] = [];
  for (let repetition = 1; repetition <= repetitions; repetition += 1) {
    err(`${clients.toLocaleString('en')} clients come back, ${repetition} of ${repetitions}\n`);
    runs.push(await reconnect(clients));
  }
  const checks = checksOf(runs.map(reconnectFigures));
  out(reconnectText(runs, checks));
  err(`written to ${writeResult('reconnect', startedAt, { results, clients, repetitions }, { checks, runs })}\n`);
  return checks.every(({ isMet }) => isMet) ? 0 : 1;
}

function reconnect(clients: number): Promise<ReconnectRun> {
  return withTarget({ target: 'gateway' }, fanoutGateway, async ({ port, pid = 0 }) => {
    const probe = await EchoProbe.start(port);
    try {
      const order = { port, serverPid: pid, clients, steadyMs, withinMs };
      const result = await runLoad('reconnect', order, lifeMsMax);
      const { cutAtMs, backAtMs, endedAtMs } = result;
      return {
        result,
        echo: {
          before: probe.figures(cutAtMs - steadyMs, cutAtMs),
          during: probe.figures(cutAtMs, backAtMs),
          after: probe.figures(backAtMs, endedAtMs),
          faults: probe.faults,
        },
      };
    } finally {
      probe.stop();
    }
  });
}

function parse(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      clients: { type: 'string', default: '10000' },
      repetitions: { type: 'string', default: '1' },
      results: { type: 'string', default: 'load/results' },
    },
  });
  return {
    clients: whole('--clients', values.clients, { min: 4, max: 20_000 }),
    repetitions: whole('--repetitions', values.repetitions, { min: 1, max: 100 }),
    results: values.results,
  };
}
