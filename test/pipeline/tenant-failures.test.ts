import { describe, expect, it } from 'vitest';
import { TestCircuit } from '../support/test-circuit.js';

describe('one tenant whose events always fail', () => {
  it('does not open the circuit while others succeed, however much it sends', () => {
    for (const failurePercent of [1, 10, 50, 100]) {
      const bench = new TestCircuit({ failurePercent });
      for (let second = 0; second < 60; second += 1) {
        bench.succeed('well');
        bench.fail('poison', 500);
        bench.nowMs += 1000;
      }
      expect([failurePercent, bench.circuit.state]).toEqual([failurePercent, 'closed']);
    }
  });

  it('does not do so by what it sent before the others came', () => {
    const bench = new TestCircuit();
    bench.fail('poison', 19);
    bench.succeed('well');
    bench.fail('poison', 100);
    expect(bench.circuit.state).toBe('closed');
    bench.succeed('well', 12);
    bench.fail('other');
    expect(bench.circuit.state).toBe('closed');
  });

  it('does not do so by having successes as well', () => {
    const bench = new TestCircuit();
    bench.succeed('well');
    bench.succeed('poison');
    bench.fail('poison', 500);
    expect(bench.circuit.state).toBe('closed');
  });

  it('opens it when nobody else has had a success within the window', () => {
    const bench = new TestCircuit();
    bench.succeed('well');
    bench.fail('poison', 100);
    expect(bench.circuit.state).toBe('closed');
    bench.nowMs += 10_000;
    bench.fail('poison', 19);
    expect(bench.circuit.state).toBe('closed');
    bench.fail('poison');
    expect(bench.circuit.state).toBe('open');
  });

  it('opens it when it is alone, though it had successes before', () => {
    const bench = new TestCircuit();
    bench.succeed('only', 15);
    bench.fail('only', 14);
    expect(bench.circuit.state).toBe('closed');
    bench.fail('only');
    expect(bench.circuit.state).toBe('open');
  });

  it('does not hinder that the circuit opens when it is others who fail', () => {
    const bench = new TestCircuit();
    bench.succeed('well');
    bench.fail('poison', 500);
    bench.fail('b', 500);
    expect(bench.circuit.state).toBe('closed');
    bench.fail('c');
    expect(bench.circuit.state).toBe('open');
  });

  it('is no probe twice in a row where others want to come in', () => {
    const bench = new TestCircuit().opened();
    expect(bench.ask('early')).toBe(1000);
    bench.nowMs += 1000;
    bench.fail('poison');
    expect(bench.circuit.state).toBe('open');
    expect([bench.ask('poison'), bench.ask('well')]).toEqual([2250, 2000]);
    bench.nowMs += 2000;
    expect([bench.ask('poison'), bench.start('poison'), bench.ask('well')]).toEqual([250, 0, 0]);
    bench.succeed('well');
    expect([bench.circuit.state, bench.ask('poison')]).toEqual(['closed', 0]);
    bench.nowMs += 10_000;
    bench.opened();
    expect(bench.ask('poison')).toBe(1000);
  });

  it('is a probe again a little later where nobody else comes', () => {
    const bench = new TestCircuit().opened();
    bench.nowMs += 1000;
    bench.fail('only');
    bench.nowMs += bench.ask('only');
    expect([bench.ask('only'), bench.start('only') > 0]).toEqual([0, true]);
  });
});

describe('more tenants that fail than can be told apart', () => {
  /** 1100 tenants with one failure each, and as many successes that it stays closed. */
  function crowded(): TestCircuit {
    const bench = new TestCircuit();
    for (let i = 0; i < 1100; i += 1) {
      bench.succeed(`w${i}`, 2);
      bench.fail(`f${i}`);
    }
    expect(bench.circuit.state).toBe('closed');
    return bench;
  }

  it('open the circuit', () => {
    const bench = crowded();
    for (let i = 0; i < 1100; i += 1) bench.fail(`g${i}`);
    expect(bench.circuit.state).toBe('open');
  });

  it('are not outdone by one of them', () => {
    const bench = crowded();
    bench.fail('poison', 10_000);
    expect(bench.circuit.state).toBe('closed');
  });
});
