import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TokenBucket } from '../../src/collections/token-bucket.js';

const anyRate = fc.record({
  perS: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 21, max: 5000 }), fc.constant(7_000_000)),
  burst: fc.oneof(fc.constant(1), fc.double({ min: 1, max: 50, noNaN: true })),
});
/** A crowd that comes at once, after some rest; each caller is late by its own part of 2 ms. */
const anyCrowd = fc.record({
  restMs: fc.double({ min: 0, max: 5000, noNaN: true }),
  lateMs: fc.array(fc.constantFrom(0, 0, 0.3, 1, 2), { minLength: 1, maxLength: 120 }),
});

interface Call {
  readonly atMs: number;
  readonly caller: number;
}

/** Sends each crowd in, lets all of it do as it is told, and gives the times of the tokens taken. */
function obey(bucket: TokenBucket, crowds: readonly { restMs: number; lateMs: readonly number[] }[]): number[] {
  const takenMs: number[] = [];
  let nowMs = 10_000.25;
  for (const { restMs, lateMs } of crowds) {
    nowMs += restMs;
    const retries: Call[] = [];
    for (const [caller, late] of lateMs.entries()) {
      const waitMs = bucket.take(nowMs);
      expect(Number.isInteger(waitMs)).toBe(true);
      if (waitMs === 0) takenMs.push(nowMs);
      else retries.push({ atMs: nowMs + waitMs + late, caller });
    }
    retries.sort((a, b) => a.atMs - b.atMs);
    for (const { atMs, caller } of retries) {
      expect([caller, bucket.take(atMs)]).toEqual([caller, 0]);
      takenMs.push(atMs);
      nowMs = atMs;
    }
  }
  return takenMs;
}

describe('the token bucket', () => {
  it('keeps its promises: however many callers obey, each succeeds at its first retry', () => {
    fc.assert(
      fc.property(anyRate, fc.array(anyCrowd, { minLength: 1, maxLength: 4 }), (rate, crowds) => {
        obey(new TokenBucket({ ...rate, waitMsMax: 1e9 }), crowds);
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it('gives no more in any stretch of time than its burst and what comes meanwhile', () => {
    const anyWaits = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 150, noNaN: true })), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(anyRate, anyWaits, (rate, waits) => {
        const bucket = new TokenBucket(rate);
        const takenMs: number[] = [];
        let nowMs = 0;
        for (const waitMs of waits) {
          nowMs += waitMs;
          while (takenMs.length < 300 && bucket.take(nowMs) === 0) takenMs.push(nowMs);
        }
        let excess = 0;
        for (const [first, fromMs] of takenMs.entries()) {
          for (let last = first; last < takenMs.length; last += 1) {
            const stretchMs = (takenMs[last] as number) - fromMs + 0.0002;
            excess = Math.max(excess, last - first + 1 - bucket.burst - (rate.perS * stretchMs) / 1000);
          }
        }
        expect(excess).toBeLessThan(1e-6);
      }),
      { numRuns: 200, seed: 2 },
    );
  });

  it('is used to the full by callers who obey', () => {
    const bucket = new TokenBucket({ perS: 100, burst: 5 });
    const takenMs = obey(bucket, [{ restMs: 0, lateMs: new Array<number>(105).fill(0) }]);
    expect([takenMs.length, (takenMs.at(-1) as number) - (takenMs[0] as number)]).toEqual([105, 1000]);
  });

  it('tells each caller the time of a token of its own', () => {
    const bucket = new TokenBucket({ perS: 10, burst: 2 });
    expect([1, 2, 3, 4, 5].map(() => bucket.take(1000))).toEqual([0, 0, 100, 200, 300]);
    expect(bucket.take(1050)).toBe(350);
  });

  it('gives tokens that nobody came for to others, up to its burst', () => {
    const bucket = new TokenBucket({ perS: 10, burst: 2 });
    for (let i = 0; i < 20; i += 1) bucket.take(1000);
    expect([1, 2, 3].map(() => bucket.take(10_000))).toEqual([0, 0, 100]);
  });

  it('promises again from the front what lies too far ahead', () => {
    const bucket = new TokenBucket({ perS: 10, burst: 1, waitMsMax: 250 });
    expect([1, 2, 3, 4, 5].map(() => bucket.take(1000))).toEqual([0, 97, 197, 97, 197]);
  });

  it('promises nothing before the caller can come', () => {
    const bucket = new TokenBucket({ perS: 10, burst: 1.5 });
    expect([bucket.promise(1000, 1400), bucket.promise(1000, 1400)]).toEqual([400, 450]);
  });

  it('is full at first, and again when nothing was taken for long enough', () => {
    const bucket = new TokenBucket({ perS: 10, burst: 2 });
    expect(bucket.isFull(0)).toBe(true);
    bucket.take(1000);
    expect([bucket.isFull(1099), bucket.isFull(1100)]).toEqual([false, true]);
  });
});
