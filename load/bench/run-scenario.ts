/** One run of a scenario: a server, the client processes of each load level, and the audit of all of it. */
import { join } from 'node:path';
import type { Verdict } from '../audit/verdict.js';
import { type FaultProxy, startFaultProxy } from '../faults/fault-proxy.js';
import { parseFaults } from '../faults/faults-text.js';
import type { BenchPoint, BenchRun } from '../report/bench-run.js';
import { machineHere } from '../report/machine.js';
import type { BenchAnswer } from './bench-loop.js';
import type { BenchOptions } from './bench-options.js';
import type { BenchOrder } from './bench-order.js';
import { benchPoint, offeredPerS } from './bench-point.js';
import { runWorkers } from './bench-workers.js';
import { auditedRun, readCounters } from './run-audit.js';
import type { Scenario } from './scenario.js';
import { ServerWatch } from './server-watch.js';
import { type Target, withTarget } from './target.js';

export interface ScenarioPorts {
  /** Told before each level, in words. */
  readonly say: (text: string) => void;
}

const warmUpMs = 1000;
const drainMs = 15_000;
/** How often it is looked whether all connections are open; the last of them has its upgrade answered meanwhile. */
const lookEveryMs = 250;
/** Events of one level a ledger has room for at least, and at most. */
const eventsMin = 100_000;
const eventsMax = 4_000_000;

/** Runs it to its end. @throws when server or clients cannot be started */
export async function runScenario(scenario: Scenario, options: BenchOptions, ports: ScenarioPorts): Promise<BenchRun> {
  const startedAt = new Date();
  return withTarget(options, scenario.gateway, async (target, folder, handlerLedger) => {
    const proxy = await proxyTo(target, options);
    const levels: LevelRun[] = [];
    let verdict: Verdict;
    try {
      const before = await readCounters(target);
      for (const [level, factor] of options.levels.entries()) {
        const orders = ordersFor(scenario, options, { target, proxy, folder, level, factor });
        ports.say(`${scenario.name}: ${labelOf(orders[0])}, ${options.durationMs / 1000} s`);
        levels.push(await runLevel(target, orders, faultsOnce(proxy, orders[0], options)));
      }
      const after = await readCounters(target);
      await target.stop();
      const ledgerFiles = levels.flatMap((each) => each.ledgerFiles);
      verdict = auditedRun({ seed: options.seed, ledgerFiles, handlerLedger, before, after, target });
    } finally {
      await proxy?.close();
    }
    const points = levels.map(({ point }) => point);
    return {
      format: 'sluice-bench/1',
      scenario: scenario.name,
      target: target.name,
      startedAt: startedAt.toISOString(),
      durationMs: Date.now() - startedAt.getTime(),
      seed: options.seed,
      command: options.command,
      settings: settingsOf(scenario, options),
      machine: machineHere(),
      points,
      verdict,
      invalid: [...bottlenecks(points), ...lostConnections(levels)],
    };
  });
}

interface Level {
  readonly target: Target;
  readonly proxy: FaultProxy | undefined;
  readonly folder: string;
  readonly level: number;
  readonly factor: number;
}

function ordersFor(scenario: Scenario, options: BenchOptions, at: Level): [BenchOrder, ...BenchOrder[]] {
  const { target, proxy, folder, level, factor } = at;
  const choice = { ...options, ratePerS: options.ratePerS * factor };
  const perLevel = Math.max(eventsMin, Math.ceil((choice.ratePerS * 12 * (warmUpMs + options.durationMs)) / 1000));
  const orders = Array.from({ length: options.workers }, (_, index) => ({
    host: proxy === undefined ? target.host : '127.0.0.1',
    port: (proxy ?? target).port,
    encoding: options.encoding,
    client: options.client,
    dialect: target.dialect,
    seed: options.seed + level * 1009,
    warmUpMs,
    durationMs: options.durationMs,
    drainMs,
    deadlineMs: scenario.deadlineMs,
    groups: scenario.groups(choice),
    worker: { index, of: options.workers },
    numbersAfter: level * eventsMax * 2,
    eventsMax: Math.min(eventsMax, perLevel),
    ledgerFile: join(folder, `client-${level}-${index}`),
  }));
  return orders as [BenchOrder, ...BenchOrder[]];
}

