/**
 * What one client process of a scenario writes down: latencies by class, outcomes by code, what happened when, and the
 * ledger for the audit. Only events that were due in the measured part are counted in the figures; the ledger has all.
 */

import * as hdr from 'hdr-histogram-js';
import type { ClientLedger } from '../audit/client-ledger.js';
import type { Frame } from './bench-codec.js';
import type { BenchOrder } from './bench-order.js';
import type { DueEvent } from './due-event.js';
import {
  ClassRecorder,
  histogram,
  IntervalRecorder,
  type RecordedClass,
  type RecordedIntervals,
  record,
} from './latency-recorder.js';

/** Intervals a run is divided into. */
export const intervals = 60;

/** Counts of a process, added up over all of them. */
export interface RunCounts {
  offered: number;
  sent: number;
  ok: number;
  unanswered: number;
  unsent: number;
  /** Successes that came within the measured part, and of these those within the deadline. */
  doneInside: number;
  onTimeInside: number;
}

/** What handlers of known service time said. */
export interface ServiceTimes {
  /** HDR histogram of the waits, base64. */
  readonly waits: string;
  readonly count: number;
  readonly heldUs: number;
  readonly waitedUs: number;
}

/** What crosses the process border. */
export interface RecordedRun {
  readonly counts: RunCounts;
  readonly failed: Readonly<Record<string, number>>;
  readonly classes: readonly RecordedClass[];
  readonly intervals: RecordedIntervals;
  readonly service: ServiceTimes;
  /** Connections that ended though they should not have, in words; the first 20. */
  readonly lostConnections: readonly string[];
  /** Mean credit of a session that was not used up, over time: told less finished. */
  readonly windows: { readonly atMs: readonly number[]; readonly window: readonly number[] };
}

const lostConnectionsMax = 20;

interface ServiceAnswer {
  readonly waitUs: number;
  readonly heldUs: number;
}

/** All counts zero. */
export function noCounts(): RunCounts {
  return { offered: 0, sent: 0, ok: 0, unanswered: 0, unsent: 0, doneInside: 0, onTimeInside: 0 };
}

export class RunRecord {
  readonly #order: BenchOrder;
  readonly #ledger: ClientLedger | undefined;
  readonly #counts = noCounts();
  readonly #failed = new Map<string, number>();
  readonly #classes = new Map<string, ClassRecorder>();
  readonly #intervals: IntervalRecorder;
  readonly #lostConnections: string[] = [];
  readonly #waits = histogram(3);
  readonly #windows = { atMs: [] as number[], window: [] as number[] };
  #heldUs = 0;
  #waitedUs = 0;
  /** Called with the index of a connection that was welcomed. */
  onWelcome: (connection: number) => void = () => undefined;

  constructor(order: BenchOrder, ledger: ClientLedger | undefined) {
    this.#order = order;
    this.#ledger = ledger;
    this.#intervals = new IntervalRecorder(order.durationMs, intervals);
  }

  /** An event is due. */
  due(event: DueEvent): void {
    if (!this.#isCounted(event)) return;
    this.#counts.offered += 1;
    this.#intervals.offered(event.dueMs - this.#order.warmUpMs);
  }

  sent(event: DueEvent, connection: number): void {
    this.#ledger?.sent(event.n, {
      connection,
      key: event.key,
      keySequence: event.keySequence,
      withId: true,
      wantsAck: false,
      ...(event.kind.items === undefined ? {} : { items: event.kind.items }),
      ...(event.kind.ttlMs === undefined ? {} : { mayExpire: true }),
    });
    if (!this.#isCounted(event)) return;
    this.#counts.sent += 1;
    this.#class(event.kind.name).sent += 1;
  }

