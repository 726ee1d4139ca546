import { describe, expect, it } from 'vitest';
import { defineHandler, HandlerError } from '../../src/index.js';
import { TestSessions } from '../support/test-sessions.js';

const cycle: Record<string, unknown> = {};
cycle.self = cycle;

const throws = () => {
  throw new Error('not to be read');
};

/** What no reply can hold, in either encoding. */
const unsendable: Readonly<Record<string, unknown>> = {
  'a cycle': cycle,
  'a BigInt beyond 2^53': { big: 2n ** 64n },
  'a value that throws when it is read': Object.defineProperty({}, 'a', { enumerable: true, get: throws }),
  'a value that throws when it is asked for its JSON': { toJSON: throws },
  'more bytes than a reply may have': 'x'.repeat(3000),
};

const cases = (['json', 'msgpack'] as const).flatMap((encoding) =>
  Object.entries(unsendable).map(([name, value]) => ({ encoding, name, value })),
);

const handlersFor = (value: unknown) => [
  defineHandler({ type: 'returns', handle: () => value }),
  defineHandler({
    type: 'fails',
    handle: () => Promise.reject(new HandlerError('out_of_range', 'as told', { details: value })),
  }),
  defineHandler({
    type: 'streams',
    async *handle() {
      yield 'first';
      yield value;
      yield 'never';
    },
  }),
  defineHandler({ type: 'echo', handle: ({ data }) => data }),
];

describe.each(cases)('over $encoding, $name', ({ encoding, value }) => {
  const ask = async (type: string) => {
    const sessions = new TestSessions(handlersFor(value), { reply: { bytesMax: 2000 } });
    const client = await sessions.welcomed(encoding);
    client.send({ op: 'event', id: 1, type });
    await sessions.settle();
    await sessions.settle();
    client.send({ op: 'event', id: 2, type: 'echo', data: 'after' });
    await sessions.settle();
    const frames = client.frames.filter(({ id }) => id === 1);
    expect(client.frames.at(-1)).toEqual({ op: 'end', id: 2, data: 'after' });
    expect(sessions.counters.accepted).toBe(sessions.counters.succeeded + sessions.counters.failed);
    return { sessions, frames };
  };

  it('in the details of an error is left out, and all else of the error is told', async () => {
    const { frames } = await ask('fails');
    expect(frames).toEqual([
      { op: 'error', id: 1, code: 'out_of_range', message: 'as told', retry: 'no', started: 'maybe' },
    ]);
  });

  it('as a result is told as internal, without a word of the reason', async () => {
    const { sessions, frames } = await ask('returns');
    expect(frames).toEqual([
      { op: 'error', id: 1, code: 'internal', message: expect.any(String), retry: 'no', started: 'maybe' },
    ]);
    expect(JSON.stringify(frames)).not.toContain('not to be read');
    expect(Object.fromEntries(sessions.counters.failedBy)).toEqual({ internal: 1 });
  });

  it('as an item ends its stream with internal behind what came before', async () => {
    const { frames } = await ask('streams');
    expect(frames).toEqual([
      { op: 'item', id: 1, n: 1, data: 'first' },
      { op: 'error', id: 1, code: 'internal', message: expect.any(String), retry: 'no', started: 'maybe' },
    ]);
  });
});

describe.each(['json', 'msgpack'] as const)('over %s', (encoding) => {
  it.each([
    ['nothing', undefined, undefined],
    ['null', null, null],
    ['false', false, false],
    ['undefined inside of a map', { a: undefined, b: 1 }, { b: 1 }],
    ['what is no number', [Number.NaN, Number.POSITIVE_INFINITY], [null, null]],
    ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
  ])('a result that is %s is sent as JSON would have it', async (_name, value, sent) => {
    const sessions = new TestSessions(handlersFor(value));
    const client = await sessions.welcomed(encoding);
    client.send({ op: 'event', id: 1, type: 'returns' });
    await sessions.settle();
    expect(client.frames.at(-1)).toEqual({ op: 'end', id: 1, ...(sent === undefined ? {} : { data: sent }) });
  });

  it('a whole number is written as an integer, up to 2^53', async () => {
    const sessions = new TestSessions(handlersFor([1, -1, 2 ** 32, 2 ** 53, -(2 ** 53), 1.5]));
    const client = await sessions.welcomed(encoding);
    client.send({ op: 'event', id: 1, type: 'returns' });
    await sessions.settle();
    expect(client.frames.at(-1)?.data).toEqual([1, -1, 2 ** 32, 2 ** 53, -(2 ** 53), 1.5]);
    const sent = client.socket.sent.at(-1);
    // 0xcb heads a number with a fraction: one of six.
    if (typeof sent !== 'string') expect([...(sent ?? [])].filter((byte) => byte === 0xcb)).toHaveLength(1);
  });
});
