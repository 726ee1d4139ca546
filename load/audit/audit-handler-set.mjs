/**
 * The handlers of an audited run. Each writes `n attempt key keySequence start` to the ledger before it does anything
 * else, with what the event's data say of themselves.
 */
import { setTimeout as wait } from 'node:timers/promises';

const waitMsMax = 1000;

/**
 * @param {object} parts the gateway's `defineHandler` and `HandlerError`, and the ledger to write to
 * @returns {Record<string, unknown>} handler definitions by name
 */
export function auditHandlers({ defineHandler, HandlerError, ledger }) {
  function start({ data }, { attempt }) {
    const { n, key, keySequence } = data ?? {};
    if (![n, key, keySequence].every(Number.isSafeInteger)) {
      throw new HandlerError('invalid_argument', 'expected data with whole numbers n, key and keySequence');
    }
    ledger.line(`${n} ${attempt} ${key} ${keySequence} start`);
  }

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
    keyed: defineHandler({
      type: 'audit.keyed',
      order: 'key',
      async handle(event, context) {
        start(event, context);
        const { ms = 0 } = event.data;
        if (ms > 0) await wait(Math.min(ms, waitMsMax), undefined, { signal: context.signal });
        return event.data;
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
