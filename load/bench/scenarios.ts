/** The scenarios, in the order the help shows them. */
import type { ClientGroup, EventKind, Pace } from './bench-order.js';
import { arrivalsOf, type Scenario, type ScenarioChoice } from './scenario.js';

/** Where handlers take their time, so many run at once, for so long: 8 slots of 2 ms are done with 4,000 in a second at most. */
const workSlots = ['--pipelines.default.slots', '8'];
const workMs = 2;

const echo: EventKind = { name: 'echo', type: 'audit.echo', weight: 1, keys: 0, fillBytes: 64, data: {} };
const work: EventKind = { ...echo, name: 'work', type: 'audit.keyed', data: { ms: workMs } };
const stream: EventKind = { ...echo, name: 'stream', type: 'audit.stream', items: 100, streamCredit: 32 };

const open: Pick<Scenario, 'gateway' | 'deadlineMs' | 'levels'> = { gateway: [], deadlineMs: 0, levels: [1] };
const seconds = 1000;

/** All of them. */
export const scenarios: readonly Scenario[] = [
  {
    ...open,
    name: 'echo',
    about: 'Events that are answered at once: what the gateway itself adds.',
    defaults: { ratePerS: 5000, connections: 100, arrivals: 'poisson', durationMs: 10 * seconds },
    groups: (choice) => [all(choice, 'clients', [echo])],
  },
  {
    ...open,
    name: 'priorities',
    about: 'All four priorities at one and a half times what the slots can do: who waits.',
    gateway: [...workSlots, '--anonymous.critical', 'true'],
    defaults: { ratePerS: 5000, connections: 50, arrivals: 'poisson', durationMs: 10 * seconds },
    groups: (choice) => [
      all(choice, 'clients', [
        { ...work, name: 'critical', priority: 'critical', weight: 1 },
        { ...work, name: 'high', priority: 'high', weight: 3 },
        { ...work, name: 'normal', priority: 'normal', weight: 3 },
        { ...work, name: 'low', priority: 'low', weight: 3 },
      ]),
    ],
  },
  {
    ...open,
    name: 'noisy-tenant',
    about: 'One session sends a hundred times as much as each of nine others: the others keep their share.',
    gateway: workSlots,
    defaults: { ratePerS: 6000, connections: 10, arrivals: 'poisson', durationMs: 10 * seconds },
    groups: (choice) => {
      const quiet = Math.max(1, choice.connections - 1);
      const noisyPerS = (choice.ratePerS * 100) / (100 + quiet);
      return [
        part(choice, { name: 'noisy', connections: 1, ratePerS: noisyPerS }, [{ ...work, name: 'noisy' }]),
        part(choice, { name: 'quiet', connections: quiet, ratePerS: choice.ratePerS - noisyPerS }, [
          { ...work, name: 'quiet' },
        ]),
      ];
    },
  },
  {
    ...open,
    name: 'keyed',
    about: 'Ten ordering keys on each connection: order inside a key, others in parallel.',
    gateway: ['--pipelines.default.slots', '64'],
    defaults: { ratePerS: 3000, connections: 50, arrivals: 'poisson', durationMs: 10 * seconds },
    groups: (choice) => [all(choice, 'clients', [{ ...work, name: 'keyed', keys: 10 }])],
  },
  {
    ...open,
    name: 'streams',
    about: 'Every event is answered with a hundred items, pulled on as they are used.',
    defaults: { ratePerS: 300, connections: 50, arrivals: 'poisson', durationMs: 10 * seconds },
    groups: (choice) => [all(choice, 'clients', [stream])],
  },
  {
    ...open,
    name: 'slow-consumer',
    about: 'Some clients read 20 KB a second of streams with ample credit; others must not notice.',
    defaults: { ratePerS: 2000, connections: 60, arrivals: 'poisson', durationMs: 10 * seconds },
    groups: (choice) => {
      const slow = Math.max(1, Math.floor(choice.connections / 6));
      const others = part(
        choice,
        { name: 'others', connections: choice.connections - slow, ratePerS: choice.ratePerS },
        [echo],
      );
      const kind = { ...stream, name: 'slow stream', items: 2000, streamCredit: 2000, fillBytes: 200 };
      const clients = part(choice, { name: 'slow', connections: slow, ratePerS: slow }, [kind]);
      return [others, { ...clients, readBytesPerS: 20_000, mayBeClosed: true }];
    },
  },
  {
    ...open,
    name: 'ignoring-credit',
    about: 'A client sends though it has no credit: it is refused, then closed, and others are unhurt.',
    gateway: workSlots,
    defaults: { ratePerS: 1000, connections: 21, arrivals: 'poisson', durationMs: 10 * seconds },
    groups: (choice) => {
      const polite = part(choice, { name: 'polite', connections: choice.connections - 1, ratePerS: choice.ratePerS }, [
        { ...work, name: 'polite' },
      ]);
      const rude = part(choice, { name: 'rude', connections: 1, ratePerS: choice.ratePerS * 10 }, [
        { ...work, name: 'rude' },
      ]);
      return [polite, { ...rude, ignoresCredit: true, mayBeClosed: true }];
    },
  },
  {
    ...open,
    name: 'burst',
    about: 'Everything of a tenth of a second comes at one moment.',
    gateway: workSlots,
    defaults: { ratePerS: 2500, connections: 50, arrivals: 'bursts', durationMs: 10 * seconds },
    groups: (choice) => [all(choice, 'clients', [work])],
  },
  {
    ...open,
    name: 'storm',
    about: 'All connections are opened at one moment, and then send.',
    defaults: { ratePerS: 2000, connections: 2000, arrivals: 'poisson', durationMs: 10 * seconds },
    groups: (choice) => [
      { name: 'storm', connections: choice.connections, kinds: [], pace: { inFlight: 1 }, isStorm: true },
      part(choice, { name: 'residents', connections: 20, ratePerS: choice.ratePerS }, [{ ...echo, name: 'residents' }]),
    ],
  },
  {
    ...open,
    name: 'deadline',
    about: 'Twice what the slots can do, each event worth doing for 100 ms: stale ones never reach a handler.',
    gateway: workSlots,
    deadlineMs: 100,
    defaults: { ratePerS: 6500, connections: 50, arrivals: 'poisson', durationMs: 10 * seconds },
    groups: (choice) => [all(choice, 'clients', [{ ...work, name: 'deadline', ttlMs: 100 }])],
  },
  {
    ...open,
    name: 'overload',
    about: 'From half of what the slots can do to ten times that: does goodput stay flat?',
    gateway: workSlots,
    deadlineMs: 250,
    levels: [0.5, 0.8, 1, 2, 5, 10],
    defaults: { ratePerS: 3000, connections: 50, arrivals: 'poisson', durationMs: 6 * seconds },
    groups: (choice) => [all(choice, 'clients', [{ ...work, name: 'work', ttlMs: 250 }])],
  },
  {
    ...open,
    name: 'http',
    about: 'Events over HTTP, by autocannon: a closed loop of one request on each connection.',
    defaults: { ratePerS: 1, connections: 64, arrivals: 'constant', durationMs: 10 * seconds },
    groups: () => [],
  },
];

function all(choice: ScenarioChoice, name: string, kinds: readonly EventKind[]): ClientGroup {
  return part(choice, { name, connections: choice.connections, ratePerS: choice.ratePerS }, kinds);
}

function part(
  choice: ScenarioChoice,
  { name, connections, ratePerS }: { readonly name: string; readonly connections: number; readonly ratePerS: number },
  kinds: readonly EventKind[],
): ClientGroup {
  const pace: Pace =
    choice.inFlight === undefined ? { arrivals: arrivalsOf(choice, ratePerS) } : { inFlight: choice.inFlight };
  return { name, connections, kinds, pace };
}
