import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimerWheel, type WheelItem } from '../../src/collections/timer-wheel.js';
import { TestClock } from '../support/test-clock.js';

class Item implements WheelItem<Item> {
  dueAtMs: number;
  wheelSlot = -1;
  wheelPrevious: Item | undefined = undefined;
  wheelNext: Item | undefined = undefined;

  constructor(dueAtMs: number) {
    this.dueAtMs = dueAtMs;
  }
}

function testWheel(): { clock: TestClock; wheel: TimerWheel<Item>; due: Item[] } {
  const clock = new TestClock(1_000_000);
  const due: Item[] = [];
  const wheel = new TimerWheel<Item>({ tickMs: 10, clock, onDue: (item) => due.push(item) });
  return { clock, wheel, due };
}

describe('the timer wheel', () => {
  it('calls an item due within a tick of its time, and never before it', () => {
    const { clock, wheel, due } = testWheel();
    const item = new Item(clock.nowMs() + 35);
    wheel.add(item);
    clock.advance(34);
    expect(due).toEqual([]);
    clock.advance(16);
    expect(due).toEqual([item]);
    expect(wheel.size).toBe(0);
  });

  it('keeps items that are due after many turns', () => {
    const { clock, wheel, due } = testWheel();
    wheel.add(new Item(clock.nowMs() + 60_000));
    clock.advance(59_990);
    expect(due).toHaveLength(0);
    clock.advance(30);
    expect(due).toHaveLength(1);
  });

  it('notices a due time that was raised', () => {
    const { clock, wheel, due } = testWheel();
    const item = new Item(clock.nowMs() + 20);
    wheel.add(item);
    item.dueAtMs += 1000;
    clock.advance(500);
    expect(due).toEqual([]);
    clock.advance(600);
    expect(due).toEqual([item]);
  });

  it('catches up on everything after the loop stood still', () => {
    const { clock, wheel, due } = testWheel();
    for (let ms = 0; ms < 20_000; ms += 100) wheel.add(new Item(clock.nowMs() + ms));
    clock.jump(30_000);
    clock.advance(10);
    expect(due).toHaveLength(200);
  });

  it('lets an item be added again, or another removed, while due items are called', () => {
    const clock = new TestClock(0);
    const called: string[] = [];
    const second = new Item(10);
    const wheel: TimerWheel<Item> = new TimerWheel<Item>({
      tickMs: 10,
      clock,
      onDue(item) {
        called.push(item === second ? 'second' : 'first');
        wheel.remove(second);
        if (called.length < 3) {
          item.dueAtMs += 10;
          wheel.add(item);
        }
      },
    });
    wheel.add(second);
    wheel.add(new Item(10));
    clock.advance(100);
    expect(called).toEqual(['first', 'first', 'first']);
  });

  it('has no timer while it is empty, and none after it was closed', () => {
    const { clock, wheel } = testWheel();
    expect(clock.timers).toBe(0);
    const item = new Item(clock.nowMs() + 100);
    wheel.add(item);
    expect(clock.timers).toBe(1);
    wheel.remove(item);
    wheel.remove(item);
    clock.advance(20);
    expect(clock.timers).toBe(0);
    wheel.add(item);
    wheel.close();
    expect(clock.timers).toBe(0);
  });

  it('agrees with a sorted list whatever is added, removed and waited', () => {
    const step = fc.oneof(
      fc.record({ add: fc.integer({ min: 0, max: 12_000 }) }),
      fc.record({ remove: fc.nat(50) }),
      fc.record({ waitMs: fc.integer({ min: 1, max: 7000 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { clock, wheel, due } = testWheel();
        const waiting = new Set<Item>();
        for (const each of steps) {
          if ('add' in each) {
            const item = new Item(clock.nowMs() + each.add);
            waiting.add(item);
            wheel.add(item);
          } else if ('remove' in each) {
            const item = [...waiting][each.remove];
            if (item !== undefined) wheel.remove(item);
            if (item !== undefined) waiting.delete(item);
          } else {
            due.length = 0;
            clock.advance(each.waitMs);
            const nowMs = clock.nowMs();
            for (const item of due) {
              expect(item.dueAtMs).toBeLessThanOrEqual(nowMs);
              expect(waiting.delete(item)).toBe(true);
            }
            for (const item of waiting) expect(item.dueAtMs).toBeGreaterThan(nowMs - 20);
          }
          expect(wheel.size).toBe(waiting.size);
        }
      }),
    );
  });
});
