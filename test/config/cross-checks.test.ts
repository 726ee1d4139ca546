import { describe, expect, it } from 'vitest';
import { problems } from './refused-parts.js';

describe('keys that do not fit together', () => {
  it.each([
    [{ budget: { items: 100, reserve: 100 } }, 'budget.reserve: expected less than budget.items (100), got 100'],
    [{ window: { min: 10, initial: 5 } }, 'window.initial: expected at least window.min (10), got 5'],
    [{ window: { initial: 50, max: 40 } }, 'window.initial: expected at most window.max (40), got 50'],
    [{ window: { min: 50, max: 40 } }, 'window.min: expected at most window.max (40), got 50'],
    [
      { budget: { items: 10, reserve: 8 }, window: { min: 3, initial: 3 } },
      'window.min: expected at most budget.items less budget.reserve (2), or no session could open, got 3',
    ],
    [
      { session: { outboxBytesMax: 5000, outboxHighWaterBytes: 5000 } },
      'session.outboxHighWaterBytes: expected less than session.outboxBytesMax (5000), got 5000',
    ],
    [
      { session: { outboxBytesMax: 5000 }, reply: { bytesMax: 5001 } },
      'reply.bytesMax: expected at most session.outboxBytesMax (5000), got 5001',
    ],
    [
      { session: { outboxBytesMax: 5000 }, reply: { allBytesMax: 4999 } },
      'reply.allBytesMax: expected at least session.outboxBytesMax (5000), got 4999',
    ],
    [{ session: { longIdleMs: 9999 } }, 'session.longIdleMs: expected at least session.idleMs (10000), got 9999'],
    [{ breaker: { openMsMax: 999 } }, 'breaker.openMs: expected at most breaker.openMsMax (999), got 1000'],
    [{ pressure: { lagMs: 1000 } }, 'pressure.lagMs: expected less than pressure.lagMsMax (1000), got 1000'],
    [
      { pressure: { heapPercentMax: 70 } },
      'pressure.heapPercent: expected less than pressure.heapPercentMax (70), got 70',
    ],
    [
      { pressure: { bytesPercent: 96 } },
      'pressure.bytesPercent: expected less than pressure.bytesPercentMax (95), got 96',
    ],
    [{ drain: { deadlineMs: 100, spreadMs: 101 } }, 'drain.spreadMs: expected at most drain.deadlineMs (100), got 101'],
    [{ listen: { port: 8081 } }, 'admin.port: expected another port than listen.port, got 8081 for both'],
    [
      { routes: { a: { pipeline: 'orders' } }, pipelines: { order: {} } },
      'routes.a.pipeline: expected a pipeline there is (default or order), got "orders"',
    ],
    [
      { routes: { a: { pipeline: 'toString' } } },
      'routes.a.pipeline: expected a pipeline there is (default), got "toString"',
    ],
    [
      { routes: { a: { retry: { attempts: 2, minMs: 5, maxMs: 4 } } } },
      'routes.a.retry.minMs: expected at most maxMs (4), got 5',
    ],
  ])('are refused: %j', (parts, expected) => {
    expect(problems(parts)).toEqual([expected]);
  });

  it.each([
    [{ session: { outboxBytesMax: 5000 }, reply: { allBytesMax: 5000 } }],
    [{ session: { idleMs: 30_000 } }],
    [{ breaker: { openMs: 30_000 } }],
    [{ pressure: { lagMs: 999, heapPercent: 94, bytesPercent: 94 } }],
  ])('are fine up to the very bound: %j', (parts) => {
    expect(problems(parts)).toEqual([]);
  });

  it('may share a port on two addresses, and each may take a free one', () => {
    expect(problems({ listen: { port: 80, host: '127.0.0.1' }, admin: { port: 80, host: '::1' } })).toEqual([]);
    expect(problems({ listen: { port: 0 }, admin: { port: 0 } })).toEqual([]);
  });
});
