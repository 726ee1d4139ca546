/** The scenarios, in the order the help shows them. */
import { overloadScenarios } from './overload-scenarios.js';
import type { Scenario } from './scenario.js';
import { all, echo, open, part, seconds, stream, work, workSlots } from './scenario-parts.js';

/** What a device does for a command, one at a time. */
const deviceWork = { ...work, data: { ms: 500 }, ttlMs: 2 * seconds };

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
    name: 'devices',
    about:
      'Ten thousand devices, half a second for a command; a hundred of them get too many: stale ones are not begun.',
    gateway: ['--pipelines.default.slots', '10000'],
    deadlineMs: 2 * seconds,
    defaults: { ratePerS: 5000, connections: 100, arrivals: 'poisson', durationMs: 10 * seconds },
    groups: (choice) => [
      all(choice, 'senders', [
        { ...deviceWork, name: 'command', keys: 100, weight: 9 },
        { ...deviceWork, name: 'too many', keys: 1, weight: 1 },
      ]),
    ],
  },
  ...overloadScenarios,
  {
    ...open,
    name: 'http',
    about: 'Events over HTTP, by autocannon: a closed loop of one request on each connection.',
    defaults: { ratePerS: 1, connections: 64, arrivals: 'constant', durationMs: 10 * seconds },
    groups: () => [],
  },
];
