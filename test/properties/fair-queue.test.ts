import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FairQueue } from '../../src/collections/fair-queue.js';
import { FairItem as Item, type FairItemFields as ItemFields } from '../support/fair-item.js';
import { type NaiveItem, NaiveQueue } from '../support/naive-queue.js';

const passesMax = [0, 4, 16, 64];

const manyFlows: fc.Arbitrary<ItemFields> = fc.record({
  level: fc.nat(3),
  flow: fc.constantFrom('a', 'b', 'c'),
  group: fc.nat(1),
  serial: fc.option(fc.constantFrom('k', 'l'), { nil: undefined }),
  isOrdered: fc.boolean(),
  cost: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 17 })),
});

/** Items that get in each other's way: one flow, two serials, two levels. */
const fewFlows: fc.Arbitrary<ItemFields> = fc.record({
  level: fc.integer({ min: 2, max: 3 }),
  flow: fc.constant('a'),
  group: fc.constant(0),
  serial: fc.constantFrom('k', 'k', 'l', undefined, undefined),
  isOrdered: fc.boolean(),
  cost: fc.constant(1),
});

function anySteps(fields: fc.Arbitrary<ItemFields>) {
  const anyStep = fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('offer' as const), fields }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('take' as const) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('release' as const), pick: fc.nat(20) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), pick: fc.nat(20) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('replace' as const), fields }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('seize' as const), pick: fc.nat(20) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('prefer' as const), newestFirst: fc.boolean() }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('shed' as const), keep: fc.nat(9), levelMin: fc.nat(3) }),
    },
  );
  return fc.array(anyStep, { maxLength: 150, size: 'max' });
}

/** The real queue and the oracle, moved together. */
class Both {
  readonly real = new FairQueue<Item>({ passesMax });
  readonly naive = new NaiveQueue(passesMax);
  readonly waiting = new Map<Item, NaiveItem>();
  held: [Item, NaiveItem][] = [];
  released: [Item, NaiveItem][] = [];
  #names = 0;

  offer(fields: ItemFields): Item {
    const [item, naive] = this.#make(fields);
    this.real.offer(item);
    this.naive.offer(naive);
    this.waiting.set(item, naive);
    return item;
  }

  take(): Item | undefined {
    const item = this.real.take();
    const naive = this.naive.take();
    expect(item?.name).toBe(naive?.name);
    if (item === undefined || naive === undefined) return undefined;
    this.waiting.delete(item);
    this.held.push([item, naive]);
    return item;
  }

  release(pick: number): void {
    const pair = this.held.splice(pick % Math.max(1, this.held.length), 1)[0];
    if (pair === undefined) return;
    this.real.release(pair[0]);
    this.naive.release(pair[1]);
    this.released.push(pair);
  }

  seize(pick: number): void {
    const pair = this.released.splice(pick % Math.max(1, this.released.length), 1)[0];
    if (pair === undefined) return;
    this.real.seize(pair[0]);
    this.naive.seize(pair[1]);
    this.held.push(pair);
  }

  remove(pick: number): void {
    const pair = [...this.waiting][pick % Math.max(1, this.waiting.size)];
    if (pair === undefined) return;
    expect(this.real.remove(pair[0])).toBe(true);
    expect(this.real.remove(pair[0])).toBe(false);
    this.naive.remove(pair[1]);
    this.waiting.delete(pair[0]);
  }

  replace(fields: ItemFields): void {
    if (fields.serial === undefined) return;
    const [item, naive] = this.#make(fields);
    const old = this.real.lastWaiting(item.flow, item.group, fields.serial);
    const naiveOld = this.naive.replaceLast(naive);
    expect(old?.name).toBe(naiveOld?.name);
    if (old === undefined) return;
    this.real.replace(old, item);
    this.waiting.delete(old);
    this.waiting.set(item, naive);
  }

  prefer(newestFirst: boolean): void {
    this.real.newestFirst = newestFirst;
    this.naive.newestFirst = newestFirst;
  }

  shed(keep: number, levelMin: number): void {
    const shed: Item[] = [];
    const count = this.real.shed(keep, levelMin, (item) => shed.push(item));
    expect(shed.map(({ name }) => name)).toEqual(this.naive.shed(keep, levelMin).map(({ name }) => name));
    expect(count).toBe(shed.length);
    for (const item of shed) this.waiting.delete(item);
  }