/** The network between, when it is to have faults: none of them yet. @throws on words that name none */
async function proxyTo({ host, port }: Target, { faults, seed }: BenchOptions): Promise<FaultProxy | undefined> {
  if (faults === undefined) return undefined;
  parseFaults(faults);
  return startFaultProxy({ targetHost: host, targetPort: port, seed, faults: {} });
}

/** Lets the network have its faults once all connections are open. @returns what ends them again */
function faultsOnce(proxy: FaultProxy | undefined, { groups }: BenchOrder, { faults }: BenchOptions): () => void {
  if (proxy === undefined || faults === undefined) return () => undefined;
  const expected = groups.reduce((sum, group) => sum + (group.isStorm === true ? 0 : group.connections), 0);
  const timer = setInterval(() => {
    if (proxy.connections < expected) return;
    clearInterval(timer);
    proxy.setFaults(parseFaults(faults));
  }, lookEveryMs);
  return () => {
    clearInterval(timer);
    proxy.setFaults({});
  };
}

interface LevelRun {
  readonly point: BenchPoint;
  readonly answers: readonly BenchAnswer[];
  readonly ledgerFiles: readonly string[];
}

/** Runs the client processes, and reads meanwhile what the server needs. */
async function runLevel(
  target: Target,
  orders: readonly [BenchOrder, ...BenchOrder[]],
  stopFaults: () => void,
): Promise<LevelRun> {
  const [order] = orders;
  const { pid } = target;
  const watch = pid === undefined ? undefined : new ServerWatch(pid);
  try {
    const answers = await runWorkers(orders);
    const sent = answers.reduce((sum, { counts }) => sum + counts.sent, 0);
    // The events of the warm-up were work, too.
    const server = watch?.cost(sent * ((warmUpMs + order.durationMs) / order.durationMs));
    const ledgerFiles = orders.flatMap(({ ledgerFile }) => (ledgerFile === undefined ? [] : [ledgerFile]));
    return { point: benchPoint({ label: labelOf(order), order, answers, server }), answers, ledgerFiles };
  } finally {
    watch?.stop();
    stopFaults();
  }
}

function labelOf(order: BenchOrder): string {
  const perS = offeredPerS(order);
  if (perS > 0) return `${Math.round(perS).toLocaleString('en')}/s`;
  const inFlight = order.groups.map(({ pace }) => ('inFlight' in pace ? pace.inFlight : 0));
  return `closed loop, ${Math.max(...inFlight)} in flight`;
}

/** Why figures may not be used: the generator was busier than the server. */
export function bottlenecks(points: readonly BenchPoint[]): string[] {
  return points
    .filter(({ generator }) => generator.isBottleneck)
    .map(
      ({ label, generator }) =>
        `${label}: the load generator was the bottleneck (it was ${generator.lagP99Ms.toFixed(1)} ms late at p99, and ` +
        `used ${Math.round(generator.cpuShare * 100)} % of a core)`,
    );
}

function lostConnections(levels: readonly LevelRun[]): string[] {
  const lost = levels.flatMap(({ answers }) => answers.flatMap((answer) => answer.lostConnections));
  return lost.length === 0 ? [] : [`connections ended that should not have: ${lost.slice(0, 3).join('; ')}`];
}

function settingsOf(scenario: Scenario, options: BenchOptions): Record<string, string | number | boolean> {
  const { ratePerS, connections, arrivals, durationMs, encoding, inFlight, workers, client } = options;
  const loop = inFlight === undefined ? { loop: 'open', arrivals, ratePerS } : { loop: 'closed', inFlight };
  const deadline = scenario.deadlineMs === 0 ? {} : { deadlineMs: scenario.deadlineMs };
  const gateway = scenario.gateway.length === 0 ? {} : { gateway: scenario.gateway.join(' ') };
  const faults = options.faults === undefined ? {} : { faults: options.faults };
  return { ...loop, connections, durationMs, encoding, client, workers, ...deadline, ...gateway, ...faults };
}