  ended(event: DueEvent, frame: Frame, atMs: number): void {
    this.#checkData(event, frame.data);
    if (event.kind.items === undefined) this.#ledger?.end(event.n);
    else this.#ledger?.streamEnd(event.n, frame.n as number);
    this.success(event, atMs);
    if (event.kind.service !== undefined && this.#isCounted(event)) this.#serviced(frame.data as ServiceAnswer);
  }

  /** Counts an outcome that was good. */
  success(event: Pick<DueEvent, 'dueMs' | 'sentMs' | 'kind'>, atMs: number): void {
    const { warmUpMs, durationMs, deadlineMs } = this.#order;
    const latencyMs = atMs - event.dueMs;
    const isOnTime = deadlineMs === 0 || latencyMs <= deadlineMs;
    if (atMs >= warmUpMs && atMs < warmUpMs + durationMs) {
      this.#counts.doneInside += 1;
      if (isOnTime) this.#counts.onTimeInside += 1;
      this.#intervals.done(atMs - warmUpMs, latencyMs);
      this.#class(event.kind.name).seen(atMs - warmUpMs);
    }
    if (!this.#isCounted(event)) return;
    this.#counts.ok += 1;
    this.#class(event.kind.name).done(latencyMs, atMs - event.sentMs, isOnTime);
  }

  failed(event: DueEvent, frame: Frame): void {
    const reason = typeof frame.reason === 'string' ? frame.reason : undefined;
    this.#ledger?.error(event.n, String(frame.code), reason, frame.started === 'no' ? 'no' : 'maybe');
    if (this.#isCounted(event)) this.fail(reason === undefined ? String(frame.code) : `${frame.code}/${reason}`);
  }

  /** Counts something that went wrong under a name. */
  fail(name: string): void {
    this.#failed.set(name, (this.#failed.get(name) ?? 0) + 1);
  }

  ack(n: number): void {
    this.#ledger?.ack(n);
  }

  item(n: number, frame: Frame, event: DueEvent | undefined): void {
    if (event !== undefined) this.#checkData(event, frame.data);
    this.#ledger?.item(n, frame.n as number);
  }

  gap(n: number, frame: Frame): void {
    this.#ledger?.gap(n, frame.from as number, frame.to as number, frame.count as number);
  }

  /** An outcome this connection does not wait for: of an event that has ended already, of another's, or of none. */
  stray(frame: Frame, connection: number): void {
    const n = frame.id;
    if (typeof n !== 'number') {
      if (frame.op === 'end') this.foreign('an end without an id');
      return;
    }
    if (this.#ledger !== undefined && this.#ledger.connectionOf(n) !== connection) {
      this.foreign(`expected outcomes of events of connection ${connection}, got ${frame.op} of n ${n}`);
    } else if (frame.op === 'end') this.#ledger?.end(n);
    else this.#ledger?.error(n, String(frame.code), undefined, frame.started === 'no' ? 'no' : 'maybe');
  }

  foreign(message: string): void {
    this.#ledger?.foreign(message);
    this.fail('foreign');
  }

  welcomed(connection: number): void {
    this.onWelcome(connection);
  }

  unsent(event: DueEvent): void {
    if (this.#isCounted(event)) this.#counts.unsent += 1;
  }

  /** Its time passed before there was credit for it, so its client did not send it. */
  overdue(event: DueEvent): void {
    if (this.#isCounted(event)) this.fail('not sent, too late');
  }

  unanswered(event: DueEvent): void {
    if (this.#isCounted(event)) this.#counts.unanswered += 1;
  }

  /** Its connection ended first. */
  undecided(event: DueEvent): void {
    if (this.#isCounted(event)) this.fail('connection lost');
  }

  connectionLost(connection: number, code: number, reason: string, isExpected: boolean): void {
    this.#ledger?.connectionLost(connection, code);
    this.fail(`closed ${code}`);
    if (isExpected || this.#lostConnections.length === lostConnectionsMax) return;
    this.#lostConnections.push(`connection ${connection}: ${code} ${reason}`.trim());
  }

  /** What clients know of their windows, looked at now. */
  window(atMs: number, window: number): void {
    const { warmUpMs, durationMs } = this.#order;
    if (atMs < warmUpMs || atMs >= warmUpMs + durationMs) return;
    this.#windows.atMs.push(atMs - warmUpMs);
    this.#windows.window.push(window);
  }

  /** Call once, when the run is over. */
  recorded(): RecordedRun {
    for (const each of this.#classes.values()) each.seen(this.#order.durationMs);
    return {
      counts: this.#counts,
      failed: Object.fromEntries(this.#failed),
      classes: [...this.#classes.values()].map((each) => each.encoded()),
      intervals: this.#intervals.encoded(),
      service: {
        waits: hdr.encodeIntoCompressedBase64(this.#waits),
        count: this.#waits.totalCount,
        heldUs: this.#heldUs,
        waitedUs: this.#waitedUs,
      },
      lostConnections: this.#lostConnections,
      windows: this.#windows,
    };
  }

  /** Whether an event belongs to the measured part. */
  #isCounted({ dueMs }: Pick<DueEvent, 'dueMs'>): boolean {
    const { warmUpMs, durationMs } = this.#order;
    return dueMs >= warmUpMs && dueMs < warmUpMs + durationMs;
  }

  #class(name: string): ClassRecorder {
    const known = this.#classes.get(name);
    if (known !== undefined) return known;
    const fresh = new ClassRecorder(name);
    this.#classes.set(name, fresh);
    return fresh;
  }

  #serviced({ waitUs, heldUs }: ServiceAnswer): void {
    record(this.#waits, waitUs / 1000);
    this.#heldUs += heldUs;
    this.#waitedUs += waitUs;
  }

  /** Every answer of the audit's handlers carries the number of its event. */
  #checkData({ n, kind }: DueEvent, data: unknown): void {
    if (data === undefined && kind.items !== undefined) return;
    if (typeof data === 'object' && data !== null && (data as { readonly n?: unknown }).n === n) return;
    this.foreign(`event ${n} answered with the data of another: ${JSON.stringify(data)?.slice(0, 100)}`);
  }
}
