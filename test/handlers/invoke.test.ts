import { NEVER, of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { defineHandler } from '../../src/handlers/define-handler.js';
import { type HandlerContext, HandlerError } from '../../src/model/handler.js';
import type { TestOrigin } from '../support/records.js';
import { outcomeOf, TestFlow } from '../support/test-flow.js';

type Handle = (event: { readonly data: unknown }, context: HandlerContext) => unknown;

async function run(handle: Handle, options: Record<string, unknown> = {}) {
  const flow = new TestFlow([defineHandler({ type: 'work', handle, ...options })], { slots: 1 });
  const record = flow.send({ type: 'work', data: 'in' });
  await flow.settle();
  return { flow, record };
}

const thenable = (then: (...args: ((value: unknown) => void)[]) => unknown): unknown => ({ then });

describe('what a handler returns', () => {
  it.each([
    { name: 'a value', handle: () => 5, result: 5 },
    { name: 'a promise', handle: async () => 'later', result: 'later' },
    { name: 'nothing', handle: () => undefined, result: undefined },
    { name: 'null', handle: () => null, result: null },
    { name: 'an array, which is data', handle: () => [1, 2], result: [1, 2] },
    { name: 'a Map, which is data', handle: () => new Map(), result: new Map() },
    { name: 'a foreign thenable', handle: () => thenable((resolve) => resolve?.('x')), result: 'x' },
    { name: 'a promise of a thenable', handle: async () => thenable((resolve) => resolve?.('x')), result: 'x' },
    { name: 'a thenable that answers twice', handle: () => thenable((a) => [a?.(1), a?.(2)]), result: 1 },
    { name: 'an object whose then is no function', handle: () => ({ then: 1 }), result: { then: 1 } },
  ])('becomes the outcome: $name', async ({ handle, result }) => {
    const { flow, record } = await run(handle);
    expect(outcomeOf(record)).toEqual(result);
    flow.expectAtRest();
  });

  it.each([
    {
      name: 'an async generator',
      make: async function* () {
        yield 1;
        yield 2;
        return 'end';
      },
      result: 'end',
    },
    {
      name: 'a generator',
      make: function* () {
        yield 1;
        yield 2;
        return 'end';
      },
      result: 'end',
    },
    {
      name: 'a promise of an async generator',
      make: async () =>
        (async function* () {
          yield 1;
          yield 2;
        })(),
      result: undefined,
    },
    { name: 'an Observable', make: () => of(1, 2), result: undefined },
    { name: 'a promise of an Observable', make: async () => of(1, 2), result: undefined },
  ])('becomes a stream: $name', async ({ make, result }) => {
    const { flow, record } = await run(make as Handle);
    await flow.settle(10);
    expect((record.origin as TestOrigin).told).toEqual([
      { item: 1, data: 1 },
      { item: 2, data: 2 },
    ]);
    expect(outcomeOf(record)).toEqual(result);
    flow.expectAtRest();
  });
});

describe('whatever a handler does, its event has exactly one outcome and its slot is free', () => {
  const bad = new Error('secret text');
  it.each<{ name: string; handle: Handle }>([
    {
      name: 'throws at once',
      handle: () => {
        throw bad;
      },
    },
    {
      name: 'throws undefined',
      handle: () => {
        throw undefined;
      },
    },
    { name: 'rejects', handle: async () => Promise.reject(bad) },
    { name: 'rejects with null', handle: async () => Promise.reject(null) },
    { name: 'rejects with a symbol', handle: async () => Promise.reject(Symbol('s')) },
    {
      name: 'rejects with an error whose fields throw',
      handle: async () =>
        Promise.reject(
          new Proxy(bad, {
            get() {
              throw bad;
            },
            getPrototypeOf() {
              throw bad;
            },
          }),
        ),
    },
    {
      name: 'returns a thenable that throws',
      handle: () =>
        thenable(() => {
          throw bad;
        }),
    },
    {
      name: 'returns an object whose then throws when read',
      handle: () =>
        Object.defineProperty({}, 'then', {
          get() {
            throw bad;
          },
        }),
    },
    {
      name: 'returns an iterable whose iterator throws',
      handle: () => ({
        [Symbol.asyncIterator]() {
          throw bad;
        },
      }),
    },
    {
      name: 'returns an iterator whose next throws',
      handle: () => ({
        [Symbol.asyncIterator]: () => ({
          next() {
            throw bad;
          },
        }),
      }),
    },
    {
      name: 'returns an iterator whose next rejects',
      handle: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(bad) }) }),
    },
    { name: 'returns an iterator that is none', handle: () => ({ [Symbol.asyncIterator]: () => null }) },
    { name: 'returns an iterator without next', handle: () => ({ [Symbol.asyncIterator]: () => ({}) }) },
    {
      name: 'returns an iterator whose next gives no result',
      handle: () => ({ [Symbol.asyncIterator]: () => ({ next: () => null }) }),
    },
    { name: 'returns an Observable that fails', handle: () => throwError(() => bad) },
    {
      name: 'throws a HandlerError with a code that is none',
      handle: () => {
        throw new HandlerError('teapot' as never, 'x');
      },
    },
  ])('$name', async ({ handle }) => {
    const { flow, record } = await run(handle);
    await flow.settle(5);
    expect(outcomeOf(record)).toBe('internal/maybe');
    expect(JSON.stringify(record.failure)).not.toContain('secret');
    expect(flow.logged).not.toEqual([]);
    flow.expectAtRest();
  });

  it.each<{ name: string; handle: Handle }>([
    { name: 'never settles', handle: () => new Promise(() => undefined) },
    { name: 'ignores its signal', handle: (_event, { signal }) => new Promise(() => signal.aborted) },
    { name: 'returns a thenable that never answers', handle: () => thenable(() => undefined) },
    { name: 'streams nothing for ever', handle: () => NEVER },
    {
      name: 'awaits for ever inside a generator',
      handle: async function* () {
        await new Promise(() => undefined);
        yield 1;
      },
    },
  ])('$name, and is timed out', async ({ handle }) => {
    const { flow, record } = await run(handle, { timeoutMs: 50 });
    expect(outcomeOf(record)).toBe('running');
    await flow.pass(70);
    expect(outcomeOf(record)).toBe('deadline_exceeded/maybe');
    flow.expectAtRest();
  });

  it('ends late, and is counted', async () => {
    let end: (value: unknown) => void = () => undefined;
    const { flow, record } = await run(() => new Promise((resolve) => (end = resolve)), { timeoutMs: 50 });
    await flow.pass(70);
    end('late');
    await flow.settle();
    expect(outcomeOf(record)).toBe('deadline_exceeded/maybe');
    expect(flow.counters.handlersLate).toBe(1);
    flow.expectAtRest();
  });

  it('returns a stream late, which is closed unread', async () => {
    let isClosed = false;
    let end: (value: unknown) => void = () => undefined;
    const { flow } = await run(() => new Promise((resolve) => (end = resolve)), { timeoutMs: 50 });
    await flow.pass(70);
    end({
      [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined), return: () => (isClosed = true) }),
    });
    await flow.settle();
    expect(isClosed).toBe(true);
    flow.expectAtRest();
  });
});

describe('the context', () => {
  it('tells the time left, the attempt, and who sent the event', async () => {
    const seen: unknown[] = [];
    const { flow } = await run(
      (_event, context) => {
        seen.push(context.remainingMs(), context.attempt, context.identity, context.signal.aborted);
      },
      { timeoutMs: 500 },
    );
    expect(seen).toEqual([500, 1, undefined, false]);
    flow.expectAtRest();
  });

  it('has a signal that is aborted already when it is first looked at too late', async () => {
    let context: HandlerContext | undefined;
    const { flow } = await run(
      (_event, given) => {
        context = given;
        return new Promise(() => undefined);
      },
      { timeoutMs: 50 },
    );
    await flow.pass(70);
    expect(context?.signal.aborted).toBe(true);
    expect(context?.remainingMs()).toBe(0);
  });
});
