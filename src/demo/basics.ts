/** Small handlers to try a gateway with: a value, a wait, a stream, a failure, and one that never ends. */
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { defineHandler, HandlerError } from '../index.js';

/** Returns its data. */
export const echo = defineHandler({
  type: 'echo',
  handle: async (event) => event.data,
});

/** The server of the article on asynchronous processing: answers after one second, many at once. */
export const respond = defineHandler({
  type: 'respond',
  input: z.object({ request: z.string().max(1000) }),
  async handle({ data }, { signal }) {
    await wait(1000, undefined, { signal });
    return `Response to ${data.request}`;
  },
});

/** Waits as long as it is told, at most a minute. */
export const sleep = defineHandler({
  type: 'sleep',
  input: z.object({ ms: z.number().min(0).max(60_000) }),
  async handle({ data }, { signal }) {
    await wait(data.ms, undefined, { signal });
    return { sleptMs: data.ms };
  },
});

/** A stream: 1 to `to`, one every `everyMs`, or as fast as the client takes them. */
export const count = defineHandler({
  type: 'count',
  input: z.object({ to: z.int().min(0), everyMs: z.number().min(0).max(60_000).optional() }),
  async *handle({ data }, { signal }) {
    for (let n = 1; n <= data.to; n += 1) {
      if (data.everyMs !== undefined) await wait(data.everyMs, undefined, { signal });
      yield n;
    }
  },
});

const codes = z.enum([
  'invalid_argument',
  'permission_denied',
  'not_found',
  'already_exists',
  'resource_exhausted',
  'deadline_exceeded',
  'cancelled',
  'aborted',
  'unavailable',
  'out_of_range',
  'failed_precondition',
  'data_loss',
  'unimplemented',
  'unauthenticated',
  'internal',
]);

/** Fails as it is told; without a code, with an error that is none of the client's business. */
export const fail = defineHandler({
  type: 'fail',
  input: z.object({ code: codes.optional(), message: z.string().max(1000).optional() }).nullish(),
  handle({ data }) {
    if (data?.code === undefined) throw new Error(data?.message ?? 'failed as it was told');
    throw new HandlerError(data.code, data.message ?? 'failed as it was told');
  },
});

/** Never settles, and ignores its signal: the gateway ends the event without it. */
export const never = defineHandler({
  type: 'never',
  handle: () => new Promise(() => undefined),
});
