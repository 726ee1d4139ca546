/** The keys of one client: its credit, and the bounds of its session. */
import { optionalWhole, section, whole } from './fields.js';

const kib = 1024;
const mib = 1024 * kib;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Section → its schema: part of `sections`. */
export const sessionSections = {
  window: section(
    {
      initial: optionalWhole({
        unit: 'events',
        min: 1,
        max: 2 ** 20,
        description: 'Credit of a new session while much is free. Default: 64, or what of `min` and `max` is nearest.',
      }),
      min: whole({
        unit: 'events',
        min: 1,
        max: 2 ** 20,
        default: 1,
        description: 'Credit of a session when little is free; with less left, new sessions are refused.',
      }),
      max: whole({
        unit: 'events',
        min: 1,
        max: 2 ** 20,
        default: 1024,
        description: 'Credit up to which a busy session grows.',
      }),
      newcomersPercent: whole({
        unit: 'percent',
        min: 0,
        max: 90,
        default: 25,
        description: 'Part of all credit that growing windows leave to sessions that come later.',
      }),
      shrinkPercent: whole({
        unit: 'percent',
        min: 100,
        max: 10_000,
        default: 200,
        description:
          'Waiting events, against those that are done in `delayTargetMs`, from which on windows shrink; below they ' +
          'only do not grow.',
      }),
      roundTripMs: whole({
        unit: 'ms',
        min: 1,
        max: 60_000,
        default: 250,
        description:
          'Time from an event to its client’s hearing of the credit it gave back, as far as windows provide for: ' +
          'a client that goes through its window faster may have had to wait for credit.',
      }),
    },
    { description: 'Credit: how many events one session may have on their way.' },
  ).prefault({}),
  session: section(
    {
      creditRefusalsMax: whole({
        unit: 'refusals',
        min: 1,
        max: 1_000_000,
        default: 256,
        description:
          'Events beyond the credit, inside `creditRefusalsWindowMs`, after which a socket is closed (4013).',
      }),
      creditRefusalsWindowMs: whole({
        unit: 'ms',
        min: 1,
        max: hourMs,
        default: 10_000,
        description: 'Time in which `creditRefusalsMax` are counted.',
      }),
      idleMs: whole({
        unit: 'ms',
        min: 1,
        max: dayMs,
        default: 10_000,
        description: 'Time without an event after which a session’s unused credit is taken back.',
      }),
      longIdleMs: optionalWhole({
        unit: 'ms',
        min: 1,
        max: dayMs,
        description:
          'Time without an event after which a session keeps `window.min`, though much may be free. ' +
          'Default: 30000, or `idleMs` where that is more.',
      }),
      graceMs: whole({
        unit: 'ms',
        min: 0,
        max: dayMs,
        default: 5000,
        description: 'Time for which credit that was taken back is still honoured.',
      }),
      outboxBytesMax: whole({
        unit: 'bytes',
        min: kib,
        max: 1024 * mib,
        default: 4 * mib,
        description: 'Bytes that may wait to be sent to one client; beyond, it is closed as slow (4108).',
      }),
      outboxHighWaterBytes: optionalWhole({
        unit: 'bytes',
        min: 1,
        max: 1024 * mib,
        description:
          'Waiting bytes above which streams stop producing for the client. ' +
          'Default: 65536, or half of `outboxBytesMax` where that is less.',
      }),
      subscriptionsMax: whole({
        unit: 'subscriptions',
        min: 0,
        max: 2 ** 20,
        default: 1000,
        description: 'Subscriptions one client may have open.',
      }),
    },
    { description: 'Bounds of one WebSocket session.' },
  ).prefault({}),
};
