/** The answers of all client processes of one load level, put together into its line of the report. */

import type { BenchPoint, EventClass, ServerCost } from '../report/bench-run.js';
import { meanRatePerS } from './arrivals.js';
import type { BenchAnswer } from './bench-loop.js';
import type { BenchOrder } from './bench-order.js';
import { generatorHealth } from './generator-lag.js';
import { ClassRecorder, curve, IntervalRecorder, summary } from './latency-recorder.js';
import { intervals, noCounts, type RunCounts } from './run-record.js';

const msPerS = 1000;

export interface PointParts {
  readonly label: string;
  readonly order: BenchOrder;
  readonly answers: readonly BenchAnswer[];
  readonly server: ServerCost | undefined;
  /** Classes are shown even where there is only one. */
  readonly keepsClasses?: boolean;
}

export function benchPoint({ label, order, answers, server, keepsClasses = false }: PointParts): BenchPoint {
  const counts = addedUp(answers);
  const classes = mergedClasses(answers);
  const whole = new ClassRecorder('all');
  for (const each of classes) whole.addAll(each);
  const series = new IntervalRecorder(order.durationMs, intervals);
  for (const answer of answers) series.add(answer.intervals);
  const seconds = order.durationMs / msPerS;
  const latency = summary(whole.latency);
  const isOpenLoop = order.groups.some(({ pace }) => 'arrivals' in pace);
  return {
    label,
    offeredPerS: offeredPerS(order),
    sent: counts.sent,
    ok: counts.ok,
    failed: failures(answers, counts),
    unanswered: counts.unanswered,
    donePerS: counts.doneInside / seconds,
    goodputPerS: counts.onTimeInside / seconds,
    latency,
    service: summary(whole.service),
    curve: curve(whole.latency, whole.service),
    series: series.series(),
    classes: classes.length < 2 && !keepsClasses ? [] : classes.map((each) => eventClass(each, seconds)),
    generator: generatorHealth({
      lags: answers.map(({ lag }) => lag),
      cpuShares: answers.map(({ cpuShare }) => cpuShare),
      latencyP99Ms: latency.p99Ms,
      isOpenLoop,
    }),
    server,
  };
}

/** Events per second the schedules of an order offer; 0 in a closed loop. */
export function offeredPerS({ groups, warmUpMs, durationMs }: BenchOrder): number {
  return groups.reduce(
    (sum, { pace, kinds }) =>
      sum + ('arrivals' in pace && kinds.length > 0 ? meanRatePerS(pace.arrivals, warmUpMs + durationMs) : 0),
    0,
  );
}

function addedUp(answers: readonly BenchAnswer[]): RunCounts {
  const sum = noCounts();
  for (const { counts } of answers) {
    for (const name of Object.keys(sum) as (keyof RunCounts)[]) sum[name] += counts[name];
  }
  return sum;
}

function failures(answers: readonly BenchAnswer[], { unsent }: RunCounts): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const { failed } of answers) {
    for (const [name, count] of Object.entries(failed)) sum[name] = (sum[name] ?? 0) + count;
  }
  return unsent === 0 ? sum : { ...sum, 'not sent, no credit': unsent };
}

function mergedClasses(answers: readonly BenchAnswer[]): ClassRecorder[] {
  const byName = new Map<string, ClassRecorder>();
  for (const recorded of answers.flatMap(({ classes }) => classes)) {
    const known = byName.get(recorded.name) ?? new ClassRecorder(recorded.name);
    byName.set(recorded.name, known);
    known.add(recorded);
  }
  return [...byName.values()];
}

function eventClass(recorder: ClassRecorder, seconds: number): EventClass {
  const { name, sent, ok, gapMsMax } = recorder;
  return { name, sent, ok, donePerS: ok / seconds, latency: summary(recorder.latency), gapMsMax };
}
