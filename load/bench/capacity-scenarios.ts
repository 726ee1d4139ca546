/** Scenarios in which what handlers can do changes while they run, and something has to follow. */
import { adaptiveFigures, creditFigures } from './goal-figures.js';
import type { Control, Scenario } from './scenario.js';
import { all, echo, open, seconds } from './scenario-parts.js';

/** Before the measured part begins, so that the first phase is whole. */
const beforeMs = -900;
/** How many things the handler really does at once, phase by phase. */
const steps = [20, 40, 10];
const stepMs = 10;
/** From here on a run is a long one, without steps: what counts is where the limit is at its end. */
const longMs = 60 * seconds;

/** How long a handler takes, phase by phase: tenfold, and back. */
const latenciesMs = [2, 20, 2];
/** More than there are slots, so that nothing waits inside of the handler. */
const unlimited = 1000;

const capacity = { ...echo, type: 'audit.capacity' };

/** A limit that has to find out what the handler can do. */
export const adaptiveScenario: Scenario = {
  ...open,
  name: 'adaptive',
  about: 'A handler does 20 things at once, then 40, then 10, and nobody tells the gateway: its limit follows.',
  gateway: ['--pipelines.default.slots', '{ min: 1, max: 256 }', '--anonymous.critical', 'true'],
  deadlineMs: 250,
  defaults: { ratePerS: 6000, connections: 50, arrivals: 'poisson', durationMs: 30 * seconds },
  groups: (choice) => [
    { ...all(choice, 'clients', [{ ...capacity, name: 'capacity', ttlMs: 250 }]), sparesTime: true },
  ],
  controls: ({ durationMs }) =>
    phases(durationMs > longMs ? steps.slice(0, 1) : steps, durationMs, (atOnce) => ({
      data: { atOnce, ms: stepMs },
      truth: { capacity: atOnce },
    })),
  samplesEveryMs: 250,
  figures: adaptiveFigures,
};

/** Windows have to follow what handlers get done. */
export const creditScenario: Scenario = {
  ...open,
  name: 'credit',
  about: 'A handler takes 2 ms, then 20, then 2: the credit of busy sessions shrinks and grows with it.',
  gateway: ['--pipelines.default.slots', '16', '--anonymous.critical', 'true'],
  deadlineMs: 1000,
  defaults: { ratePerS: 4000, connections: 10, arrivals: 'poisson', durationMs: 18 * seconds },
  groups: (choice) => [all(choice, 'clients', [{ ...capacity, name: 'credit', ttlMs: 1000 }])],
  controls: ({ durationMs }) =>
    phases(latenciesMs, durationMs, (ms) => ({ data: { atOnce: unlimited, ms }, truth: { latencyMs: ms } })),
  samplesEveryMs: 100,
  figures: creditFigures,
};

/** Phases of one length, each begun by a control. */
function phases<T>(
  of: readonly T[],
  durationMs: number,
  told: (value: T) => Pick<Control, 'data' | 'truth'>,
): Control[] {
  return of.map((value, at) => ({
    atMs: at === 0 ? beforeMs : (durationMs * at) / of.length,
    type: 'capacity.set',
    ...told(value),
  }));
}
