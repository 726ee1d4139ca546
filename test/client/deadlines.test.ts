import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Deadlines } from '../../src/client/deadlines.js';
import type { Operation } from '../../src/client/operation.js';
import { anOperation } from './recording-receiver.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('deadlines', () => {
  it('are found within a tenth of a second after they passed, by one timer for all', () => {
    const over: number[] = [];
    const deadlines: Deadlines = new Deadlines((operation: Operation) => {
      over.push(operation.id);
      deadlines.remove(operation);
    });
    const nowMs = performance.now();
    [450, 150, 150].forEach((ms, index) => {
      deadlines.add(anOperation(index, { deadlineAtMs: nowMs + ms }));
    });
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(149);
    expect(over).toEqual([]);
    vi.advanceTimersByTime(51);
    expect(over).toEqual([1, 2]);
    vi.advanceTimersByTime(300);
    expect(over).toEqual([1, 2, 0]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('are told at every look until they are removed', () => {
    let told = 0;
    const deadlines = new Deadlines(() => {
      told += 1;
    });
    const operation = anOperation(1, { deadlineAtMs: performance.now() + 1 });
    deadlines.add(operation);
    vi.advanceTimersByTime(500);
    expect(told).toBe(5);
    deadlines.remove(operation);
    deadlines.remove(operation);
    vi.advanceTimersByTime(500);
    expect(told).toBe(5);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('have a timer again when there is one after the last was removed', () => {
    const over: number[] = [];
    const deadlines = new Deadlines(({ id }) => over.push(id));
    const first = anOperation(1, { deadlineAtMs: performance.now() + 10_000 });
    deadlines.add(first);
    deadlines.remove(first);
    deadlines.add(anOperation(2, { deadlineAtMs: performance.now() }));
    vi.advanceTimersByTime(100);
    expect(over).toEqual([2]);
  });
});
