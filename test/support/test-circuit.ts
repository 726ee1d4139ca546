/** A circuit breaker with its own time, and calls that end at once. */
import { expect } from 'vitest';
import { CircuitBreaker, type CircuitBreakerOptions, type CircuitState } from '../../src/pipeline/circuit-breaker.js';

const defaults = {
  failurePercent: 50,
  windowMs: 10_000,
  callsMin: 20,
  openMs: 1000,
  openMsMax: 3000,
  probes: 1,
  probeMs: 250,
};
/** When a {@link TestCircuit} begins. */
export const startMs = 100_000;

/** A circuit with its own time. */
export class TestCircuit {
  nowMs = startMs;
  readonly changes: [CircuitState, number][] = [];
  readonly circuit: CircuitBreaker;

  constructor(options: Partial<CircuitBreakerOptions> = {}) {
    const onChange = (state: CircuitState, nowMs: number) => this.changes.push([state, nowMs - startMs]);
    this.circuit = new CircuitBreaker({ ...defaults, onChange, ...options });
  }

  get states(): CircuitState[] {
    return this.changes.map(([state]) => state);
  }

  ask(tenant = 'a'): number {
    return this.circuit.refusedForMs(tenant, this.nowMs);
  }

  start(tenant = 'a'): number {
    return this.circuit.start(tenant, this.nowMs);
  }

  /** Calls that are started, as long as that is possible, and end at once. */
  succeed(tenant = 'a', calls = 1): void {
    for (let i = 0; i < calls; i += 1) this.circuit.succeeded(this.start(tenant), tenant, this.nowMs);
  }

  fail(tenant = 'a', calls = 1): void {
    for (let i = 0; i < calls; i += 1) this.circuit.failed(this.start(tenant), tenant, this.nowMs);
  }

  /** Opens it, by the failures of three tenants. */
  opened(): this {
    for (const tenant of ['x', 'y', 'z']) this.fail(tenant, 7);
    expect(this.circuit.state).toBe('open');
    return this;
  }
}
