import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FairQueue } from '../../src/collections/fair-queue.js';
import { FairItem } from '../support/fair-item.js';

const passesMax = [0, 4, 16, 64];
const nothing = (): undefined => undefined;

function queueOf(...items: FairItem[]): FairQueue<FairItem> {
  const queue = new FairQueue<FairItem>({ passesMax });
  for (const item of items) queue.offer(item);
  return queue;
}

function shedNames(queue: FairQueue<FairItem>, keep: number, levelMin = 0): number[] {
  const names: number[] = [];
  queue.shed(keep, levelMin, ({ name }) => names.push(name));
  return names;
}

function items(names: readonly number[], fields: ConstructorParameters<typeof FairItem>[1]): FairItem[] {
  return names.map((name) => new FairItem(name, fields));
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

describe('shedding of the fair queue', () => {
  it('takes from the least urgent level first, and nothing that is more urgent than it may', () => {
    const queue = queueOf(...range(0, 8).map((name) => new FairItem(name, { level: name % 4 })));
    expect(shedNames(queue, 5)).toEqual([7, 3, 6]);
    expect(shedNames(queue, 0, 2)).toEqual([2]);
    expect(range(0, 4).map((level) => queue.sizeOf(level))).toEqual([2, 2, 0, 0]);
    expect(shedNames(queue, 0, 4)).toEqual([]);
  });

  it('takes from a flow with few items only when the others are down to as many', () => {
    const anyLengths = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(anyLengths, fc.nat(200), (lengths, keep) => {
        const queue = queueOf(...lengths.flatMap((n, flow) => items(range(0, n), { flow: `f${flow}` })));
        const before = queue.size;
        const left = [...lengths];
        const count = queue.shed(keep, 0, ({ flow }) => {
          left[Number(flow.slice(1))] = (left[Number(flow.slice(1))] as number) - 1;
        });
        expect(count).toBe(Math.max(0, before - keep));
        const longest = Math.max(...left);
        for (const [flow, length] of lengths.entries()) {
          if ((left[flow] as number) < length) expect(left[flow]).toBeGreaterThanOrEqual(longest - 1);
        }
      }),
    );
  });

  it('takes the newest of a flow, or where the newest go first the oldest of the kind there are more of', () => {
    const mixed = () => [...items([1, 2, 3, 4], { isOrdered: false }), ...items([5, 6], { isOrdered: true })];
    expect(shedNames(queueOf(...mixed()), 2)).toEqual([6, 5, 4, 3]);
    const queue = queueOf(...mixed());
    queue.newestFirst = true;
    expect(shedNames(queue, 1)).toEqual([1, 2, 3, 6, 4]);
    expect(queue.take()?.name).toBe(5);
  });

  it('takes the newest of a serial, those parked before the one that stands in line, and lets the others follow', () => {
    const queue = queueOf(...items([1, 2, 3, 4], { serial: 'k' }), ...items([5], { serial: 'l' }));
    const first = queue.take() as FairItem;
    expect(shedNames(queue, 1)).toEqual([5, 4, 3]);
    expect(queue.take()).toBeUndefined();
    queue.release(first);
    expect(queue.take()?.name).toBe(2);
  });

  it('keeps an item as long as a newer one of its serial, in a level that is not shed, waits', () => {
    const queue = queueOf(
      ...items([1], { level: 3, serial: 'k' }),
      ...items([2], { level: 1, serial: 'k' }),
      ...items([3, 4], { level: 3, serial: 'l' }),
    );
    expect(shedNames(queue, 0, 2)).toEqual([4, 3]);
    expect(queue.size).toBe(2);
  });

  it('leaves of every serial the oldest, whatever is taken, released and shed', () => {
    const anyItem = fc.record({ level: fc.nat(3), flow: fc.constantFrom('a', 'b'), serial: fc.constantFrom('k', 'l') });
    const anySteps = fc.array(fc.tuple(fc.array(anyItem, { maxLength: 12 }), fc.nat(4), fc.nat(20), fc.nat(3)));
    fc.assert(
      fc.property(anySteps, (steps) => {
        const queue = queueOf();
        const waiting = new Set<FairItem>();
        for (const [offered, takes, keep, levelMin] of steps) {
          for (const fields of offered) {
            const item = new FairItem(waiting.size, fields);
            waiting.add(item);
            queue.offer(item);
          }
          for (let i = 0; i < takes; i += 1) {
            const item = queue.take();
            if (item === undefined) break;
            waiting.delete(item);
            queue.release(item);
          }
          const shed: FairItem[] = [];
          queue.shed(keep, levelMin, (item) => shed.push(item));
          for (const item of shed) waiting.delete(item);
          for (const gone of shed) {
            for (const item of waiting) {
              if (item.flow !== gone.flow || item.serial !== gone.serial) continue;
              expect(item.queueSequence).toBeLessThan(gone.queueSequence);
            }
          }
          expect(queue.size).toBe(waiting.size);
        }
      }),
    );
  });

  it('has taken out all that goes before it tells of any, so that who is told may offer and remove', () => {
    const [kept, ...rest] = items(range(0, 10), { isOrdered: false }) as [FairItem, ...FairItem[]];
    const queue = queueOf(kept, ...rest);
    const sizes: number[] = [];
    const count = queue.shed(3, 0, (item) => {
      sizes.push(queue.size);
      expect(queue.remove(item)).toBe(false);
      queue.offer(item);
      if (item.name === 9) expect(queue.remove(kept)).toBe(true);
    });
    expect(count).toBe(7);
    expect(sizes).toEqual([3, 3, 4, 5, 6, 7, 8]);
    expect(queue.size).toBe(9);
    expect(queue.shed(0, 0, nothing)).toBe(9);
    expect([queue.size, queue.flows]).toEqual([0, 0]);
  });
});
