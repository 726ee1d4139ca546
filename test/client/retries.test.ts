import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Retriable, Retries } from '../../src/client/retries.js';
import { sluiceError } from '../../src/client/sluice-error.js';

beforeEach(() => {
  vi.useFakeTimers();
  vi.advanceTimersByTime(1000);
});
afterEach(() => void vi.useRealTimers());

const refusal = (afterMs: number) => sluiceError('resource_exhausted', 'full', { reason: 'queue', afterMs });
const item = (fields: Partial<Retriable> = {}): Retriable => ({
  retry: { attempts: 3, withinMs: 1000 },
  deadlineAtMs: 0,
  attempts: 1,
  refusedAtMs: 0,
  ...fields,
});

describe('retries', () => {
  const retries = new Retries(() => undefined);

  it('are allowed for what was refused for the time being, and has not begun', () => {
    expect(retries.allows(item(), refusal(1000))).toBe(true);
  });

  it.each([
    ['where they were not asked for', item({ retry: undefined }), refusal(1)],
    ['when it may have begun', item(), sluiceError('unavailable', '', { started: 'maybe', afterMs: 1 })],
    ['when it would be refused again', item(), sluiceError('not_found', '')],
    ['beyond their number', item({ attempts: 3 }), refusal(1)],
    ['when the wait would end too late', item(), refusal(1001)],
    ['when it would be worth nothing any more by then', item({ deadlineAtMs: 1400 }), refusal(400)],
  ])('are not allowed %s', (_, refused, error) => {
    expect(retries.allows(refused, error)).toBe(false);
  });

  it('count their time from the first refusal', () => {
    const refused = item();
    retries.add(refused, refusal(10));
    vi.advanceTimersByTime(600);
    expect(retries.allows(refused, refusal(400))).toBe(true);
    expect(retries.allows(refused, refusal(401))).toBe(false);
    retries.add(refused, refusal(10));
    expect(refused.refusedAtMs).toBe(1000);
    retries.remove(refused);
  });

  it('wait as long as the gateway said, and come once', () => {
    const again: Retriable[] = [];
    const waiting = new Retries<Retriable>((over) => {
      expect(waiting.size).toBe(1);
      again.push(over);
    });
    const [sooner, later] = [item(), item()];
    waiting.add(later, refusal(50));
    waiting.add(sooner, refusal(20));
    expect(waiting.size).toBe(2);
    vi.advanceTimersByTime(19);
    expect(again).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(again).toEqual([sooner]);
    expect(waiting.remove(later)).toBe(true);
    expect(waiting.remove(later)).toBe(false);
    vi.advanceTimersByTime(100);
    expect(again).toEqual([sooner]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
