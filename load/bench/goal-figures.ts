/**
 * What a run says of the goals its scenario has. Each is a function of the measured points and of nothing else: the
 * bounds are here, the figures never are. A figure the run does not have, as with only some of the levels, is undefined.
 */
import type { BenchPoint, EventClass, Samples } from '../report/bench-run.js';
import type { GoalFigure } from '../report/check.js';
import type { MeasuredRun } from './scenario.js';
import { medianBetween, reachedMs, stepsOf } from './series-figures.js';

const mib = 2 ** 20;
const overloaded = 10;

/** O1: goodput at ten times what the slots can do, against the best of all levels. */
export function goodputFigures({ points }: MeasuredRun): GoalFigure[] {
  const levels = points.filter(({ arm }) => arm === 'controlled');
  const most = Math.max(...levels.map(({ goodputPerS }) => goodputPerS));
  const last = levels.find(({ factor }) => factor === overloaded);
  const share = last === undefined || most <= 0 ? undefined : (100 * last.goodputPerS) / most;
  return [{ goal: 'O1', what: 'goodput at 10×, of its peak', value: share, unit: '%', bound: { min: 90 } }];
}

/** O2: what is critical does not notice an overload, and what is low still moves. */
export function priorityFigures({ points }: MeasuredRun): GoalFigure[] {
  const at = (load: number, name: string) =>
    classOf(
      points.find(({ factor }) => factor === load),
      name,
    );
  return [
    {
      goal: 'O2',
      what: 'p99 of critical at 2×, of that at 0.2×',
      value: ratio(at(2, 'critical')?.latency.p99Ms, at(0.2, 'critical')?.latency.p99Ms),
      unit: '×',
      bound: { max: 2 },
    },
    { goal: 'O2', what: 'low done at 2×', value: at(2, 'low')?.donePerS, unit: '/s', bound: { min: 1 } },
  ];
}

/** O3: a noisy neighbour takes nothing away. */
export function noisyFigures({ points }: MeasuredRun): GoalFigure[] {
  const of = (name: string) =>
    classOf(
      points.find(({ arm }) => arm === name),
      'quiet',
    );
  const [alone, beside] = [of('alone'), of('beside')];
  const share = ratio(beside?.donePerS, alone?.donePerS);
  return [
    {
      goal: 'O3',
      what: 'done by quiet tenants beside a noisy one, of alone',
      value: share === undefined ? undefined : share * 100,
      unit: '%',
      bound: { min: 90 },
    },
    {
      goal: 'O3',
      what: 'their p99 beside it, of alone',
      value: ratio(beside?.latency.p99Ms, alone?.latency.p99Ms),
      unit: '×',
      bound: { max: 2 },
    },
  ];
}

/** O4: no handler sees what is past its deadline, and there was a backlog in which events could grow stale. */
export function deadlineFigures({ points }: MeasuredRun): GoalFigure[] {
  const late = points.map(({ startedLate }) => startedLate);
  const backlog = points.find(({ arm }) => arm === 'backlog');
  return [
    {
      goal: 'O4',
      what: 'handlers started after a deadline',
      value: late.length === 0 || late.includes(undefined) ? undefined : late.reduce<number>((a, b) => a + (b ?? 0), 0),
      unit: 'events',
      bound: { max: 0 },
    },
    {
      goal: 'O4',
      what: 'expired in the backlog, so that it could fail',
      value: backlog?.failed.deadline_exceeded ?? (backlog === undefined ? undefined : 0),
      unit: 'events',
      bound: { min: 1 },
    },
  ];
}

/** O5: how far the limit is from what the handler can do, once each phase has had time to settle; the worst phase. */
export function adaptiveFigures({ points, choice }: MeasuredRun): GoalFigure[] {
  const slots = seriesOf(points[0], 'slots');
  const truth = seriesOf(points[0], 'capacity');
  const offBy = stepsOf(truth, 'capacity', choice.durationMs).map(({ fromMs, toMs, value }) => {
    const settledMs = fromMs + (toMs - fromMs) * 0.6;
    const limit = medianBetween(slots, 'slots', { fromMs: settledMs, toMs });
    return limit === undefined ? undefined : (100 * Math.abs(limit - value)) / value;
  });
  return [
    {
      goal: 'O5',
      what: 'limit off the true capacity, worst phase',
      value: offBy.length === 0 || offBy.includes(undefined) ? undefined : Math.max(...offBy.map(Number)),
      unit: '%',
      bound: { max: 15 },
    },
  ];
}

