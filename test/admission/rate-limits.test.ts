import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketsMax, RateLimits } from '../../src/admission/rate-limits.js';

const startMs = 50_000;
const waits = (count: number, take: () => number): number[] => Array.from({ length: count }, take);

describe('rate limits', () => {
  it('are off when neither is set', () => {
    const limits = new RateLimits({ sessionPerS: 0, tenantPerS: 0, burstMs: 1000 });
    expect([limits.isOff, limits.take('s', 't', startMs), limits.buckets]).toEqual([true, 0, 0]);
    expect(new RateLimits({ sessionPerS: 1, tenantPerS: 0, burstMs: 1000 }).isOff).toBe(false);
    expect(new RateLimits({ sessionPerS: 0, tenantPerS: 1, burstMs: 1000 }).isOff).toBe(false);
  });

  it('let each session send its rate, and no other one suffers', () => {
    const limits = new RateLimits({ sessionPerS: 10, tenantPerS: 0, burstMs: 300 });
    expect(waits(5, () => limits.take('a', 't', startMs))).toEqual([0, 0, 0, 100, 200]);
    expect(waits(4, () => limits.take('b', 't', startMs))).toEqual([0, 0, 0, 100]);
    expect(limits.take(undefined, 't', startMs)).toBe(0);
  });

  it('hold a tenant to its rate over all its sessions, and over HTTP', () => {
    const limits = new RateLimits({ sessionPerS: 0, tenantPerS: 10, burstMs: 300 });
    expect(['a', 'b', undefined, 'c'].map((session) => limits.take(session, 't', startMs))).toEqual([0, 0, 0, 100]);
    expect(limits.take('d', 'u', startMs)).toBe(0);
  });

  it('allow one event at once even where the burst is shorter', () => {
    const limits = new RateLimits({ sessionPerS: 10, tenantPerS: 0, burstMs: 1 });
    expect(limits.take('a', 't', startMs)).toBe(0);
    expect(limits.take('a', 't', startMs)).toBeGreaterThan(90);
  });

  it('take nothing from one where the other refuses', () => {
    const limits = new RateLimits({ sessionPerS: 1, tenantPerS: 10, burstMs: 1000 });
    expect(limits.take('a', 't', startMs)).toBe(0);
    for (let i = 0; i < 50; i += 1) expect(limits.take('a', 't', startMs)).toBeGreaterThan(0);
    expect(waits(9, () => limits.take(undefined, 't', startMs))).toEqual(new Array(9).fill(0));

    for (let i = 0; i < 50; i += 1) expect(limits.take('b', 't', startMs)).toBeGreaterThan(0);
    expect(limits.take('b', 'u', startMs)).toBe(0);
  });

  it('keep their promise to sessions of a tenant that is held up', () => {
    const anySenders = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(anySenders, fc.integer({ min: 1, max: 500 }), (senders, burstMs) => {
        const limits = new RateLimits({ sessionPerS: 100, tenantPerS: 50, burstMs });
        const retries: { atMs: number; session: string }[] = [];
        for (const [number, events] of senders.entries()) {
          for (let i = 0; i < events; i += 1) {
            const session = `s${number}`;
            const waitMs = limits.take(session, 't', startMs);
            if (waitMs > 0) retries.push({ atMs: startMs + waitMs, session });
          }
        }
        retries.sort((a, b) => a.atMs - b.atMs);
        const failed = retries.filter(({ atMs, session }) => limits.take(session, 't', atMs) !== 0);
        expect(failed).toEqual([]);
      }),
      { numRuns: 100, seed: 4 },
    );
  });

  it('keep sessions apart that wait for their tenant and then come close together', () => {
    const limits = new RateLimits({ sessionPerS: 10, tenantPerS: 1000, burstMs: 100 });
    for (let i = 0; i < 1000; i += 1) limits.take(undefined, 't', startMs);
    const firstMs = limits.take('a', 't', startMs);
    const secondMs = limits.take('a', 't', startMs);
    expect(firstMs).toBeGreaterThan(800);
    expect(secondMs - firstMs).toBeGreaterThan(90);
  });

  it('forget a session that has ended', () => {
    const limits = new RateLimits({ sessionPerS: 1, tenantPerS: 0, burstMs: 1000 });
    limits.take('a', 't', startMs);
    expect(limits.buckets).toBe(1);
    limits.forget('a');
    limits.forget('a');
    expect([limits.buckets, limits.take('a', 't', startMs)]).toEqual([0, 0]);
  });

  it('forget those who are full again, so that few are kept of many that come and go', () => {
    const limits = new RateLimits({ sessionPerS: 0, tenantPerS: 100, burstMs: 10 });
    let bucketsSeen = 0;
    for (let i = 0; i < 20_000; i += 1) {
      limits.take(undefined, `t${i}`, startMs + i);
      bucketsSeen = Math.max(bucketsSeen, limits.buckets);
    }
    expect(bucketsSeen).toBeLessThan(100);
  });

  it('are bounded: when all buckets are in use their owners keep them, and newcomers share some', () => {
    const limits = new RateLimits({ sessionPerS: 0, tenantPerS: 2, burstMs: 1000 });
    for (let i = 0; i < bucketsMax; i += 1) expect(limits.take(undefined, `t${i}`, startMs)).toBe(0);
    expect(waits(4, () => limits.take(undefined, 'late', startMs))).toEqual([0, 0, 500, 1000]);
    let letIn = 0;
    for (let i = 0; i < 5000; i += 1) if (limits.take(undefined, `n${i}`, startMs) === 0) letIn += 1;
    expect(limits.buckets).toBe(bucketsMax);
    expect(letIn).toBeGreaterThan(1800);
    expect(letIn).toBeLessThanOrEqual(2048);
    expect(waits(2, () => limits.take(undefined, 't7', startMs))).toEqual([0, 500]);
    expect(waits(3, () => limits.take(undefined, 'late', startMs + 60_000))).toEqual([0, 0, 500]);
    expect(limits.buckets).toBeLessThan(bucketsMax);
  });
});