  expectSizes(): void {
    expect(this.real.size).toBe(this.waiting.size);
    for (const level of passesMax.keys()) {
      expect(this.real.sizeOf(level)).toBe(this.naive.waiting.filter((item) => item.level === level).length);
    }
  }

  #make(fields: ItemFields): [Item, NaiveItem] {
    this.#names += 1;
    const naive = { ...fields, name: this.#names, sequence: 0, releasedAt: 0, isParked: false };
    return [new Item(this.#names, fields), naive];
  }
}

describe('the fair queue', () => {
  it.each([
    { title: 'many flows', fields: manyFlows },
    { title: 'serials that cross', fields: fewFlows },
  ])('does what the naive queue does with $title, whatever happens, and is empty at the end', ({ fields }) => {
    fc.assert(
      fc.property(anySteps(fields), (steps) => {
        const both = new Both();
        for (const step of steps) {
          if (step.kind === 'offer') both.offer(step.fields);
          else if (step.kind === 'take') both.take();
          else if (step.kind === 'replace') both.replace(step.fields);
          else if (step.kind === 'prefer') both.prefer(step.newestFirst);
          else if (step.kind === 'shed') both.shed(step.keep, step.levelMin);
          else both[step.kind](step.pick);
          both.expectSizes();
        }
        while (both.held.length > 0 || both.waiting.size > 0) {
          while (both.take() !== undefined);
          while (both.held.length > 0) both.release(0);
        }
        expect(both.real.size).toBe(0);
        expect(both.real.flows).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  it('passes no level over more often than its bound, and one more for each less urgent level', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ level: fc.nat(3), count: fc.integer({ min: 1, max: 90 }) })), (bursts) => {
        const queue = new FairQueue<Item>({ passesMax });
        const waiting = [0, 0, 0, 0];
        const passed = [0, 0, 0, 0];
        const take = (): void => {
          const item = queue.take();
          if (item === undefined) return;
          waiting[item.level] = (waiting[item.level] as number) - 1;
          for (const level of passed.keys()) {
            passed[level] = level === item.level || waiting[level] === 0 ? 0 : (passed[level] as number) + 1;
            if (level > 0) expect(passed[level]).toBeLessThanOrEqual((passesMax[level] as number) + 3 - level);
          }
        };
        for (const [index, { level, count }] of bursts.entries()) {
          for (let i = 0; i < count; i += 1) {
            queue.offer(new Item(i, { level, flow: `f${i % 3}` }));
          }
          waiting[level] = (waiting[level] as number) + count;
          for (let i = 0; i < index * 7; i += 1) take();
        }
        while (queue.size > 0) take();
      }),
    );
  });

  it('gives every flow of a level the same share of the cost, to within one item', () => {
    const anyFlow = fc.record({ cost: fc.integer({ min: 1, max: 17 }), items: fc.integer({ min: 50, max: 200 }) });
    fc.assert(
      fc.property(fc.array(anyFlow, { minLength: 2, maxLength: 8 }), (flows) => {
        const queue = new FairQueue<Item>({ passesMax });
        const left = flows.map(({ items }) => items);
        const served = flows.map(() => 0);
        for (const [index, { cost, items }] of flows.entries()) {
          for (let i = 0; i < items; i += 1) {
            queue.offer(new Item(index, { flow: `f${index}`, cost }));
          }
        }
        while (left.every((items) => items > 0)) {
          const item = queue.take() as Item;
          left[item.name] = (left[item.name] as number) - 1;
          served[item.name] = (served[item.name] as number) + item.cost;
          expect(Math.max(...served) - Math.min(...served)).toBeLessThanOrEqual(17 + 1);
        }
      }),
    );
  });

  it('lets out one item of a serial at a time, in order of arrival, while others pass by', () => {
    const queue = new FairQueue<Item>({ passesMax });
    const keyed = (name: number, level: number) => new Item(name, { level, serial: 'k' });
    const first = keyed(1, 3);
    const second = keyed(2, 0);
    queue.offer(first);
    queue.offer(second);
    queue.offer(new Item(3, { level: 3, serial: 'other' }));
    queue.offer(new Item(4, { level: 3, flow: 'b', serial: 'k' }));
    expect([queue.take()?.name, queue.take()?.name, queue.take()?.name]).toEqual([1, 4, 3]);
    expect(queue.take()).toBeUndefined();
    queue.release(first);
    expect(queue.take()).toBe(second);
  });

  it('keeps a flow from being starved by its own serials', () => {
    const queue = new FairQueue<Item>({ passesMax });
    for (let i = 0; i < 10; i += 1) queue.offer(new Item(i, { serial: 'k' }));
    queue.offer(new Item(100));
    for (let i = 10; i < 20; i += 1) queue.offer(new Item(i, { serial: 'k' }));
    const order: number[] = [];
    for (let i = 0; i < 12; i += 1) {
      const item = queue.take() as Item;
      order.push(item.name);
      queue.release(item);
    }
    expect(order.indexOf(100)).toBe(10);
  });

  it('serves the newest loose item where it would serve one, and leaves levels, flows and ordered items their turns', () => {
    const anyItem = fc.record({ level: fc.nat(3), flow: fc.constantFrom('a', 'b', 'c'), isOrdered: fc.boolean() });
    fc.assert(
      fc.property(fc.array(anyItem, { maxLength: 80 }), (fields) => {
        const queues = [new FairQueue<Item>({ passesMax }), new FairQueue<Item>({ passesMax })] as const;
        queues[1].newestFirst = true;
        for (const queue of queues) for (const [name, each] of fields.entries()) queue.offer(new Item(name, each));
        let left = fields.map((each, name) => ({ ...each, name }));
        for (let expected = queues[0].take(); expected !== undefined; expected = queues[0].take()) {
          const { level, flow, isOrdered, name } = queues[1].take() as Item;
          expect([level, flow]).toEqual([expected.level, expected.flow]);
          const alike = left.filter((one) => one.level === level && one.flow === flow && one.isOrdered === isOrdered);
          expect(name).toBe(alike.at(isOrdered ? 0 : -1)?.name);
          left = left.filter((one) => one.name !== name);
        }
        expect(queues[1].take()).toBeUndefined();
      }),
    );
  });

  it('starves no ordered item by loose ones that keep coming, the newest of which go first', () => {
    const queue = new FairQueue<Item>({ passesMax });
    queue.newestFirst = true;
    queue.offer(new Item(0, { isOrdered: false }));
    for (let name = 1; name <= 5; name += 1) queue.offer(new Item(name));
    const order: (number | undefined)[] = [];
    for (let name = 100; name < 110; name += 1) {
      queue.offer(new Item(name, { isOrdered: false }));
      order.push(queue.take()?.name);
    }
    expect(order).toEqual([100, 1, 102, 2, 104, 3, 106, 4, 108, 5]);
  });

  it('says how many takes of a level come before a new item: never too few, and exactly for a flow with nothing', () => {
    const anyItem = fc.record({ level: fc.nat(2), flow: fc.constantFrom('a', 'b', 'c', 'd') });
    const anyCase = fc.tuple(fc.array(anyItem, { maxLength: 60 }), fc.nat(40), anyItem);
    fc.assert(
      fc.property(anyCase, ([standing, takes, { level, flow }]) => {
        const both = new Both();
        const rest = { group: 0, serial: undefined, isOrdered: true, cost: 1 };
        for (const fields of standing) both.offer({ ...fields, ...rest });
        for (let i = 0; i < takes; i += 1) both.take();
        const lengths = new Map<string, number>();
        for (const other of both.naive.waiting) {
          if (other.level === level) lengths.set(other.flow, (lengths.get(other.flow) ?? 0) + 1);
        }
        const own = lengths.get(flow) ?? 0;
        const ahead = both.real.ahead(flow, level);
        const fresh = both.offer({ level, flow, ...rest });
        let needed = 0;
        for (let item = both.take(); item !== fresh; item = both.take()) if (item?.level === level) needed += 1;
        expect(ahead).toBeGreaterThanOrEqual(needed);
        if (own === 0) expect(ahead).toBe(needed);
        else if (Math.min(...lengths.values()) >= own) expect(ahead - needed).toBeLessThan(lengths.size);
      }),
      { numRuns: 1000 },
    );
  });
});
