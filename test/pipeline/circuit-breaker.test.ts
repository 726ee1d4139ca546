import { describe, expect, it } from 'vitest';
import type { CircuitBreakerOptions } from '../../src/pipeline/circuit-breaker.js';
import { startMs, TestCircuit } from '../support/test-circuit.js';

describe('a closed circuit', () => {
  it('opens when enough calls were made and enough of them failed', () => {
    const bench = new TestCircuit();
    bench.succeed('a', 10);
    bench.fail('a', 9);
    expect([bench.circuit.state, bench.ask()]).toEqual(['closed', 0]);
    bench.fail();
    expect([bench.circuit.state, bench.start()]).toEqual(['open', 0]);
    expect(bench.changes).toEqual([['open', 0]]);
  });

  it('stays closed while too few failed, however many calls there are', () => {
    const bench = new TestCircuit({ failurePercent: 10 });
    for (let i = 0; i < 1000; i += 1) {
      bench.succeed(`t${i}`, 10);
      bench.fail(`t${i}`);
    }
    expect(bench.circuit.state).toBe('closed');
  });

  it('forgets failures that are older than the window', () => {
    const bench = new TestCircuit();
    bench.fail('a', 19);
    bench.nowMs += 10_000;
    bench.fail('a', 19);
    expect(bench.circuit.state).toBe('closed');
    bench.nowMs += 8999;
    bench.fail();
    expect(bench.circuit.state).toBe('open');
  });

  it('forgets successes that are older than the window', () => {
    const bench = new TestCircuit();
    bench.succeed('a', 500);
    bench.nowMs += 10_000;
    bench.fail('a', 19);
    expect(bench.circuit.state).toBe('closed');
    bench.fail();
    expect(bench.circuit.state).toBe('open');
  });

  it('does not count calls that were abandoned', () => {
    const bench = new TestCircuit();
    bench.fail('a', 19);
    for (let i = 0; i < 100; i += 1) bench.circuit.abandoned(bench.start());
    expect(bench.circuit.state).toBe('closed');
  });
});

describe('an open circuit', () => {
  it('tells the first to come when its time is over, and all others to come after that one', () => {
    const bench = new TestCircuit().opened();
    bench.nowMs += 300.5;
    expect([bench.ask(), bench.ask('b'), bench.ask('c')]).toEqual([700, 950, 950]);
    bench.nowMs += 100;
    expect([bench.ask(), bench.start()]).toEqual([850, 0]);
  });

  it('invites as many as there are probes', () => {
    const bench = new TestCircuit({ probes: 3 }).opened();
    expect(['a', 'b', 'c', 'd', 'e'].map((tenant) => bench.ask(tenant))).toEqual([1000, 1000, 1000, 1250, 1250]);
  });

  it('is half-open when its time is over, for whoever asks first', () => {
    const bench = new TestCircuit().opened();
    bench.nowMs += 999;
    expect([bench.start(), bench.ask(), bench.circuit.state]).toEqual([0, 1, 'open']);
    bench.nowMs += 1;
    expect([bench.ask(), bench.circuit.state]).toEqual([0, 'half-open']);
    const other = new TestCircuit().opened();
    other.nowMs += 1000;
    expect(other.start()).toBeGreaterThan(0);
    expect(other.changes).toEqual([
      ['open', 0],
      ['half-open', 1000],
    ]);
  });

  it('does not listen to answers from before', () => {
    const bench = new TestCircuit();
    const early = Array.from({ length: 4 }, () => bench.start('late'));
    bench.opened();
    bench.circuit.succeeded(early[0] as number, 'late', bench.nowMs);
    bench.circuit.failed(early[1] as number, 'late', bench.nowMs);
    expect([bench.circuit.state, bench.circuit.openUntilMs]).toEqual(['open', startMs + 1000]);
    bench.nowMs += 1000;
    const probe = bench.start();
    bench.circuit.succeeded(early[2] as number, 'late', bench.nowMs);
    bench.circuit.failed(early[3] as number, 'late', bench.nowMs);
    bench.circuit.abandoned(early[3] as number);
    expect([bench.circuit.state, bench.start('b')]).toEqual(['half-open', 0]);
    bench.circuit.succeeded(probe, 'a', bench.nowMs);
    expect(bench.circuit.state).toBe('closed');
  });
});

