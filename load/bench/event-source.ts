/** Where the events of one group come from: a schedule (open loop), or the ends of those before (closed loop). */
import { seededRandom } from '../faults/random.js';
import { type Schedule, schedule } from './arrivals.js';
import type { BenchClient } from './bench-client.js';
import type { BenchOrder, ClientGroup, EventKind } from './bench-order.js';
import type { DueEvent } from './due-event.js';
import type { GeneratorLag } from './generator-lag.js';
import type { RunRecord } from './run-record.js';

export interface EventSourceParts {
  readonly order: BenchOrder;
  readonly group: ClientGroup;
  readonly groupIndex: number;
  /** Those of this process. */
  readonly clients: readonly BenchClient[];
  /** A number no other event of the run has. */
  readonly nextNumber: () => number;
}

/** Keys of different connections are different keys: so many numbers are set aside for each. */
const keysPerConnection = 100_000;

export class EventSource {
  readonly group: ClientGroup;
  readonly clients: readonly BenchClient[];
  readonly #parts: EventSourceParts;
  readonly #random: () => number;
  readonly #schedule: Schedule | undefined;
  readonly #weights: number;
  readonly #keySequences = new Map<number, number>();
  #nextMs = Number.MAX_SAFE_INTEGER;
  #cursor = 0;
  /** Of each client: which of its keys came last. */
  readonly #keyCursors = new Map<number, number>();
  #isSending = false;
  /** The closed loop has no schedule: what ended is due at once. */
  #due: { readonly client: BenchClient; readonly atMs: number }[] = [];

  constructor(parts: EventSourceParts) {
    const { order, group, groupIndex, clients } = parts;
    this.group = group;
    this.clients = clients;
    this.#parts = parts;
    this.#random = seededRandom(order.seed * 31 + groupIndex * 7 + order.worker.index);
    this.#weights = group.kinds.reduce((sum, { weight }) => sum + weight, 0);
    this.#schedule = 'arrivals' in group.pace ? schedule(group.pace.arrivals, order.seed * 17 + groupIndex) : undefined;
  }

  /** The run begins. */
  start(nowMs: number): void {
    this.#isSending = this.clients.length > 0 && this.group.kinds.length > 0;
    if (!this.#isSending) return;
    if (this.#schedule !== undefined) this.#skipToOwn();
    else if ('inFlight' in this.group.pace) {
      for (const client of this.clients) {
        for (let i = 0; i < this.group.pace.inFlight; i += 1) this.#due.push({ client, atMs: nowMs });
      }
    }
  }

  stop(): void {
    this.#isSending = false;
    this.#due = [];
  }

  /** An event of this client has ended. */
  ended(client: BenchClient, atMs: number): void {
    if (this.#schedule === undefined && this.#isSending) this.#due.push({ client, atMs });
  }

  /** Gives all that is due by `nowMs` to the clients. @returns when the next is due */
  give(nowMs: number, record: RunRecord, lag: GeneratorLag): number {
    if (!this.#isSending) return Number.MAX_SAFE_INTEGER;
    const touched = new Set<BenchClient>();
    if (this.#due.length > 0) {
      const due = this.#due;
      this.#due = [];
      for (const { client, atMs } of due) this.#offer(client, atMs, record, touched);
    }
    while (this.#nextMs <= nowMs) {
      const client = this.clients[this.#cursor % this.clients.length] as BenchClient;
      this.#cursor += 1;
      // As with latencies, only what is measured counts: while it warms up, everything is late.
      if (this.#nextMs >= this.#parts.order.warmUpMs) lag.late(nowMs - this.#nextMs);
      this.#offer(client, this.#nextMs, record, touched);
      this.#skipToOwn();
    }
    for (const client of touched) client.flush();
    // A closed loop has something due whenever an answer was read: it looks at every turn.
    return this.#schedule === undefined ? nowMs : this.#nextMs;
  }

  #offer(client: BenchClient, dueMs: number, record: RunRecord, touched: Set<BenchClient>): void {
    const event = this.#event(client, dueMs);
    record.due(event);
    client.offer(event);
    touched.add(client);
  }

  /** All processes go through the same schedule, and each takes its own part. */
  #skipToOwn(): void {
    const { index, of } = this.#parts.order.worker;
    const next = this.#schedule as Schedule;
    for (let i = 0; i < of; i += 1) {
      const dueMs = next();
      if (i === index) this.#nextMs = dueMs;
    }
  }

  #event(client: BenchClient, dueMs: number): DueEvent {
    const kind = this.#kind();
    const key = kind.keys > 0 ? this.#key(client, kind) : -1;
    const keySequence = key < 0 ? 0 : (this.#keySequences.get(key) ?? 0) + 1;
    if (key >= 0) this.#keySequences.set(key, keySequence);
    const pulled = kind.streamCredit ?? 0;
    const serviceUs = Math.round(this.#serviceMs(kind) * 1000);
    return { n: this.#parts.nextNumber(), kind, dueMs, serviceUs, sentMs: dueMs, key, keySequence, items: 0, pulled };
  }

  #serviceMs({ service }: EventKind): number {
    if (service === undefined) return 0;
    return service.kind === 'deterministic' ? service.meanMs : -Math.log(1 - this.#random()) * service.meanMs;
  }

  #key(client: BenchClient, kind: EventKind): number {
    const cursor = (this.#keyCursors.get(client.index) ?? -1) + 1;
    this.#keyCursors.set(client.index, cursor);
    return client.index * keysPerConnection + (cursor % kind.keys);
  }

  #kind(): EventKind {
    const { kinds } = this.group;
    if (kinds.length === 1) return kinds[0] as EventKind;
    let left = this.#random() * this.#weights;
    for (const kind of kinds) {
      left -= kind.weight;
      if (left < 0) return kind;
    }
    return kinds.at(-1) as EventKind;
  }
}
