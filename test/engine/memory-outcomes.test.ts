import { describe, expect, it } from 'vitest';
import type { RecordedOutcome } from '../../src/engine/engine.js';
import { MemoryOutcomes } from '../../src/engine/memory-outcomes.js';
import { TestClock } from '../support/test-clock.js';

function outcomesOf(fields: { entriesMax?: number; bytesMax?: number; ms?: number } = {}) {
  const clock = new TestClock();
  return { clock, outcomes: new MemoryOutcomes({ clock, entriesMax: 1000, bytesMax: 1_000_000, ms: 1000, ...fields }) };
}

const value: RecordedOutcome = { value: 1, items: -1 };

describe('the outcomes in memory', () => {
  it('let what is over go when others come, faster than these come', () => {
    const { clock, outcomes } = outcomesOf();
    const finish = (key: string) => {
      outcomes.claim(key, 'x');
      outcomes.complete(key, value);
    };
    for (let i = 0; i < 100; i += 1) finish(`a${i}`);
    expect(outcomes.size).toBe(100);
    clock.advance(1000);
    for (let i = 0; i < 50; i += 1) finish(`b${i}`);
    expect(outcomes.size).toBe(50);
    for (let i = 0; i < 50; i += 1) expect(outcomes.claim(`b${i}`, 'x').state).toBe('done');
  });

  it('are never more than they may be, while one of them is done', () => {
    const { outcomes } = outcomesOf({ entriesMax: 10 });
    for (let i = 0; i < 50; i += 1) {
      outcomes.claim(`${i}`, 'x');
      expect(outcomes.size).toBe(Math.min(i + 1, 10));
      if (i >= 5) outcomes.complete(`${i}`, value);
    }
    for (let i = 0; i < 5; i += 1) expect(outcomes.claim(`${i}`, 'x').state).toBe('pending');
  });

  it('have no bytes when all have gone, and keep within them before', () => {
    const { clock, outcomes } = outcomesOf({ bytesMax: 5000 });
    for (let i = 0; i < 200; i += 1) {
      outcomes.claim(`${i}`, 'x');
      outcomes.complete(`${i}`, { value: 'x'.repeat((i * 17) % 500), items: -1 });
      expect(outcomes.bytes).toBeLessThanOrEqual(5000);
    }
    expect(outcomes.bytes).toBeGreaterThan(4000);
    clock.advance(1000);
    for (let i = 0; i < 200; i += 1) {
      outcomes.claim(`${i}`, 'x');
      outcomes.release(`${i}`);
    }
    expect([outcomes.size, outcomes.bytes]).toEqual([0, 0]);
  });

  it('do not keep what cannot be measured, and tell it all the same', () => {
    const { outcomes } = outcomesOf();
    const cycle: unknown[] = [];
    cycle.push(cycle);
    const trap = Object.defineProperty({}, 'field', {
      enumerable: true,
      get: () => {
        throw new Error('no');
      },
    });
    for (const hostile of [cycle, trap]) {
      const told: unknown[] = [];
      outcomes.claim('k', 'x');
      outcomes.wait('k', (outcome) => told.push(outcome?.failure === undefined ? outcome?.value : undefined));
      outcomes.complete('k', { value: hostile, items: -1 });
      expect(told[0]).toBe(hostile);
      expect([outcomes.size, outcomes.bytes]).toEqual([0, 0]);
    }
  });

  it('call those who wait before the one who completes goes on, when the state has changed', () => {
    const { outcomes } = outcomesOf();
    outcomes.claim('k', 'x');
    const seen: string[] = [];
    for (let i = 0; i < 3; i += 1) outcomes.wait('k', () => seen.push(outcomes.claim('k', 'x').state));
    outcomes.release('k');
    expect(seen).toEqual(['claimed', 'pending', 'pending']);
    outcomes.wait('k', () => seen.push(outcomes.claim('k', 'x').state));
    outcomes.complete('k', value);
    expect(seen.slice(3)).toEqual(['done']);
  });
});
