import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Operation } from '../../src/client/operation.js';
import { OutboundQueue } from '../../src/client/outbound-queue.js';
import { levelOf, type Priority, priorities } from '../../src/protocol/priorities.js';
import { anOperation } from './recording-receiver.js';

function takeAll(queue: OutboundQueue): number[] {
  const ids: number[] = [];
  for (let first = queue.first; first !== undefined; first = queue.first) {
    ids.push(first.id);
    queue.remove(first);
  }
  return ids;
}

/** One that left as the `order`th. */
function left(id: number, order: number, parts: Parameters<typeof anOperation>[1] = {}) {
  const operation = anOperation(id, parts);
  operation.order = order;
  return operation;
}

describe('the queue of what waits to leave', () => {
  it('gives the most urgent first, and those of one priority in their order', () => {
    const queue = new OutboundQueue({ items: 10, bytes: 100 });
    const order: (Priority | undefined)[] = ['low', undefined, 'high', 'normal', 'critical', 'high', 'low'];
    order.forEach((priority, index) => {
      queue.push(anOperation(index, { priority }));
    });
    expect(takeAll(queue)).toEqual([4, 2, 5, 1, 3, 0, 6]);
    expect(queue.first).toBeUndefined();
  });

  it('gives what was under way before the rest, in the order it had', () => {
    const queue = new OutboundQueue({ items: 10, bytes: 100 });
    queue.push(anOperation(1, { priority: 'high' }));
    queue.pushAgain([left(3, 30, { priority: 'low' }), left(2, 31)]);
    expect(takeAll(queue)).toEqual([3, 2, 1]);
  });

  it('gives what comes again one by one, and not in its order, in the order it had', () => {
    const queue = new OutboundQueue({ items: 10, bytes: 100 });
    for (const place of [7, 9, 8, 3, 5]) queue.pushAgain([left(place, place)]);
    expect(takeAll(queue)).toEqual([3, 5, 7, 8, 9]);
  });

  it('gives critical ones first of all, and of them those that were under way', () => {
    const queue = new OutboundQueue({ items: 10, bytes: 100 });
    queue.push(anOperation(1, { priority: 'critical' }));
    queue.push(anOperation(2));
    expect(queue.firstCritical?.id).toBe(1);
    queue.pushAgain([3, 4, 5, 6].map((id) => left(id, id, { priority: id % 2 === 0 ? 'critical' : 'high' })));
    expect(queue.firstCritical?.id).toBe(4);
    expect(takeAll(queue)).toEqual([4, 6, 1, 3, 5, 2]);
    expect(queue.firstCritical).toBeUndefined();
  });

  it('has room up to both of its bounds, and no further', () => {
    const queue = new OutboundQueue({ items: 2, bytes: 10 });
    expect(queue.hasRoomFor(10)).toBe(true);
    expect(queue.hasRoomFor(11)).toBe(false);
    queue.push(anOperation(1, { bytes: 4 }));
    expect(queue.hasRoomFor(6)).toBe(true);
    expect(queue.hasRoomFor(7)).toBe(false);
    queue.push(anOperation(2, { bytes: 0 }));
    expect(queue.hasRoomFor(0)).toBe(false);
  });

  it('counts what waits elsewhere, until it is taken back', () => {
    const queue = new OutboundQueue({ items: 1, bytes: 10 });
    const operation = anOperation(1, { bytes: 5 });
    queue.setAside(operation);
    expect(queue).toMatchObject({ items: 1, bytes: 5, first: undefined });
    expect(queue.has(operation)).toBe(false);
    expect(queue.hasRoomFor(0)).toBe(false);
    queue.takeBack(operation);
    expect(queue).toMatchObject({ items: 0, bytes: 0 });
  });

  it('does what a list that is sorted again and again does', () => {
    const anyStep = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({ kind: fc.constant('push' as const), priority: anyPriority, bytes: fc.nat(9) }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constant('again' as const),
          bytes: fc.array(fc.nat(9), { maxLength: 4 }),
          isCritical: fc.boolean(),
        }),
      },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('shift' as const) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), pick: fc.nat(30) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('setAside' as const), pick: fc.nat(30) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('takeBack' as const), pick: fc.nat(30) }) },
    );
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 80, size: 'max' }), (steps) => {
        const both = new Both();
        for (const step of steps) {
          if (step.kind === 'push') both.push(step.priority, step.bytes);
          else if (step.kind === 'again') both.again(step.bytes, step.isCritical);
          else if (step.kind === 'shift') both.shift();
          else if (step.kind === 'remove') both.remove(step.pick);
          else if (step.kind === 'setAside') both.setAside(step.pick);
          else both.takeBack(step.pick);
          both.compare();
        }
        expect(takeAll(both.real)).toEqual(both.sorted().map(({ operation }) => operation.id));
      }),
      { seed: 6, numRuns: 120 },
    );
  });
});

