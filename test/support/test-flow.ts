/** The middle of a gateway, from admission to the outcome, without sockets and with a clock that stands still. */
import { expect } from 'vitest';
import { Admission } from '../../src/admission/admission.js';
import { Budget } from '../../src/admission/budget.js';
import { CreditLedger } from '../../src/admission/credit-ledger.js';
import { type ConfigParts, resolveConfig } from '../../src/config/schema.js';
import { EventFlow } from '../../src/event-flow.js';
import { buildRoutes, type RouteOverrides } from '../../src/handlers/routes.js';
import { Counters } from '../../src/model/counters.js';
import { EventRecord } from '../../src/model/event-record.js';
import { LoopTurn } from '../../src/model/loop-turn.js';
import type { Failure } from '../../src/protocol/error-codes.js';
import type { EventFields } from '../../src/protocol/frames.js';
import { Safeguards } from '../../src/safeguards.js';
import { TopicFlow } from '../../src/topic-flow.js';
import { TestOrigin } from './records.js';
import { TestClock } from './test-clock.js';

export interface TestFlowOptions {
  readonly slots?: number | { readonly min: number; readonly max: number };
  readonly timeoutMs?: number;
  readonly routes?: Readonly<Record<string, RouteOverrides>>;
  readonly bytes?: number;
  readonly reserve?: number;
  /** Further keys of the only pipeline. */
  readonly pipeline?: Readonly<Record<string, number>>;
  /** Further sections of the configuration, as a user would write them. */
  readonly config?: ConfigParts;
}

export class TestFlow {
  readonly clock = new TestClock();
  readonly counters = new Counters();
  readonly logged: unknown[] = [];
  readonly origin = new TestOrigin();
  readonly flow: EventFlow;
  readonly safeguards: Safeguards;
  readonly #budget: Budget;
  readonly #admission: Admission;

  constructor(handlers: readonly unknown[], options: TestFlowOptions = {}) {
    const { slots = 8, timeoutMs = 1000 } = options;
    const log = {
      debug: () => undefined,
      info: () => undefined,
      warn: this.#log,
      error: this.#log,
      child: () => log,
    };
    const config = resolveConfig({
      ...options.config,
      pipelines: { default: { slots, timeoutMs, ...options.pipeline } },
    });
    const topicFlow = new TopicFlow({ config, clock: this.clock, turn: new LoopTurn(), log: log as never });
    const routes = buildRoutes({
      handlers: topicFlow.handlersOf(handlers),
      overrides: options.routes ?? {},
      pipelines: { default: { timeoutMs } },
    });
    this.safeguards = new Safeguards({
      config,
      clock: this.clock,
      turn: new LoopTurn(),
      log: log as never,
      routes: routes.all,
      bytesShare: () => 0,
    });
    this.#budget = new Budget({
      bytes: options.bytes ?? 1_000_000,
      pressedPercent: 50,
      reserve: options.reserve ?? 1000,
    });
    this.#admission = new Admission({
      budget: this.#budget,
      counters: this.counters,
      clock: this.clock,
      findRoute: routes.find,
      allowsAnonymousCritical: true,
      guard: this.safeguards,
    });
    this.flow = new EventFlow({
      clock: this.clock,
      turn: new LoopTurn(),
      counters: this.counters,
      log: log as never,
      routes,
      admission: this.#admission,
      ledger: new CreditLedger({
        capacity: 1000,
        initial: 64,
        min: 1,
        max: 1024,
        idleMs: 10_000,
        longIdleMs: 30_000,
        graceMs: 5000,
        newcomersPercent: 25,
        roundTripMs: 250,
        now: () => 0,
      }),
      safeguards: this.safeguards,
      config,
      outcomes: topicFlow.engine.outcomes,
      topics: topicFlow,
      isPressed: () => false,
      bridgeItemsMax: 16,
    });
  }

  get waiting(): number {
    return this.flow.pipelines.reduce((sum, { waiting }) => sum + waiting, 0);
  }

  get busy(): number {
    return this.flow.pipelines.reduce((sum, { busy }) => sum + busy, 0);
  }

  /** Sends one event; it must be accepted. */
  send(fields: EventFields, origin: TestOrigin = this.origin): EventRecord {
    const admitted = this.admit(fields, origin);
    if (!(admitted instanceof EventRecord)) throw new Error(`refused: ${JSON.stringify(admitted)}`);
    this.counters.accepted += 1;
    this.flow.enqueue(admitted);
    return admitted;
  }

  admit(fields: EventFields, origin: TestOrigin = this.origin): EventRecord | Failure {
    this.counters.received += 1;
    return this.#admission.admit(fields, origin, 100, fields.priority === 'critical' ? 'critical' : 'credit');
  }

  cancel(record: EventRecord): void {
    this.flow.cancel(record, 'cancelled by the client');
  }

  /** Lets promises settle, and turns of the event loop pass. */
  async settle(turns = 3): Promise<void> {
    for (let i = 0; i < turns; i += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Moves the clock and lets everything settle. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 10) {
      this.clock.advance(Math.min(10, ms - passed));
      await this.settle(1);
    }
    await this.settle();
  }

  /** Everything sent has exactly one outcome, and nothing is held any more. */
  expectAtRest(): void {
    expect({ waiting: this.waiting, busy: this.busy }).toEqual({ waiting: 0, busy: 0 });
    expect({ items: this.#budget.items, bytes: this.#budget.bytes, reserve: this.#budget.reserveUsed }).toEqual({
      items: 0,
      bytes: 0,
      reserve: 0,
    });
    expect(this.counters.accepted).toBe(this.counters.succeeded + this.counters.failed);
  }

  readonly #log = (fields: unknown): void => {
    this.logged.push(fields);
  };
}

/** A handler's work that ends when the test says so. */
export interface Work {
  readonly name: unknown;
  readonly signal: AbortSignal;
  end(value?: unknown): void;
  fail(error: unknown): void;
}

/** Gathers the calls of a handler, in order, each to be ended by hand. */
export class Works {
  readonly all: Work[] = [];

  readonly handle = (event: { readonly data: unknown }, context: { readonly signal: AbortSignal }): Promise<unknown> =>
    new Promise((resolve, reject) => {
      this.all.push({ name: event.data, signal: context.signal, end: resolve, fail: reject });
    });

  get names(): unknown[] {
    return this.all.map(({ name }) => name);
  }

  get(name: unknown): Work {
    const work = this.all.findLast((each) => each.name === name);
    if (work === undefined) throw new Error(`${String(name)} was not started; started: ${this.names.join(', ')}`);
    return work;
  }
}

/** What became of a record, shortly. */
export function outcomeOf(record: EventRecord): unknown {
  if (record.state !== 'settled') return record.state;
  const { failure } = record;
  return failure === undefined ? record.result : `${failure.code}/${failure.started}`;
}
