/**
 * The boundary to user code. Whatever a handler does (throws at once, rejects with anything, returns a thenable that
 * throws or never settles), exactly one method of {@link Completion} is called for the attempt, or none if it never
 * ends; the caller bounds that with its timeout.
 */
import type { Observable } from 'rxjs';
import type { EventRecord } from '../model/event-record.js';
import type { HandlerContext, SluiceEvent } from '../model/handler.js';
import type { Route } from '../model/route.js';

/** What a handler's result turned out to be. `attempt` tells a late answer of an earlier attempt apart. */
export interface Completion {
  value(record: EventRecord, attempt: number, value: unknown): void;
  stream(record: EventRecord, attempt: number, source: StreamSource): void;
  failed(record: EventRecord, attempt: number, error: unknown): void;
}

/** A source of stream items: pulled, or an Observable that pushes. */
export type StreamSource = AsyncIterator<unknown> | Observable<unknown>;

/** Calls the route's handler with one event. */
export function invoke(record: EventRecord, context: HandlerContext, completion: Completion): void {
  const { attempt } = record;
  let returned: unknown;
  try {
    returned = record.route.handle(record.event as Parameters<Route['handle']>[0], context);
    if (!isObject(returned)) {
      completion.value(record, attempt, returned);
      return;
    }
    if (!(returned instanceof Promise) && !isThenable(returned)) {
      classify(record, attempt, returned, completion);
      return;
    }
  } catch (error) {
    completion.failed(record, attempt, error);
    return;
  }
  // A foreign thenable is adopted by a real promise: it may throw, or call back twice.
  const promise = returned instanceof Promise ? returned : Promise.resolve(returned);
  promise.then(
    (value: unknown) => {
      if (isObject(value)) classify(record, attempt, value, completion);
      else completion.value(record, attempt, value);
    },
    (error: unknown) => completion.failed(record, attempt, error),
  );
}

/** Calls a batching route's handler. The promise resolves with its array and rejects with whatever it failed with. */
export async function invokeBatch(
  route: Route,
  events: readonly SluiceEvent[],
  context: HandlerContext,
): Promise<readonly unknown[]> {
  const results = await route.handle(events as Parameters<Route['handle']>[0], context);
  if (!Array.isArray(results) || results.length !== events.length) {
    const got = Array.isArray(results) ? `${results.length}` : typeof results;
    throw new TypeError(
      `a batch handler returns one result per event: expected an array of ${events.length}, got ${got}`,
    );
  }
  return results;
}

function classify(record: EventRecord, attempt: number, value: object, completion: Completion): void {
  let source: StreamSource | undefined;
  try {
    source = streamSource(value);
  } catch (error) {
    completion.failed(record, attempt, error);
    return;
  }
  if (source === undefined) completion.value(record, attempt, value);
  else completion.stream(record, attempt, source);
}

/** An async iterable, a generator, or an Observable of any RxJS copy; arrays, strings and other values are data. */
function streamSource(value: object): StreamSource | undefined {
  const candidate = value as Partial<AsyncIterable<unknown> & Generator & Observable<unknown>>;
  const iterate = candidate[Symbol.asyncIterator];
  if (typeof iterate === 'function') return iterate.call(candidate);
  // Generators and Observables are instances of something: plain data is not asked twice.
  if (Object.getPrototypeOf(value) === Object.prototype) return undefined;
  if (typeof candidate.subscribe === 'function' && typeof candidate.pipe === 'function') {
    return value as Observable<unknown>;
  }
  if (typeof candidate.next === 'function' && typeof candidate[Symbol.iterator] === 'function') {
    return toAsync(candidate as Generator);
  }
  return undefined;
}

async function* toAsync(source: Generator): AsyncGenerator<unknown> {
  return yield* source;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isThenable(value: object): boolean {
  return typeof (value as { then?: unknown }).then === 'function';
}
