/**
 * The scenarios with goals: too much of something, and what has to hold all the same. Their goals are in
 * `goal-figures.ts`.
 */
import type { HostileGroup } from '../hostile/hostile-order.js';
import { adaptiveScenario, creditScenario } from './capacity-scenarios.js';
import {
  deadlineFigures,
  floodFigures,
  goodputFigures,
  memoryFigures,
  noisyFigures,
  priorityFigures,
  sessionFigures,
} from './goal-figures.js';
import type { Arm, Scenario, ScenarioChoice } from './scenario.js';
import { all, echo, open, part, seconds, unorderedWork, work, workSlots } from './scenario-parts.js';

/** Control is off, and credit holds nobody back: a queue as there is one without all of that. */
const plainQueue: readonly string[] = [
  ...['--overload.control', 'false'],
  ...['--budget.items', '4194304', '--window.initial', '16384', '--window.max', '16384'],
  ...['--listen.floodFramesMax', '16384'],
];
const goodputArms: readonly Arm[] = [{ name: 'controlled' }, { name: 'uncontrolled', gateway: plainQueue }];

/** The budget in bytes the server may fill, which is what its memory is held against. */
const budgetBytes = 256 * 2 ** 20;
/** What the attackers ask for has slots of its own: that each of them has as much right to a slot is not in question. */
const bulkhead = ['aside', 'aside.stream'].flatMap((type) => [`--routes.${type}.pipeline`, 'aside']);
bulkhead.push('--pipelines.aside.slots', '256');
const attackers: readonly HostileGroup[] = [
  { behaviour: 'ignore-credit', connections: 200 },
  { behaviour: 'never-read', connections: 200 },
  { behaviour: 'read-slowly', connections: 200 },
  { behaviour: 'never-pull', connections: 200 },
];

/** Milliseconds between the moments at which all of many sessions send. */
const everyoneMs = 2000;

/** In the order of their goals. */
export const overloadScenarios: readonly Scenario[] = [
  {
    ...open,
    name: 'overload',
    about: 'From half of what the slots can do to ten times that, with and without control: does goodput stay flat?',
    gateway: workSlots,
    deadlineMs: 250,
    levels: [0.5, 0.8, 1, 1.5, 2, 3, 5, 10],
    defaults: { ratePerS: 3000, connections: 50, arrivals: 'poisson', durationMs: 6 * seconds },
    groups: (choice) => [{ ...all(choice, 'clients', [{ ...work, ttlMs: 250 }]), sparesTime: true }],
    arms: goodputArms,
    figures: goodputFigures,
  },
  {
    ...open,
    name: 'overload-unordered',
    about: 'The same with events that may go in any order, so that the newest may go first.',
    gateway: workSlots,
    deadlineMs: 250,
    levels: [0.5, 0.8, 1, 1.5, 2, 3, 5, 10],
    defaults: { ratePerS: 3000, connections: 50, arrivals: 'poisson', durationMs: 6 * seconds },
    groups: (choice) => [
      { ...all(choice, 'clients', [{ ...unorderedWork, ttlMs: 250 }]), sparesTime: true, isNewestFirst: true },
    ],
    arms: goodputArms,
    figures: goodputFigures,
  },
  {
    ...open,
    name: 'priorities',
    about: 'All four priorities, a tenth of it critical, up to three times what the slots can do: who waits.',
    gateway: [...workSlots, '--anonymous.critical', 'true'],
    levels: [0.2, 0.5, 1, 1.5, 2, 3],
    defaults: { ratePerS: 3000, connections: 50, arrivals: 'poisson', durationMs: 10 * seconds },
    groups: (choice) => [
      all(choice, 'clients', [
        { ...work, name: 'critical', priority: 'critical', weight: 1 },
        { ...work, name: 'high', priority: 'high', weight: 3, ttlMs: seconds },
        { ...work, name: 'normal', priority: 'normal', weight: 3, ttlMs: seconds },
        { ...work, name: 'low', priority: 'low', weight: 3, ttlMs: seconds },
      ]),
    ],
    figures: priorityFigures,
  },
  {
    ...open,
    name: 'noisy-tenant',
    about: 'One session sends a hundred times as much as each of nine others: the others keep their share.',
    gateway: workSlots,
    defaults: { ratePerS: 6000, connections: 10, arrivals: 'poisson', durationMs: 10 * seconds },
    groups: (choice) => [noisyTenant(choice), ...quietTenants(choice)],
    arms: [{ name: 'alone', groups: quietTenants }, { name: 'beside' }],
    figures: noisyFigures,
  },
  {
    ...open,
    name: 'deadline',
    about: 'Twice what the slots can do, each event worth doing for 100 ms: stale ones never reach a handler.',
    gateway: workSlots,
    deadlineMs: 100,
    defaults: { ratePerS: 6500, connections: 50, arrivals: 'poisson', durationMs: 10 * seconds },
    groups: (choice) => [all(choice, 'clients', [{ ...work, name: 'deadline', ttlMs: 100 }])],
    arms: [{ name: 'controlled' }, { name: 'backlog', gateway: plainQueue }],
    figures: deadlineFigures,
  },
  adaptiveScenario,
  {
    ...open,
    name: 'flood',
    about: 'One socket writes events as fast as TCP takes them: the others keep being answered, and it is closed.',
    defaults: { ratePerS: 1000, connections: 50, arrivals: 'constant', durationMs: 10 * seconds },
    groups: (choice) => [all(choice, 'others', [{ ...echo, name: 'others' }])],
    hostile: [{ behaviour: 'flood', connections: 1 }],
    samplesEveryMs: 500,
    figures: floodFigures,
  },
  {
    ...open,
    name: 'hostile-memory',
    about:
      'Clients that ignore credit, never read, read 1 KB/s or never pull, 200 of each: memory stays in its budget.',
    gateway: ['--budget.bytes', String(budgetBytes), ...bulkhead],
    defaults: { ratePerS: 500, connections: 20, arrivals: 'constant', durationMs: 20 * seconds },
    groups: (choice) => [all(choice, 'others', [{ ...echo, name: 'others' }])],
    hostile: attackers,
    samplesEveryMs: 500,
    figures: memoryFigures(budgetBytes),
  },
  creditScenario,
  {
    ...open,
    name: 'many-sessions',
    about: 'Ten thousand sessions that all send at one moment, again and again: nobody inside its credit is refused.',
    defaults: { ratePerS: 5000, connections: 10_000, arrivals: 'bursts', durationMs: 10 * seconds },
    groups: (choice) => [
      {
        ...all(choice, 'sessions', [echo]),
        pace: { arrivals: { kind: 'bursts', size: choice.connections, everyMs: everyoneMs } },
      },
    ],
    figures: sessionFigures,
  },
];

function noisyTenant(choice: ScenarioChoice) {
  const noisy = part(choice, { name: 'noisy', connections: 1, ratePerS: noisyPerS(choice) }, [
    { ...work, name: 'noisy', ttlMs: seconds },
  ]);
  return noisy;
}

function quietTenants(choice: ScenarioChoice) {
  const ratePerS = choice.ratePerS - noisyPerS(choice);
  return [part(choice, { name: 'quiet', connections: quiet(choice), ratePerS }, [{ ...work, name: 'quiet' }])];
}

function noisyPerS(choice: ScenarioChoice): number {
  return (choice.ratePerS * 100) / (100 + quiet(choice));
}

function quiet({ connections }: ScenarioChoice): number {
  return Math.max(1, connections - 1);
}
