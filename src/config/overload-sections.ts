/** The keys that say when something is too much, and what is done about it. */
import { optionalWhole, section, toggle, whole } from './fields.js';

const hourMs = 3_600_000;
const percent = 'percent';

/** Section → its schema: part of `sections`. */
export const overloadSections = {
  overload: section(
    {
      control: toggle({
        default: true,
        description:
          'Whether queues that stand are kept short, credit shrinks with them, and the stages of `pressure` apply. ' +
          'Off is for comparison.',
      }),
      rateWindowMs: whole({
        unit: 'ms',
        min: 10,
        max: 60_000,
        default: 100,
        description: 'Time over which it is counted what the slots of a pipeline finish.',
      }),
    },
    { description: 'The control of overload as a whole.' },
  ).prefault({}),
  adaptive: section(
    {
      windowMs: whole({
        unit: 'ms',
        min: 10,
        max: 60_000,
        default: 100,
        description: 'Time over which latencies are gathered before the limit is looked at.',
      }),
      samplesMin: whole({
        unit: 'events',
        min: 1,
        max: 10_000,
        default: 16,
        description:
          'Latencies a window has at least: with fewer it lasts longer. While there are few slots, two for each do, but ' +
          'four; where latencies scatter much, it takes more.',
      }),
      tolerancePercent: whole({
        unit: percent,
        min: 1,
        max: 100,
        default: 5,
        description: 'How much longer than alone handlers may take before the limit falls.',
      }),
      growthPercent: whole({
        unit: percent,
        min: 1,
        max: 100,
        default: 5,
        description: 'How much the limit grows with each window that shows no harm.',
      }),
      probeEveryMs: whole({
        unit: 'ms',
        min: 100,
        max: hourMs,
        default: 5000,
        description: 'Time between two windows in which fewer events run, to see how long they take then.',
      }),
    },
    { description: 'Limits of pipelines whose slots are `{ min, max }`.' },
  ).prefault({}),
  limits: section(
    {
      openMax: whole({
        unit: 'events',
        min: 1,
        max: 2 ** 20,
        default: 4096,
        description: 'Events with an `id` one session may have open at a time.',
      }),
      sessionPerS: whole({
        unit: 'events per second',
        min: 0,
        max: 10_000_000,
        default: 0,
        description: 'Events and subscriptions of one session; 0 is as many as its credit allows.',
      }),
      tenantPerS: whole({
        unit: 'events per second',
        min: 0,
        max: 10_000_000,
        default: 0,
        description:
          'Events one tenant may send with all its sessions and requests: a session, or over HTTP an address. 0 is no ' +
          'limit.',
      }),
      burstMs: whole({
        unit: 'ms',
        min: 1,
        max: hourMs,
        default: 1000,
        description: 'Time whose events may come at once, in all limits per second.',
      }),
      addressSessionsMax: whole({
        unit: 'sessions',
        min: 0,
        max: 10_000_000,
        default: 0,
        description: 'Sessions of one address (4100 beyond); 0 is no limit, as behind a proxy all have the same.',
      }),
      connectsPerS: whole({
        unit: 'sessions per second',
        min: 0,
        max: 1_000_000,
        default: 0,
        description: 'Sessions that may be opened (4101 beyond); 0 is no limit.',
      }),
    },
    { description: 'What one client, or all of them, may ask for.' },
  ).prefault({}),
  breaker: section(
    {
      enabled: toggle({
        default: true,
        description: 'Whether a handler that fails again and again is left alone for a while.',
      }),
      failurePercent: whole({
        unit: percent,
        min: 1,
        max: 100,
        default: 50,
        description: 'Part of the calls of `windowMs` that failed or timed out, from which on the circuit opens.',
      }),
      windowMs: whole({
        unit: 'ms',
        min: 100,
        max: hourMs,
        default: 10_000,
        description: 'Time in which calls are counted.',
      }),
      callsMin: whole({
        unit: 'calls',
        min: 1,
        max: 1_000_000,
        default: 20,
        description: 'Calls there have to be in `windowMs` before the circuit may open.',
      }),
      openMs: whole({
        unit: 'ms',
        min: 1,
        max: hourMs,
        default: 1000,
        description: 'Time for which a circuit is open; doubled each time its probe fails, up to `openMsMax`.',
      }),
      openMsMax: optionalWhole({
        unit: 'ms',
        min: 1,
        max: hourMs,
        description: 'Longest time a circuit is open. Default: 30000, or `openMs` where that is more.',
      }),
      probes: whole({
        unit: 'calls',
        min: 1,
        max: 1000,
        default: 1,
        description: 'Calls that are let through at once to see whether the handler is well again.',
      }),
      probeMs: whole({
        unit: 'ms',
        min: 1,
        max: hourMs,
        default: 250,
        description: 'Time a probe is expected to take: others are told to come after it.',
      }),
    },
    { description: 'The circuit breaker of each handler.' },
  ).prefault({}),
  pressure: section(
    {
      everyMs: whole({
        unit: 'ms',
        min: 10,
        max: 60_000,
        default: 50,
        description: 'Time between two looks at the process.',
      }),
      riseMs: whole({
        unit: 'ms',
        min: 0,
        max: 60_000,
        default: 200,
        description: 'Time for which it has to look worse before the next stage begins.',
      }),
      fallMs: whole({
        unit: 'ms',
        min: 0,
        max: hourMs,
        default: 1000,
        description: 'Time for which it has to look better before a stage ends.',
      }),
      utilisationPercent: whole({
        unit: percent,
        min: 1,
        max: 100,
        default: 90,
        description: 'Utilisation of the event loop below which its lag does not count: a single block is no overload.',
      }),
      lagMs: whole({
        unit: 'ms',
        min: 1,
        max: 60_000,
        default: 100,
        description: 'Lag of the event loop at which the first stage begins.',
      }),
      lagMsMax: whole({
        unit: 'ms',
        min: 1,
        max: 60_000,
        default: 1000,
        description: 'Lag of the event loop at which the last stage begins.',
      }),
      heapPercent: whole({
        unit: percent,
        min: 1,
        max: 100,
        default: 70,
        description: 'Part of the heap’s limit in use at which the first stage begins.',
      }),
      heapPercentMax: whole({
        unit: percent,
        min: 1,
        max: 100,
        default: 95,
        description: 'Part of the heap’s limit in use at which the last stage begins.',
      }),
      bytesPercent: whole({
        unit: percent,
        min: 1,
        max: 100,
        default: 50,
        description: 'Part of `budget.bytes` in use at which the first stage begins.',
      }),
      bytesPercentMax: whole({
        unit: percent,
        min: 1,
        max: 100,
        default: 95,
        description: 'Part of `budget.bytes` in use at which the last stage begins.',
      }),
      blockedMs: whole({
        unit: 'ms',
        min: 1,
        max: 60_000,
        default: 100,
        description: 'Time a handler may keep the event loop busy at a stretch before it is named in the log.',
      }),
    },
    { description: 'The stages in which the process takes on less and less.' },
  ).prefault({}),
};
