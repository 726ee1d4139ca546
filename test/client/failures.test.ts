import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EmitFailure } from '../../src/client/api.js';
import { Failures } from '../../src/client/failures.js';
import { sluiceError } from '../../src/client/sluice-error.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const failed = (type: string): EmitFailure => ({ type, key: undefined, error: sluiceError('internal', 'oops') });

function begin() {
  const lines: string[] = [];
  return { lines, failures: new Failures((line) => lines.push(line)) };
}

describe('failures of emitted events', () => {
  it('are each told to whoever looks, and then to no log', () => {
    const { lines, failures } = begin();
    const seen: string[][] = [[], []];
    for (const list of seen) failures.failures$.subscribe(({ type }) => list.push(type));
    failures.add(failed('a'));
    failures.add(failed('b'));
    expect(seen).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    expect(lines).toEqual([]);
  });

  it('are written down in one line a second where nobody looks, which says how many there were', () => {
    const { lines, failures } = begin();
    for (let i = 0; i < 5; i += 1) failures.add(failed('a'));
    expect(lines).toEqual(['an emitted a failed with internal (oops); failures$ tells of each']);
    vi.advanceTimersByTime(999);
    failures.add(failed('b'));
    expect(lines).toHaveLength(1);
    vi.advanceTimersByTime(1);
    failures.add(failed('c'));
    expect(lines.slice(1)).toEqual([
      'an emitted b failed with internal (oops), and 4 more since the last line; failures$ tells of each',
    ]);
    vi.advanceTimersByTime(1000);
    expect(lines.at(-1)).toBe('an emitted c failed with internal (oops); failures$ tells of each');
    vi.advanceTimersByTime(1000);
    failures.add(failed('d'));
    expect(lines).toHaveLength(4);
  });

  it('are written down again when nobody looks any more', () => {
    const { lines, failures } = begin();
    const subscription = failures.failures$.subscribe();
    failures.add(failed('a'));
    subscription.unsubscribe();
    failures.add(failed('b'));
    expect(lines).toEqual(['an emitted b failed with internal (oops); failures$ tells of each']);
  });

  it('end with the client', () => {
    const { failures } = begin();
    const ends: string[] = [];
    failures.failures$.subscribe({ complete: () => ends.push('complete') });
    failures.complete();
    expect(ends).toEqual(['complete']);
  });
});
