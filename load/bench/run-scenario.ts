/**
 * One run of a scenario: a server for each arm, the load levels of all of them in turn, as often as it is asked for,
 * and the audit of all of it.
 */

import { mergedVerdict, type Verdict } from '../audit/verdict.js';
import type { FaultProxy } from '../faults/fault-proxy.js';
import type { BenchPoint, BenchRun } from '../report/bench-run.js';
import { checksOf, type GoalFigure } from '../report/check.js';
import { machineHere } from '../report/machine.js';
import type { BenchOptions } from './bench-options.js';
import { type LevelRun, labelOf, levelOf, ordersFor, proxyTo, runLevel } from './level-run.js';
import { middlePoints } from './repetitions.js';
import { auditedRun, readCounters } from './run-audit.js';
import type { Arm, Scenario } from './scenario.js';
import { type Target, withTarget } from './target.js';

export interface ScenarioPorts {
  /** Told before each level, in words. */
  readonly say: (text: string) => void;
}

/** Runs it to its end. @throws when server or clients cannot be started */
export async function runScenario(scenario: Scenario, options: BenchOptions, ports: ScenarioPorts): Promise<BenchRun> {
  const startedAt = new Date();
  const repetitions: Repetition[] = [];
  for (let at = 0; at < options.repetitions; at += 1) {
    repetitions.push(await runOnce(scenario, { ...options, seed: options.seed + at * 7919 }, ports, at));
  }
  const points = middlePoints(repetitions.map((each) => each.points));
  const figures = repetitions.map((each) => each.figures);
  return {
    format: 'sluice-bench/1',
    scenario: scenario.name,
    target: options.target,
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
    seed: options.seed,
    command: options.command,
    settings: settingsOf(scenario, options),
    machine: machineHere(),
    points,
    ...(scenario.figures === undefined ? {} : { checks: checksOf(figures) }),
    verdict: mergedVerdict(repetitions.flatMap(({ verdicts }) => verdicts)),
    invalid: [...new Set(repetitions.flatMap(({ invalid }) => invalid))],
  };
}

interface Repetition {
  readonly points: readonly BenchPoint[];
  readonly figures: readonly GoalFigure[];
  readonly verdicts: readonly Verdict[];
  readonly invalid: readonly string[];
}

/** An arm, its server, and what was measured of it so far. */
interface RunningArm {
  readonly arm: Arm | undefined;
  readonly target: Target;
  readonly proxy: FaultProxy | undefined;
  readonly folder: string;
  readonly handlerLedger: string;
  readonly levels: LevelRun[];
}

/** The arms are measured level by level, every other level backwards: what disturbs the machine disturbs them alike. */
async function runOnce(
  scenario: Scenario,
  options: BenchOptions,
  { say }: ScenarioPorts,
  repetition: number,
): Promise<Repetition> {
  return withArms(scenario, options, async (running) => {
    const before = await Promise.all(running.map(({ target }) => readCounters(target)));
    for (const [level, factor] of options.levels.entries()) {
      const inTurn = (level + repetition) % 2 === 0 ? running : running.toReversed();
      for (const { arm, levels, ...place } of inTurn) {
        const at = { scenario, arm, options, level, factor, ...place };
        const again = options.repetitions > 1 ? `, ${repetition + 1} of ${options.repetitions}` : '';
        say(`${scenario.name}: ${labelOf(ordersFor(at)[0], arm)}, ${options.durationMs / 1000} s${again}`);
        levels.push(await runLevel(at));
      }
    }
    const points: BenchPoint[] = [];
    const verdicts: Verdict[] = [];
    for (const [at, arm] of running.entries()) {
      const after = await readCounters(arm.target);
      await arm.target.stop();
      const { verdict, late } = audited(scenario, arm, { seed: options.seed, before: before[at], after });
      verdicts.push(verdict);
      points.push(...arm.levels.map(({ point }, level) => withLate(point, level, late)));
    }
    const levels = running.flatMap((arm) => arm.levels);
    return {
      points,
      figures: scenario.figures?.({ points, choice: options }) ?? [],
      verdicts,
      invalid: [...bottlenecks(points), ...lostConnections(levels)],
    };
  });
}

/** Starts a server for each arm, and stops them all. */
async function withArms<T>(
  scenario: Scenario,
  options: BenchOptions,
  use: (running: readonly RunningArm[]) => Promise<T>,
): Promise<T> {
  const running: RunningArm[] = [];
  const startFrom = async ([arm, ...rest]: readonly (Arm | undefined)[]): Promise<T> =>
    withTarget(options, [...scenario.gateway, ...(arm?.gateway ?? [])], async (target, folder, handlerLedger) => {
      const proxy = await proxyTo(target, options);
      try {
        running.push({ arm, target, proxy, folder, handlerLedger, levels: [] });
        return rest.length === 0 ? await use(running) : await startFrom(rest);
      } finally {
        await proxy?.close();
      }
    });
  return startFrom(armsOf(scenario, options));
}

function armsOf({ arms }: Scenario, options: BenchOptions): readonly (Arm | undefined)[] {
  if (arms === undefined) return [undefined];
  return options.arm === undefined ? arms : arms.filter(({ name }) => name === options.arm);
}

function audited(
  { hostile, controls }: Scenario,
  { target, handlerLedger, levels }: RunningArm,
  run: Pick<Parameters<typeof auditedRun>[0], 'seed' | 'before' | 'after'>,
) {
  const ledgerFiles = levels.flatMap((each) => each.ledgerFiles);
  const hasStrangers = hostile !== undefined || controls !== undefined;
  return auditedRun({ ...run, ledgerFiles, handlerLedger, target, hasStrangers });
}

function withLate(point: BenchPoint, level: number, late: readonly number[] | undefined): BenchPoint {
  return late === undefined ? point : { ...point, startedLate: late.filter((n) => levelOf(n) === level).length };
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
  const { ratePerS, connections, arrivals, durationMs, encoding, inFlight, workers, client, repetitions } = options;
  const loop = inFlight === undefined ? { loop: 'open', arrivals, ratePerS } : { loop: 'closed', inFlight };
  const deadline = scenario.deadlineMs === 0 ? {} : { deadlineMs: scenario.deadlineMs };
  const gateway = scenario.gateway.length === 0 ? {} : { gateway: scenario.gateway.join(' ') };
  const arms = Object.fromEntries(armsOf(scenario, options).flatMap((arm) => (arm === undefined ? [] : [said(arm)])));
  const faults = options.faults === undefined ? {} : { faults: options.faults };
  const again = repetitions === 1 ? {} : { repetitions };
  return {
    ...loop,
    connections,
    durationMs,
    encoding,
    client,
    workers,
    ...deadline,
    ...gateway,
    ...arms,
    ...faults,
    ...again,
  };
}

function said({ name, gateway = [] }: Arm): [string, string] {
  return [`arm ${name}`, gateway.length === 0 ? 'as above' : gateway.join(' ')];
}
