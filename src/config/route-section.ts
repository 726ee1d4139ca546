/** What configuration may say about the routes a pattern covers. Nothing has a default: what is left out is the handler's. */

import { timerMsMax } from '../model/clock.js';
import { optionalChoice, optionalToggle, optionalWhole, requiredWhole, section, text } from './fields.js';

const dayMs = 86_400_000;

/** One entry of `routes`. */
export const routeSection = section(
  {
    pipeline: text({ pattern: /^.{1,64}$/, expected: 'the name of a pipeline' })
      .optional()
      .meta({ description: 'The pipeline its events run in.' }),
    priority: optionalChoice(['high', 'normal', 'low'], {
      but: ' (critical is asked for by an event, never by a route)',
      description: 'Priority of events that do not ask for one.',
    }),
    ttlMs: optionalWhole({
      unit: 'ms',
      min: 0,
      max: timerMsMax,
      description: 'Time an event is worth doing when it does not say itself; 0 is for ever.',
    }),
    timeoutMs: optionalWhole({
      unit: 'ms',
      min: 1,
      max: timerMsMax,
      description: 'Time one attempt, or one item of a stream, may take.',
    }),
    order: optionalChoice(['key', 'none'], {
      description: '`key`: events of one key run one at a time, in the order they were accepted.',
    }),
    breaker: optionalToggle({
      description: 'Whether its circuit opens when it fails again and again (see `breaker`).',
    }),
    conflate: optionalToggle({ description: 'Whether a newer event replaces a waiting one of the same key.' }),
    batch: section(
      {
        size: requiredWhole({ unit: 'events', min: 1, max: 10_000, description: 'Events of one call, at most.' }),
        waitMs: requiredWhole({
          unit: 'ms',
          min: 0,
          max: dayMs,
          description: 'Time a batch waits, from its first event on, to fill up.',
        }),
      },
      { description: 'Size of the batches of a handler that takes batches.' },
    ).optional(),
    retry: section(
      {
        attempts: requiredWhole({
          unit: 'attempts',
          min: 1,
          max: 1000,
          description: 'Attempts in all, the first included.',
        }),
        minMs: optionalWhole({
          unit: 'ms',
          min: 0,
          max: dayMs,
          description: 'Shortest wait before another attempt. Default: 50.',
        }),
        maxMs: optionalWhole({
          unit: 'ms',
          min: 0,
          max: dayMs,
          description: 'Longest wait before another attempt. Default: 5000.',
        }),
      },
      { description: 'For failures a handler marks as temporary.' },
    ).optional(),
  },
  { description: 'What holds for the events of one type or pattern.' },
);
