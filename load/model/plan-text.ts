/** The answer of the plan as text for a terminal. */
import { durationText } from './duration.js';
import type { Plan, PlanOptions } from './plan.js';

/** From here on a small rise of the rate multiplies the wait. */
const highUtilisation = 0.9;

/** Ends with a line break. @param options those that the plan was made of */
export function planText(plan: Plan, options: PlanOptions): string {
  const percentile = `p${String(options.percentile).replace('.', '')}`;
  const rows = [
    ['slots', count(plan.slots)],
    ['places in the queue', count(plan.queueCapacity)],
    ['utilisation', share(plan.utilisation)],
    ['overloaded from', `${count(plan.ratePerSMax)} events per second`],
    [`latency ${percentile}`, `${durationText(plan.latencyPercentileMs)}, target ${durationText(options.targetMs)}`],
    ['latency mean', durationText(plan.latencyMeanMs)],
    [`service ${percentile}`, `${durationText(plan.servicePercentileMs)} (${plan.service})`],
    [`wait ${percentile}`, durationText(plan.waitPercentileMs)],
    ['wait mean', durationText(plan.waitMeanMs)],
    ['have to wait', share(plan.waitProbability)],
    ['waiting on average', count(Number(plan.queueLengthMean.toPrecision(3)))],
  ] as const;
  const width = Math.max(...rows.map(([name]) => name.length));
  return [
    `For ${count(plan.ratePerS)} events per second of ${durationText(options.serviceMs)}${extra(options)}:`,
    '',
    ...rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`),
    '',
    'Less than 1 arrival in 100,000 finds all places of the queue taken.',
    ...(plan.utilisation > highUtilisation ? [closeText] : []),
    '',
    'What this assumes:',
    '',
    ...plan.assumptions.map((sentence) => `  - ${sentence}`),
    '',
  ].join('\n');
}

const closeText =
  'This is close to overload: with a little more the target is missed. --headroom 0.2 plans for a fifth more.';

function extra({ headroom }: PlanOptions): string {
  return headroom === undefined || headroom === 0 ? '' : `, ${share(headroom)} of headroom included`;
}

function count(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 3 });
}

function share(value: number): string {
  if (value < 1 && value > 0.9999) return '> 99.99 %';
  if (value > 0 && value < 0.0001) return '< 0.01 %';
  return `${(value * 100).toLocaleString('en-US', { maximumFractionDigits: 2 })} %`;
}
