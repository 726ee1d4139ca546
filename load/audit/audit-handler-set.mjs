/**
 * The handlers of an audited run. Each writes `n attempt key keySequence start` to the ledger before it does anything
 * else, with what the event's data say of themselves, and `late` where it should not have been called any more.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { Capacity } from './capacity.mjs';

const waitMsMax = 1000;
/** Deadlines are kept to a tick of the gateway. */
const tickMs = 10;

/**
 * @param {object} parts the gateway's `defineHandler` and `HandlerError`, and the ledger to write to
 * @returns {Record<string, unknown>} handler definitions by name
 */
export function auditHandlers({ defineHandler, HandlerError, ledger }) {
  const capacity = new Capacity();
  const lateness = new Lateness();

  function start({ data }, context) {
    const { n, key, keySequence } = data ?? {};
    if (![n, key, keySequence].every(Number.isSafeInteger)) {
      throw new HandlerError('invalid_argument', 'expected data with whole numbers n, key and keySequence');
    }
    const late = lateness.isLate(data, context) ? ' late' : '';
    ledger.line(`${n} ${context.attempt} ${key} ${keySequence} start${late}`);
  }

  /** A handler that returns its data after as many milliseconds as that says. */
  const working = (type, order) =>
    defineHandler({
      type,
      order,
      async handle(event, context) {
        start(event, context);
        const { ms = 0 } = event.data;
        if (ms > 0) await wait(Math.min(ms, waitMsMax), undefined, { signal: context.signal });
        return event.data;
      },
    });

  return {
    /** Returns its data. */
    echo: defineHandler({
      type: 'audit.echo',
      async handle(event, context) {
        start(event, context);
        return event.data;
      },
    }),

    /** One at a time inside its key; returns its data after `ms` milliseconds. */
    keyed: working('audit.keyed', 'key'),

    /** In any order; returns its data after `ms` milliseconds. */
    free: working('audit.free', 'none'),

    /** Done by something that does so many at once, and lets the rest wait; returns its data. */
    capacity: defineHandler({
      type: 'audit.capacity',
      order: 'none',
      async handle(event, context) {
        start(event, context);
        await capacity.work(context.signal);
        return event.data;
      },
    }),

    /** Says how much `audit.capacity` can do from now on: `atOnce` for `ms` milliseconds each. It is not in the ledger. */
    setCapacity: defineHandler({
      type: 'capacity.set',
      order: 'none',
      handle({ data: { atOnce, ms } }) {
        capacity.set(atOnce, ms);
        return {};
      },
    }),

    /** Yields `items` items; each carries `n` and its own number, from 1. */
    stream: defineHandler({
      type: 'audit.stream',
      async *handle(event, context) {
        start(event, context);
        const { n, items = 0 } = event.data;
        for (let item = 1; item <= items; item += 1) yield { n, item };
      },
    }),

    /** Publishes its number to `topic` under `messageKey`, and answers with the place of the message. */
    publish: defineHandler({
      type: 'audit.publish',
      order: 'none',
      handle(event, context) {
        start(event, context);
        const { n, topic, messageKey } = event.data;
        return context.publish(topic, { n }, messageKey === undefined ? {} : { key: messageKey });
      },
    }),

    /** Fails as temporary in its first `failures` attempts of three, and then returns its data. */
    fail: defineHandler({
      type: 'audit.fail',
      order: 'key',
      retry: { attempts: 3, minMs: 1, maxMs: 5 },
      async handle(event, context) {
        start(event, context);
        const { failures = 0 } = event.data;
        if (context.attempt <= failures) {
          throw new HandlerError('unavailable', `attempt ${context.attempt} fails as it was told`, { temporary: true });
        }
        return event.data;
      },
    }),
  };
}

/**
 * Finds out which events start after their deadline. The gateway counts it from receipt, the sender from sending, by
 * the same clock; how long an event may be on its way is what the slowest in time had. One may also be taken in the last
 * microsecond it has, and begin in the next: late is what both say by more than a tick, and what was given more time
 * than there ever was, as by a gateway that holds nothing to its deadline.
 */
class Lateness {
  #onItsWayUs = 0;

  isLate({ ttl, expiresUs }, context) {
    if (ttl === undefined) return false;
    const leftMs = context.remainingMs();
    if (leftMs > ttl + tickMs) return true;
    const overUs = Number(process.hrtime.bigint() / 1000n) - expiresUs;
    if (leftMs === 0) return overUs > this.#onItsWayUs + tickMs * 1000;
    this.#onItsWayUs = Math.max(this.#onItsWayUs, overUs + leftMs * 1000);
    return false;
  }
}
