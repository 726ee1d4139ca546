import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimerWheel, type WheelItem, type WheelTurn } from '../../src/collections/timer-wheel.js';
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

/** Turns that end when the test says so. */
class TestTurn implements WheelTurn {
  end: () => void = () => undefined;

  now(): number {
    return 0;
  }

  onEnd(callback: () => void): void {
    this.end = callback;
  }
}

/** A wheel whose `add` ends the turn at once, unless the test ends it. */
function testWheel() {
  const clock = new TestClock(1_000_000);
  const turn = new TestTurn();
  const due: Item[] = [];
  const wheel = new TimerWheel<Item>({ tickMs: 10, clock, turn, onDue: (item) => due.push(item) });
  const add = (item: Item): void => {
    wheel.add(item);
    turn.end();
  };
  return { clock, turn, wheel, due, add };
}

describe('the timer wheel', () => {
  it('calls an item due within a tick of its time, and never before it', () => {
    const { clock, wheel, due, add } = testWheel();
    const item = new Item(clock.nowMs() + 35);
    add(item);
    clock.advance(34);
    expect(due).toEqual([]);
    clock.advance(16);
    expect(due).toEqual([item]);
    expect(wheel.size).toBe(0);
  });

  it('keeps items that are due after many turns', () => {
    const { clock, due, add } = testWheel();
    add(new Item(clock.nowMs() + 60_000));
    clock.advance(59_990);
    expect(due).toHaveLength(0);
    clock.advance(30);
    expect(due).toHaveLength(1);
  });

  it('notices a due time that was raised', () => {
    const { clock, due, add } = testWheel();
    const item = new Item(clock.nowMs() + 20);
    add(item);
    item.dueAtMs += 1000;
    clock.advance(500);
    expect(due).toEqual([]);
    clock.advance(600);
    expect(due).toEqual([item]);
  });

  it('catches up on everything after the loop stood still', () => {
    const { clock, due, add } = testWheel();
    for (let ms = 0; ms < 20_000; ms += 100) add(new Item(clock.nowMs() + ms));
    clock.jump(30_000);
    clock.advance(10);
    expect(due).toHaveLength(200);
  });

  it('lets an item be added again, or another removed, while due items are called', () => {
    const clock = new TestClock(0);
    const called: string[] = [];
    const second = new Item(10);
    const turn = new TestTurn();
    const add = (item: Item): void => {
      wheel.add(item);
      turn.end();
    };
    const wheel: TimerWheel<Item> = new TimerWheel<Item>({
      tickMs: 10,
      clock,
      turn,
      onDue(item) {
        called.push(item === second ? 'second' : 'first');
        wheel.remove(second);
        if (called.length < 3) {
          item.dueAtMs += 10;
          add(item);
        }
      },
    });
    add(second);
    add(new Item(10));
    clock.advance(100);
    expect(called).toEqual(['first', 'first', 'first']);
  });

  it('has no timer while it is empty, and none after it was closed', () => {
    const { clock, wheel, add } = testWheel();
    expect(clock.timers).toBe(0);
    const item = new Item(clock.nowMs() + 100);
    add(item);
    expect(clock.timers).toBe(1);
    wheel.remove(item);
    wheel.remove(item);
    clock.advance(20);
    expect(clock.timers).toBe(0);
    add(item);
    wheel.close();
    expect(clock.timers).toBe(0);
  });

  it('takes nothing in before the turn ends, and nothing that was removed until then', () => {
    const { clock, turn, wheel, due } = testWheel();
    const [kept, removed, back] = [new Item(clock.nowMs()), new Item(clock.nowMs()), new Item(clock.nowMs())];
    for (const item of [kept, removed, back]) wheel.add(item);
    wheel.remove(removed);
    wheel.remove(back);
    wheel.add(back);
    expect([wheel.size, clock.timers]).toEqual([0, 0]);
    expect([kept, removed, back].map((item) => TimerWheel.has(item))).toEqual([true, false, true]);
    turn.end();
    expect(wheel.size).toBe(2);
    clock.advance(20);
    expect(new Set(due)).toEqual(new Set([kept, back]));
  });

  it('agrees with a sorted list whatever is added, removed and waited', () => {
    const step = fc.oneof(
      fc.record({ add: fc.integer({ min: 0, max: 12_000 }) }),
      fc.record({ remove: fc.nat(50) }),
      fc.record({ waitMs: fc.integer({ min: 1, max: 7000 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { clock, turn, wheel, due } = testWheel();
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
            turn.end();
            expect(wheel.size).toBe(waiting.size);
            clock.advance(each.waitMs);
            const nowMs = clock.nowMs();
            for (const item of due) {
              expect(item.dueAtMs).toBeLessThanOrEqual(nowMs);
              expect(waiting.delete(item)).toBe(true);
            }
            for (const item of waiting) expect(item.dueAtMs).toBeGreaterThan(nowMs - 20);
          }
          for (const item of waiting) expect(TimerWheel.has(item)).toBe(true);
        }
      }),
    );
  });
});