/** O6: the others are answered all the time, and the flood ends. */
export function floodFigures({ points }: MeasuredRun): GoalFigure[] {
  const closed = closings(points[0], 'flood');
  return [
    {
      goal: 'O6',
      what: 'longest time without an answer for the others',
      value: classOf(points[0], 'others')?.gapMsMax,
      unit: 'ms',
      bound: { max: 50 },
    },
    { goal: 'O6', what: 'times the flood was closed with a code', value: closed, unit: 'closings', bound: { min: 1 } },
  ];
}

/** O7: memory, and those who behave. @param budgetBytes as the gateway was told */
export function memoryFigures(budgetBytes: number): (run: MeasuredRun) => GoalFigure[] {
  return ({ points: [point] }) => {
    const others = classOf(point, 'others');
    const bytes = point?.server?.rssBytesMax;
    const answered = ratio(others?.ok, others?.sent);
    return [
      {
        goal: 'O7',
        what: 'memory of the process at most',
        value: bytes === undefined ? undefined : bytes / mib,
        unit: 'MiB',
        bound: { max: (budgetBytes * 1.2) / mib },
      },
      {
        goal: 'O7',
        what: 'answered of what the others sent',
        value: answered === undefined ? undefined : answered * 100,
        unit: '%',
        bound: { min: 100 },
      },
      { goal: 'O7', what: 'p99 of the others', value: others?.latency.p99Ms, unit: 'ms', bound: { max: 50 } },
    ];
  };
}

/** Credit: how long it takes to go half the way to its new value, and that there is a way at all. */
export function creditFigures({ points: [point], choice }: MeasuredRun): GoalFigure[] {
  const windows = seriesOf(point, 'window');
  const phases = stepsOf(seriesOf(point, 'latencyMs'), 'latencyMs', choice.durationMs).map((phase) => ({
    ...phase,
    settled: medianBetween(windows, 'window', { fromMs: (phase.fromMs + phase.toMs) / 2, toMs: phase.toMs }),
  }));
  const [fast, slow, again] = phases.map(({ settled }) => settled);
  const took = phases.slice(1).map(({ fromMs, settled }, at) => {
    const before = phases[at]?.settled;
    return before === undefined || settled === undefined
      ? undefined
      : reachedMs(windows, 'window', { fromMs, from: before, to: Math.sqrt(before * settled) });
  });
  const isKnown = took.length === 2 && !took.includes(undefined);
  const apart = [ratio(fast, slow), ratio(again, slow)];
  return [
    {
      goal: 'credit',
      what: 'half of the way to the new window after',
      value: isKnown ? Math.max(...took.map(Number)) / 1000 : undefined,
      unit: 's',
      bound: { max: 2 },
    },
    {
      goal: 'credit',
      what: 'window while handlers are fast, of slow',
      value: apart.includes(undefined) ? undefined : Math.min(...apart.map(Number)),
      unit: '×',
      bound: { min: 2 },
    },
  ];
}

/** Sessions: room for everyone who keeps to what it was told. */
export function sessionFigures({ points: [point], choice }: MeasuredRun): GoalFigure[] {
  const refused = (point?.failed['resource_exhausted/queue'] ?? 0) + (point?.failed['resource_exhausted/memory'] ?? 0);
  return [
    {
      goal: 'sessions',
      what: 'refused for room inside their credit',
      value: point === undefined ? undefined : refused,
      unit: 'events',
      bound: { max: 0 },
    },
    {
      goal: 'sessions',
      what: 'answered, each session at least once',
      value: point?.ok,
      unit: 'events',
      bound: { min: choice.connections },
    },
  ];
}

/** The class of this name; the whole level, where it has no classes. */
function classOf(
  point: BenchPoint | undefined,
  name: string,
): Pick<EventClass, 'sent' | 'ok' | 'donePerS' | 'latency' | 'gapMsMax'> | undefined {
  if (point === undefined || point.classes.length === 0) return point;
  return point.classes.find((each) => each.name === name);
}

function seriesOf(point: BenchPoint | undefined, name: string): Samples | undefined {
  return point?.samples?.find(({ of }) => name in of);
}

/** With a code: a connection that just ended was told nothing. */
function closings(point: BenchPoint | undefined, name: string): number | undefined {
  const closed = point?.hostile?.find((each) => each.name === name)?.closed;
  if (closed === undefined) return undefined;
  return Object.entries(closed).reduce((sum, [code, times]) => sum + (code === '1006' ? 0 : times), 0);
}

function ratio(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined || b <= 0 || a < 0 ? undefined : a / b;
}
