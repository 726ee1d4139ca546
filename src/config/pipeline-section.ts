/** What configuration says of one pipeline: how much runs at once, how long, and what is done about a queue that stands. */
import { z } from 'zod';
import { timerMsMax } from '../model/clock.js';
import { expects, requiredWhole, section, whole } from './fields.js';

const slotsMax = 65_536;
const slotsDefault = 256;

interface Bounds {
  readonly min: number;
  readonly max: number;
}

const minTooLarge = ({ min, max }: Bounds): string => `expected at most max (${max}), got ${min}`;

const slotsExpected = expects(`a whole number of slots from 1 to ${slotsMax}, or { min, max } with min at most max`);

/** A number, or bounds between which the limit is found by itself. */
const slots = z
  .union(
    [
      z
        .int(slotsExpected)
        .min(1, slotsExpected)
        .max(slotsMax, slotsExpected)
        .meta({ description: 'As many, always. Unit: slots.' }),
      section(
        {
          min: requiredWhole({
            unit: 'slots',
            min: 1,
            max: slotsMax,
            description: 'Slots there always are, and at first.',
          }),
          max: requiredWhole({ unit: 'slots', min: 1, max: slotsMax, description: 'Slots there are at most.' }),
        },
        { description: 'Bounds between which the limit is found.' },
      ).refine(({ min, max }) => min <= max, { path: ['min'], error: ({ input }) => minTooLarge(input as Bounds) }),
    ],
    slotsExpected,
  )
  .default(slotsDefault)
  .meta({
    description:
      'Events, or batches, that run at once in this pipeline: a number, or `{ min, max }` for a limit that follows ' +
      'from how long the handlers take (see `adaptive`); streams tell nothing of that. Unit: slots.',
  });

/** One entry of `pipelines`. */
export const pipelineSection = section(
  {
    slots,
    timeoutMs: whole({
      unit: 'ms',
      min: 1,
      max: timerMsMax,
      default: 30_000,
      description: 'Time one attempt of a handler, or one item of a stream, may take.',
    }),
    delayTargetMs: whole({
      unit: 'ms',
      min: 1,
      max: timerMsMax,
      default: 50,
      description:
        'Wait that is fine. While more waits than the slots finish in this time, credit does not grow, and beyond ' +
        '`window.shrinkPercent` of that it shrinks; after `delayIntervalMs` of it the queue stands: see README.',
    }),
    delayIntervalMs: whole({
      unit: 'ms',
      min: 1,
      max: timerMsMax,
      default: 100,
      description: 'Time for which more waits than is done in `delayTargetMs`, after which the queue stands.',
    }),
    delayMaxMs: whole({
      unit: 'ms',
      min: 1,
      max: timerMsMax,
      default: 10_000,
      description:
        'Of a queue that has stood for so long, what the slots cannot finish in the same time again is refused, the ' +
        'least urgent first; `critical` never.',
    }),
    delayWaitPercent: whole({
      unit: 'percent',
      min: 1,
      max: 100,
      default: 50,
      description:
        'Part of the time an event has left that it may be expected to wait when it comes to a queue that stands; ' +
        'beyond, it is turned away.',
    }),
    delayKeptPerSlot: whole({
      unit: 'events',
      min: 1,
      max: 1_000_000,
      default: 4,
      description: 'Events for each slot that stay when a queue is cut, however slow the slots are.',
    }),
    parkedMax: whole({
      unit: 'streams',
      min: 0,
      max: 2 ** 20,
      default: 1024,
      description: 'Result streams that may wait for their clients without a slot; those beyond keep theirs.',
    }),
  },
  { description: 'One bulkhead: a queue with slots of its own.' },
);
