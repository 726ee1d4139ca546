import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Receipts } from '../../src/client/receipts.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function begin() {
  const told: number[] = [];
  const receipts = new Receipts((s) => told.push(s));
  const take = (from: number, to: number) => {
    for (let s = from; s <= to; s += 1) receipts.took(s);
  };
  return { told, receipts, take };
}

describe('receipts', () => {
  it('tell the awaited frame from one that came before, and from one before which another is missing', () => {
    const { receipts, take } = begin();
    expect(receipts.look(1)).toBe('next');
    expect(receipts.look(2)).toBe('missing');
    take(1, 3);
    expect(receipts.look(3)).toBe('again');
    expect(receipts.look(4)).toBe('next');
    expect(receipts.look(5)).toBe('missing');
  });

  it('are told within a second, all of them by the last', () => {
    const { told, take } = begin();
    take(1, 3);
    vi.advanceTimersByTime(999);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(told).toEqual([3]);
    vi.advanceTimersByTime(5000);
    expect(told).toEqual([3]);
  });

  it('are told after 64 frames, however fast they come', () => {
    const { told, take } = begin();
    take(1, 63);
    expect(told).toEqual([]);
    take(64, 130);
    expect(told).toEqual([64, 128]);
    vi.advanceTimersByTime(1000);
    expect(told).toEqual([64, 128, 130]);
  });

  it('are not told while there is no connection, nor again when they were said with its resumption', () => {
    const { told, receipts, take } = begin();
    take(1, 5);
    receipts.pause();
    expect(vi.getTimerCount()).toBe(0);
    receipts.resumed();
    receipts.tell();
    expect(told).toEqual([]);
    take(6, 6);
    vi.advanceTimersByTime(1000);
    expect(told).toEqual([6]);
  });

  it('count from the start in a new session', () => {
    const { told, receipts, take } = begin();
    take(1, 70);
    receipts.reset();
    expect(vi.getTimerCount()).toBe(0);
    expect(receipts.received).toBe(0);
    expect(receipts.look(1)).toBe('next');
    take(1, 64);
    expect(told).toEqual([64, 64]);
  });
});
