/** `sluice bench resume`: the built gateway over cuts, bad networks, sessions that are lost, and a restart, audited. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandOutput } from '../command-output.js';
import { type FaultProxy, startFaultProxy } from '../faults/fault-proxy.js';
import { auditWires } from './audit-wires.js';
import { type GatewayProcess, startGatewayProcess } from './gateway-process.js';
import { HandlerLedger } from './handler-ledger.js';
import { networkFaults } from './network-faults.js';
import { type ResumeCounts, ResumeRun } from './resume-run.js';
import type { Verdict } from './verdict.js';

export const resumeUsage = `Usage: sluice bench resume [seed] [rounds]
  Cuts the connections of clients under streams, requests and subscriptions, breaks their network in every way the
  fault proxy knows, loses their sessions and starts the gateway anew, and audits every frame. A round is about half a minute.
`;

/** One part of a round, with a gateway of its own. */
interface Part {
  readonly name: string;
  readonly flags?: readonly string[];
  /** @returns whether everything came to its end */
  act(run: ResumeRun, stand: Stand): Promise<boolean>;
  /** What has to have happened, or the part says nothing. */
  isTried(counts: ResumeCounts): boolean;
}

const withinMs = 60_000;
const cuts = 100;
/** Logs hold everything, and how far messages have come is asked often enough to be in the middle of things. */
const settings = ['--topics.messages', '65536', '--topics.bytes', '67108864', '--listen.keepAliveMs', '400'];

const parts: readonly Part[] = [
  {
    name: `${cuts} cuts`,
    act: (run) => run.cuts({ items: 10_000, requests: 1000, published: 5000, cuts }, withinMs),
    isTried: ({ idle, notResumed }) => idle === cuts && notResumed === 0,
  },
  {
    name: 'bad networks',
    async act(run) {
      for (const fault of networkFaults) {
        const size = { items: 2000, requests: 200, published: 400 };
        if (!(await run.fault({ ...fault, forMs: fault.forMs * 4 }, size, withinMs))) return false;
      }
      return true;
    },
    isTried: ({ resumed, notResumed }) => resumed > networkFaults.length && notResumed === 0,
  },
  {
    name: 'too much to keep',
    flags: ['--resume.bytesMax', '16384'],
    act: (run) => run.overrun({ requests: 40, pad: 1000, awayMs: 500 }, withinMs),
    isTried: ({ notResumed, duplicates }) => notResumed > 0 && duplicates > 0,
  },
  {
    name: 'a restart',
    act: (run, stand) => run.restart(() => stand.restart(), withinMs),
    isTried: ({ notResumed, unrecovered }) => notResumed > 0 && unrecovered > 0,
  },
];

/** @returns the exit code: 0 when every part came to its end and nothing was found. @throws Error for wrong arguments */
export async function resumeCommand(args: readonly string[], { out }: CommandOutput): Promise<number> {
  const [seed = '1', rounds = '1', ...more] = args;
  if (!/^\d{1,9}$/.test(seed) || !/^[1-9]\d{0,3}$/.test(rounds) || more.length > 0) {
    throw new Error(`expected resume to have a seed and a number of rounds, got ${args.join(' ')}`);
  }
  let isGood = true;
  for (let round = 0; round < Number(rounds); round += 1) {
    for (const part of parts) isGood = (await runPart(part, Number(seed) + round, out)) && isGood;
  }
  return isGood ? 0 : 1;
}

async function runPart(part: Part, seed: number, out: CommandOutput['out']): Promise<boolean> {
  const stand = await Stand.start(seed, part.flags);
  const run = new ResumeRun({ seed, proxy: stand.proxy });
  let isDone = false;
  try {
    isDone = (await run.open()) && (await part.act(run, stand));
  } finally {
    await run.close();
    await stand.stop();
  }
  const verdict = auditWires({ seed, run: run.run, handlers: stand.ledgers() });
  stand.remove();
  const isTried = part.isTried(run.counts);
  out(partText({ name: part.name, isDone, isTried, counts: run.counts, verdict }));
  return isDone && isTried && verdict.kind === 'ok';
}

interface PartResult {
  readonly name: string;
  readonly isDone: boolean;
  readonly isTried: boolean;
  readonly counts: ResumeCounts;
  readonly verdict: Verdict;
}

function partText({ name, isDone, isTried, counts, verdict }: PartResult): string {
  const { resumed, notResumed, duplicates, unrecovered } = counts;
  const lines = [
    `${name}, seed ${verdict.seed}: ${verdict.kind}, ${verdict.checked} events, ${resumed} times resumed, ` +
      `${notResumed} times not, ${duplicates} duplicates, ${unrecovered} subscriptions not recovered`,
    ...(isDone ? [] : ['  expected everything to come to its end, got some that did not']),
    ...(isTried ? [] : ['  expected what the part is for to happen, got a run without it']),
    ...verdict.findings.map(({ kind, message }) => `  ${kind}: ${message}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** A gateway, the proxy before it, and what the handlers of each of its lives wrote. */
class Stand {
  readonly proxy: FaultProxy;
  readonly #folder: string;
  readonly #flags: readonly string[];
  #gateway: GatewayProcess;
  #lives = 1;

  private constructor(proxy: FaultProxy, gateway: GatewayProcess, folder: string, flags: readonly string[]) {
    this.proxy = proxy;
    this.#gateway = gateway;
    this.#folder = folder;
    this.#flags = flags;
  }

  static async start(seed: number, more: readonly string[] = []): Promise<Stand> {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-resume-'));
    const flags = [...settings, '--anonymous.publish', '>', ...more];
    const gateway = await startGatewayProcess(join(folder, 'handlers-1'), flags);
    const proxy = await startFaultProxy({ targetPort: gateway.port, seed, faults: {} });
    return new Stand(proxy, gateway, folder, flags);
  }

  async restart(): Promise<void> {
    await this.#gateway.stop();
    this.#lives += 1;
    this.#gateway = await startGatewayProcess(this.#path(this.#lives), this.#flags);
    this.proxy.setTargetPort(this.#gateway.port);
  }

  async stop(): Promise<void> {
    await this.proxy.close();
    await this.#gateway.stop();
  }

  ledgers(): HandlerLedger[] {
    return Array.from({ length: this.#lives }, (_, life) => HandlerLedger.read(this.#path(life + 1)));
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }

  #path(life: number): string {
    return join(this.#folder, `handlers-${life}`);
  }
}