const anyPriority = fc.constantFrom<Priority | undefined>(undefined, ...priorities);

interface Naive {
  readonly operation: Operation;
  readonly level: number;
}

/** Of those that go first of all, and of those that were under way. */
const criticalLevel = -2;
const againLevel = -1;

/** The real queue, and a list. */
class Both {
  readonly real = new OutboundQueue({ items: 12, bytes: 50 });
  readonly naive: Naive[] = [];
  readonly aside: Operation[] = [];
  #nextId = 1;

  push(priority: Priority | undefined, bytes: number): void {
    const operation = this.#make(bytes, priority);
    this.real.push(operation);
    this.naive.push({ operation, level: priority === 'critical' ? criticalLevel : levelOf[priority ?? 'normal'] });
  }

  /** As when a connection is lost; they had left before, in any order. */
  again(bytes: readonly number[], isCritical: boolean): void {
    const operations = bytes.map((count, index) => {
      const operation = this.#make(count, isCritical ? 'critical' : undefined);
      // Each has one of its own, before and behind those of other times.
      operation.order = 1 + ((operation.id * 7919) % 1009) + index / 10;
      return operation;
    });
    this.real.pushAgain(operations);
    const level = isCritical ? criticalLevel : againLevel;
    this.naive.push(...operations.map((operation) => ({ operation, level })));
  }

  shift(): void {
    const [first] = this.sorted();
    if (first !== undefined) this.remove(this.naive.indexOf(first));
  }

  remove(pick: number): Operation | undefined {
    if (this.naive.length === 0 || pick < 0) return undefined;
    const [{ operation }] = this.naive.splice(pick % this.naive.length, 1) as [Naive];
    expect(this.real.has(operation)).toBe(true);
    this.real.remove(operation);
    expect(this.real.has(operation)).toBe(false);
    return operation;
  }

  setAside(pick: number): void {
    const operation = this.remove(pick);
    if (operation === undefined) return;
    this.real.setAside(operation);
    this.aside.push(operation);
  }

  takeBack(pick: number): void {
    const [operation] = this.aside.splice(pick % Math.max(1, this.aside.length), 1);
    if (operation !== undefined) this.real.takeBack(operation);
  }

  /** A sort keeps the order of equals. */
  sorted(): Naive[] {
    const place = ({ operation }: Naive) => operation.order || Number.MAX_VALUE;
    return [...this.naive].sort((a, b) => a.level - b.level || place(a) - place(b));
  }

  compare(): void {
    const all = [...this.naive.map(({ operation }) => operation), ...this.aside];
    const bytes = all.reduce((sum, operation) => sum + operation.bytes, 0);
    expect(this.real.firstCritical?.id).toBe(this.sorted().find(({ level }) => level === criticalLevel)?.operation.id);
    expect(this.real.first?.id).toBe(this.sorted()[0]?.operation.id);
    expect(this.real.items).toBe(all.length);
    expect(this.real.bytes).toBe(bytes);
    expect(this.real.hasRoomFor(3)).toBe(all.length < 12 && bytes + 3 <= 50);
  }

  #make(bytes: number, priority: Priority | undefined): Operation {
    const operation = anOperation(this.#nextId, { bytes, priority });
    this.#nextId += 1;
    return operation;
  }
}
