import { describe, expect, it } from 'vitest';
import type { Encoding } from '../../../load/client/order.js';
import { DeliveryChecker } from '../../../load/fanout/delivery-checker.js';
import { noDeliveryFaults } from '../../../load/fanout/fanout-order.js';
import { message, messageFrame, offsets } from './frames.js';

/** A checker of one subscriber, and what came to it. */
function checking(encoding: Encoding) {
  const sink = {
    faults: noDeliveryFaults(),
    parsed: 0,
    notes: [] as string[],
    came: [] as number[],
    note: (fault: string) => void sink.notes.push(fault),
    delivered: (_: number, offset: number) => void sink.came.push(offset),
  };
  let subscriptions = 0;
  const onSubscribed = (): void => {
    subscriptions += 1;
  };
  const checker = new DeliveryChecker(sink, { encoding, topic: 0, topics: 1, onSubscribed });
  // Somewhere inside a larger buffer, as bytes of a socket are.
  const take = (frames: readonly object[], isArray?: boolean): void => {
    const bytes = message(frames, encoding, isArray);
    const chunk = Buffer.concat([Buffer.from('[{before'), bytes, Buffer.from('}]behind')]);
    checker.message(chunk, 8, 8 + bytes.length);
  };
  return { sink, take, checker, subscriptions: () => subscriptions };
}

function framesOf(all: readonly number[]): object[] {
  return all.map((offset) => messageFrame(offset));
}

describe.each(['json', 'msgpack'] as const)('the checker of deliveries in %s', (encoding) => {
  it('takes offsets of every length, and decodes the first message and one in 1024', () => {
    const { sink, take } = checking(encoding);
    for (const offset of offsets(1, 70_000)) take(framesOf([offset]));
    expect(sink.faults).toEqual(noDeliveryFaults());
    expect(sink.came).toHaveLength(70_000);
    expect(sink.came.at(-1)).toBe(70_000);
    expect(sink.parsed).toBe(1 + Math.floor(70_000 / 1024));
  });

  it.each([2, 8, 16, 64, 255])('takes arrays of %i', (size) => {
    const { sink, take } = checking(encoding);
    const last = size * 40;
    for (let first = 1; first < last; first += size) take(framesOf(offsets(first, first + size - 1)));
    expect(sink.faults).toEqual(noDeliveryFaults());
    expect(sink.came).toEqual(offsets(1, last));
    expect(sink.parsed).toBeLessThanOrEqual(1 + Math.ceil(last / 1024));
  });

  it('takes arrays and single messages in turn, whichever is first', () => {
    for (const isArray of [false, true]) {
      const { sink, take } = checking(encoding);
      take(framesOf([1]), isArray);
      take(framesOf([2]), !isArray);
      take(framesOf([3, 4, 5]));
      take(framesOf([6]), isArray);
      expect(sink.faults).toEqual(noDeliveryFaults());
      expect(sink.came).toEqual([1, 2, 3, 4, 5, 6]);
      expect(sink.parsed).toBe(1);
    }
  });

  it.each([
    { fault: 'a hole', got: [1, 2, 3, 6, 7], found: { missing: 2 } },
    { fault: 'a hole at the beginning', got: [2, 3], found: { missing: 1 } },
    { fault: 'a duplicate', got: [1, 2, 3, 3, 4], found: { duplicate: 1 } },
    { fault: 'an old duplicate', got: [1, 2, 3, 4, 1, 5], found: { duplicate: 1 } },
    { fault: 'two that are swapped', got: [1, 2, 4, 3, 5], found: { late: 1 } },
    { fault: 'a swap of which one comes twice', got: [1, 3, 2, 2, 4], found: { late: 1, duplicate: 1 } },
  ])('finds $fault', ({ got, found }) => {
    const singles = checking(encoding);
    for (const offset of got) singles.take(framesOf([offset]));
    expect(singles.sink.faults).toEqual({ ...noDeliveryFaults(), ...found });
    expect(singles.sink.notes[0]).toMatch(/bench\.00000: expected offset \d+, got \d+/);
    const array = checking(encoding);
    array.take(framesOf(got));
    array.take(framesOf(got.map((offset) => offset + 10)));
    expect(array.sink.faults.missing).toBeGreaterThan(0);
  });

  it('finds what is out of turn inside an array whose shape is known', () => {
    for (const [got, found] of [
      [[4, 5, 7], { missing: 1 }],
      [[4, 4, 5], { duplicate: 1 }],
      [[5, 4, 6], { late: 1 }],
    ] as const) {
      const { sink, take } = checking(encoding);
      take(framesOf([1, 2, 3]));
      take(framesOf(got));
      expect(sink.faults).toEqual({ ...noDeliveryFaults(), ...found });
      expect(sink.parsed).toBe(1);
    }
  });

  it('finds other data and another topic where it decodes', () => {
    const { sink, take } = checking(encoding);
    take([{ ...messageFrame(1), data: messageFrame(2).data }]);
    take([messageFrame(2, 1, 2)]);
    expect(sink.faults.wrong).toBe(1);
    const longer = { ...messageFrame(3), data: { seq: 3 } };
    take([longer]);
    expect(sink.faults.wrong).toBe(2);
  });

  it('counts what a gap announces, and goes on behind it', () => {
    const { sink, take } = checking(encoding);
    take(framesOf([1, 2]));
    take([{ op: 'gap', topic: 'bench.00000', from: 3, to: 5, count: 3, reason: 'dropped' }, messageFrame(6)]);
    take(framesOf([7]));
    expect(sink.faults).toEqual({ ...noDeliveryFaults(), gaps: 3 });
    expect(sink.came).toEqual(offsets(1, 7));
  });

  it('takes frames of other kinds between messages', () => {
    const { sink, take, subscriptions } = checking(encoding);
    take([{ op: 'welcome', credit: 1 }]);
    take([{ op: 'subscribed', id: 1, epoch: 'e', offset: 0, recovered: false }]);
    expect(subscriptions()).toBe(1);
    take(framesOf([1, 2]));
    take([messageFrame(3), { op: 'ping' }, messageFrame(4)]);
    expect(sink.faults).toEqual(noDeliveryFaults());
    expect(sink.came).toEqual([1, 2, 3, 4]);
    take([{ op: 'error', code: 'permission_denied' }]);
    take([{ op: 'end', id: 1 }]);
    expect(sink.faults).toEqual({ ...noDeliveryFaults(), refused: 1, wrong: 1 });
  });

  it('counts bytes that do not decode', () => {
    const { sink, checker } = checking(encoding);
    checker.message(Buffer.from('{"op":\xc1'), 0, 7);
    expect(sink.faults.undecodable).toBe(1);
  });
});