describe('a half-open circuit', () => {
  function halfOpen(options: Partial<CircuitBreakerOptions> = {}): TestCircuit {
    const bench = new TestCircuit(options).opened();
    bench.nowMs += 1000;
    return bench;
  }

  it('closes by a success, and begins to count anew', () => {
    const bench = new TestCircuit();
    bench.succeed('w', 12);
    bench.opened();
    bench.nowMs += 1000;
    bench.succeed();
    bench.fail('a', 18);
    expect([bench.circuit.state, bench.ask('b')]).toEqual(['closed', 0]);
    bench.fail('a', 1);
    expect(bench.states).toEqual(['open', 'half-open', 'closed', 'open']);
  });

  it('opens by a failure for twice the time, up to a bound, and for the first time again once it was closed', () => {
    const bench = new TestCircuit().opened();
    const openMs: number[] = [];
    for (const tenant of ['a', 'b', 'c', 'd']) {
      openMs.push(bench.circuit.openUntilMs - bench.nowMs);
      bench.nowMs = bench.circuit.openUntilMs;
      bench.fail(tenant);
    }
    expect(openMs).toEqual([1000, 2000, 3000, 3000]);
    bench.nowMs = bench.circuit.openUntilMs;
    bench.succeed('e');
    bench.opened();
    expect(bench.circuit.openUntilMs - bench.nowMs).toBe(1000);
  });

  it('lets no more in and runs no more than its probes', () => {
    const bench = halfOpen({ probes: 2 });
    expect(['a', 'b', 'c', 'd'].map((tenant) => bench.ask(tenant))).toEqual([0, 0, 250, 250]);
    const tickets = ['a', 'b', 'c', 'd'].map((tenant) => bench.start(tenant));
    expect(tickets.map((ticket) => ticket > 0)).toEqual([true, true, false, false]);
    bench.nowMs += 5000;
    expect([bench.ask('e'), bench.start('e')]).toEqual([250, 0]);
  });

  it('has room for another probe when one was abandoned', () => {
    const bench = halfOpen();
    const ticket = bench.start('a');
    expect([bench.ask('b'), bench.start('b')]).toEqual([250, 0]);
    bench.circuit.abandoned(ticket);
    bench.circuit.abandoned(ticket);
    expect([bench.circuit.state, bench.ask('b'), bench.ask('c')]).toEqual(['half-open', 0, 250]);
    bench.succeed('b');
    expect(bench.circuit.state).toBe('closed');
  });

  it('does not wait for ever for one that was let in and never starts', () => {
    const bench = halfOpen();
    expect([bench.ask('a'), bench.ask('b')]).toEqual([0, 250]);
    bench.nowMs += 250;
    expect([bench.ask('a'), bench.ask('b'), bench.ask('c')]).toEqual([250, 0, 250]);
  });

  it('lets in others before the tenant again that was let in last', () => {
    const bench = halfOpen();
    expect(bench.ask('mute')).toBe(0);
    bench.circuit.abandoned(bench.start('mute'));
    expect([bench.ask('mute'), bench.ask('other')]).toEqual([500, 0]);
    const alone = halfOpen();
    expect(alone.ask('mute')).toBe(0);
    alone.nowMs += 500;
    expect(alone.ask('mute')).toBe(0);
  });

  it('owes nothing to those it let in before it was open again', () => {
    const bench = new TestCircuit({ probes: 2, openMs: 100 }).opened();
    bench.nowMs += 100;
    expect([bench.ask('a'), bench.ask('b')]).toEqual([0, 0]);
    bench.fail('a');
    bench.nowMs += 200;
    expect([bench.ask('b'), bench.ask('c'), bench.ask('d')]).toEqual([0, 0, 250]);
  });

  it('ignores what other probes say once it is open again', () => {
    const bench = halfOpen({ probes: 3 });
    const [first = 0, second = 0, third = 0] = [bench.start('a'), bench.start('b'), bench.start('c')];
    bench.circuit.failed(first, 'a', bench.nowMs);
    bench.circuit.failed(second, 'b', bench.nowMs);
    bench.circuit.succeeded(third, 'c', bench.nowMs);
    expect([bench.circuit.state, bench.circuit.openUntilMs - bench.nowMs]).toEqual(['open', 2000]);
  });
});

describe('clients that come when they were told', () => {
  it.each([{ probes: 1 }, { probes: 4 }])(
    'all succeed at their first retry once the handler is well: $probes',
    (options) => {
      const bench = new TestCircuit(options).opened();
      bench.nowMs += 1;
      const calls: { atMs: number; tenant: string }[] = [];
      for (let i = 0; i < 50; i += 1) {
        const tenant = `t${i}`;
        calls.push({ atMs: bench.nowMs + bench.ask(tenant) + (i % 3), tenant });
        bench.nowMs += 7;
      }
      const ends: { atMs: number; tenant: string; ticket: number }[] = [];
      calls.sort((a, b) => a.atMs - b.atMs);
      for (const { atMs, tenant } of calls) {
        while (ends[0] !== undefined && ends[0].atMs <= atMs) {
          const end = ends.shift() as (typeof ends)[number];
          bench.circuit.succeeded(end.ticket, end.tenant, end.atMs);
        }
        bench.nowMs = atMs;
        const ticket = bench.ask(tenant) === 0 ? bench.start(tenant) : 0;
        expect([tenant, ticket > 0]).toEqual([tenant, true]);
        ends.push({ atMs: atMs + 200, tenant, ticket });
      }
      expect(bench.states).toEqual(['open', 'half-open', 'closed']);
    },
  );
});
