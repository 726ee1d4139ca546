/** One load level against one server: its client processes, and all that happens and is looked at beside them. */
import { join } from 'node:path';
import { type FaultProxy, startFaultProxy } from '../faults/fault-proxy.js';
import { parseFaults } from '../faults/faults-text.js';
import { type RunningHostiles, startHostiles } from '../hostile/hostile-clients.js';
import type { BenchPoint, Samples } from '../report/bench-run.js';
import type { BenchAnswer } from './bench-loop.js';
import type { BenchOptions } from './bench-options.js';
import type { BenchOrder } from './bench-order.js';
import { benchPoint, offeredPerS } from './bench-point.js';
import { runWorkers } from './bench-workers.js';
import { ControlSender } from './control-sender.js';
import { checkOpenFiles } from './open-files.js';
import { PipelineSampler } from './pipeline-sampler.js';
import type { Arm, Scenario } from './scenario.js';
import { ServerWatch } from './server-watch.js';
import type { Target } from './target.js';

/** Where a level is run. */
export interface Level {
  readonly scenario: Scenario;
  readonly arm: Arm | undefined;
  readonly options: BenchOptions;
  readonly target: Target;
  readonly proxy: FaultProxy | undefined;
  readonly folder: string;
  /** Its number in the run, from 0. */
  readonly level: number;
  readonly factor: number;
}

export interface LevelRun {
  readonly point: BenchPoint;
  readonly answers: readonly BenchAnswer[];
  readonly ledgerFiles: readonly string[];
}

const warmUpMs = 1000;
const drainMs = 15_000;
/** How often it is looked whether all connections are open; the last of them has its upgrade answered meanwhile. */
const lookEveryMs = 250;
/** Events of one level a ledger has room for at least, and at most. */
const eventsMin = 100_000;
const eventsMax = 4_000_000;
/** How many numbers a level has for its events. */
const numbersPerLevel = eventsMax * 2;
/** For starting and connecting, on top of what the level itself takes. */
const overheadMs = 60_000;

/** The level an event belongs to, by its number. */
export function levelOf(n: number): number {
  return Math.floor((n - 1) / numbersPerLevel);
}

/** The network between, when it is to have faults: none of them yet. @throws on words that name none */
export async function proxyTo({ host, port }: Target, { faults, seed }: BenchOptions): Promise<FaultProxy | undefined> {
  if (faults === undefined) return undefined;
  parseFaults(faults);
  return startFaultProxy({ targetHost: host, targetPort: port, seed, faults: {} });
}

/** @throws when connections cannot be opened, or a control is refused */
export async function runLevel(at: Level): Promise<LevelRun> {
  const { scenario, arm, options, target, proxy } = at;
  const orders = ordersFor(at);
  const [order] = orders;
  const connections = order.groups.reduce((sum, group) => sum + group.connections, 0);
  checkOpenFiles(connections + (scenario.hostile ?? []).reduce((sum, group) => sum + group.connections, 0));
  const stopFaults = faultsOnce(proxy, order, options);
  const watch = target.pid === undefined ? undefined : new ServerWatch(target.pid);
  const sampler = new PipelineSampler(target);
  const controls = new ControlSender(target);
  let hostiles: RunningHostiles | undefined;
  try {
    const answers = await runWorkers(orders, () => {
      watch?.measuredIn(warmUpMs);
      if (target.dialect !== 'sluice') return;
      if (scenario.samplesEveryMs !== undefined) sampler.start(scenario.samplesEveryMs, warmUpMs, order.durationMs);
      controls.start(scenario.controls?.(options) ?? [], warmUpMs);
      hostiles = hostilesFor(at, order);
    });
    const sent = answers.reduce((sum, { counts }) => sum + counts.sent, 0);
    // The events of the warm-up were work, too.
    const server = watch?.cost(sent * ((warmUpMs + order.durationMs) / order.durationMs));
    const looked = scenario.samplesEveryMs === undefined ? [] : [sampler.samples(), windows(answers)];
    const memory = scenario.samplesEveryMs === undefined || watch === undefined ? [] : [watch.samples()];
    const truths = await controls.truths();
    const samples = [...looked, ...memory, ...(truths === undefined ? [] : [truths])];
    const hostile = await hostiles?.stop();
    const label = labelOf(order, arm);
    return {
      point: {
        ...benchPoint({ label, order, answers, server, keepsClasses: hostile !== undefined }),
        factor: at.factor,
        ...(arm === undefined ? {} : { arm: arm.name }),
        ...(samples.length === 0 ? {} : { samples: samples.filter(({ atMs }) => atMs.length > 0) }),
        ...(hostile === undefined ? {} : { hostile }),
      },
      answers,
      ledgerFiles: orders.flatMap(({ ledgerFile }) => (ledgerFile === undefined ? [] : [ledgerFile])),
    };
  } finally {
    watch?.stop();
    sampler.stop();
    controls.stop();
    hostiles?.kill();
    stopFaults();
  }
}

/** What a level is called: its arm, and what it offers. */
export function labelOf(order: BenchOrder, arm: Arm | undefined): string {
  const perS = offeredPerS(order);
  const inFlight = order.groups.map(({ pace }) => ('inFlight' in pace ? pace.inFlight : 0));
  const load =
    perS > 0 ? `${Math.round(perS).toLocaleString('en')}/s` : `closed loop, ${Math.max(...inFlight)} in flight`;
  return arm === undefined ? load : `${arm.name} ${load}`;
}

/** The orders of a level, one for each client process. */
export function ordersFor({ scenario, arm, options, ...at }: Level): [BenchOrder, ...BenchOrder[]] {
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
    groups: arm?.groups?.(choice) ?? scenario.groups(choice),
    ...(scenario.samplesEveryMs === undefined ? {} : { windowEveryMs: scenario.samplesEveryMs }),
    worker: { index, of: options.workers },
    numbersAfter: level * numbersPerLevel,
    eventsMax: Math.min(eventsMax, perLevel),
    ledgerFile: join(folder, `client-${level}-${index}`),
  }));
  return orders as [BenchOrder, ...BenchOrder[]];
}

function hostilesFor({ scenario, target }: Level, { durationMs }: BenchOrder): RunningHostiles | undefined {
  if (scenario.hostile === undefined) return undefined;
  const { host, port } = target;
  return startHostiles({ host, port, groups: scenario.hostile }, warmUpMs + durationMs + drainMs + overheadMs);
}

/** Of the first client process: its sessions are every so many of all. */
function windows([first]: readonly BenchAnswer[]): Samples {
  const { atMs, window } = first?.windows ?? { atMs: [], window: [] };
  return { atMs, of: { window } };
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
