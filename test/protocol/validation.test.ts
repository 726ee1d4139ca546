import { describe, expect, it } from 'vitest';
import { invalidEvent, invalidFrame, isId, isTypeName } from '../../src/protocol/validation.js';

const wrongForText: readonly unknown[] = [1, true, [], {}, new Uint8Array(1)];
const wrongForNumber: readonly unknown[] = ['1', true, [], {}];

/** Field → values that are refused. null and undefined are as if absent. */
const badEventFields: Readonly<Record<string, readonly unknown[]>> = {
  type: [undefined, null, ...wrongForText],
  id: ['', 'x'.repeat(65), 'é'.repeat(33), -1, 1.5, 2 ** 53, true, [], {}],
  ack: [1, 'true', [], {}],
  key: ['x'.repeat(257), 'é'.repeat(129), ...wrongForText],
  priority: ['urgent', 'Critical', '', ...wrongForText],
  ttl: [0, 0.5, -1, ...wrongForNumber],
  idem: ['x'.repeat(129), ...wrongForText],
  credit: [-1, 1.5, 2 ** 53 + 2, ...wrongForNumber],
  overflow: ['block', ...wrongForText],
  trace: ['x'.repeat(257), ...wrongForText],
};

const goodEventFields: Readonly<Record<string, readonly unknown[]>> = {
  id: [0, 1, 2 ** 53 - 1, 'a', 'x'.repeat(64), 'é'.repeat(32), '😀'.repeat(16)],
  ack: [true, false],
  key: ['', 'x'.repeat(256), '😀'.repeat(64)],
  priority: ['critical', 'high', 'normal', 'low'],
  ttl: [1, 1.5, 2 ** 53],
  idem: ['', 'x'.repeat(128)],
  credit: [0, 32, 2 ** 53],
  overflow: ['wait', 'latest', 'drop', 'close'],
  trace: ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'],
};

/** Op → field → values that are refused. */
const badFrames: Readonly<Record<string, Readonly<Record<string, readonly unknown[]>>>> = {
  hello: {
    token: wrongForText,
    batch: [1, 'yes', []],
    resume: [1, 'yes', [], { session: 1 }, { session: 's', secret: 2 }, { session: 's', secret: 'x', received: -1 }],
  },
  pull: { id: [undefined, null, -1, ''], max: [undefined, null, -1, 1.5, '5'] },
  cancel: { id: [undefined, null, 1.5, {}] },
  subscribe: { id: [undefined, {}], topic: [undefined, 1, '', 'a..b', '>.a', 'a b', 'x'.repeat(257)] },
  received: { s: [undefined, -1, 'x'] },
  auth: { token: [undefined, null, 1] },
  ping: { at: [true, [], {}, 'x'.repeat(65)] },
};
const goodFrames: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  hello: { token: 't', batch: true, resume: { session: 's', secret: 'x', received: 0 } },
  pull: { id: 1, max: 10 },
  cancel: { id: 'a' },
  subscribe: { id: 1, topic: 'a.*.>' },
  received: { s: 0 },
  auth: { token: 't' },
  ping: { at: 1.5 },
  pong: { at: 'x' },
};

function rows<T>(table: Readonly<Record<string, readonly T[]>>): { field: string; value: T }[] {
  return Object.entries(table).flatMap(([field, values]) => values.map((value) => ({ field, value })));
}

describe('the grammar of events', () => {
  it.each(rows(badEventFields))('refuses $field as $value, naming the field and what was found', ({ field, value }) => {
    const problem = invalidEvent({ type: 'echo', [field]: value } as never);
    expect(problem).toMatch(new RegExp(`^expected ${field} to be .+, got .+`));
  });

  it.each(rows(goodEventFields))('takes $field as $value', ({ field, value }) => {
    expect(invalidEvent({ type: 'echo', [field]: value } as never)).toBeUndefined();
  });

  it.each(Object.keys(goodEventFields))('takes null for the optional field %s as if it were absent', (field) => {
    expect(invalidEvent({ type: 'echo', [field]: null } as never)).toBeUndefined();
  });

  it('ignores fields it does not know, and whatever is in data', () => {
    expect(invalidEvent({ type: 'echo', data: { id: -1 }, more: 1 } as never)).toBeUndefined();
  });

  it('does not repeat long or secret values in its answer', () => {
    expect(invalidEvent({ type: 'echo', id: 'x'.repeat(1000) })).toContain('got a string of 1000 characters');
  });

  it('knows what a type may be called', () => {
    for (const type of ['a', 'order.place', 'A-b_c.9', 'x'.repeat(128)]) expect(isTypeName(type)).toBe(true);
    for (const type of ['', 'a b', 'é', 'a/b', 'x'.repeat(129), 'a\n']) expect(isTypeName(type)).toBe(false);
  });

  it('tells ids from other values', () => {
    expect([isId(0), isId('0'), isId(-0)]).toEqual([true, true, true]);
    expect([isId(Number.NaN), isId(null), isId(1n)]).toEqual([false, false, false]);
  });
});

describe('the grammar of other frames', () => {
  it.each(Object.entries(badFrames).flatMap(([op, table]) => rows(table).map((row) => ({ op, ...row }))))(
    'refuses $op with $field as $value',
    ({ op, field, value }) => {
      const problem = invalidFrame({ ...goodFrames[op], op, [field]: value });
      expect(problem).toMatch(new RegExp(`^expected ${field}(\\.\\w+)? to be .+, got .+`));
    },
  );

  it.each(Object.entries(goodFrames).map(([op, fields]) => ({ op, fields })))('takes a whole $op', ({ op, fields }) => {
    expect(invalidFrame({ op, ...fields })).toBeUndefined();
  });

  it('has nothing to say about an op it does not know', () => {
    expect(invalidFrame({ op: 'nonsense', id: {} })).toBeUndefined();
  });
});
