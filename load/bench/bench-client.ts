/**
 * One client of a scenario: sends what is due as far as its credit allows, and accounts for all that comes back. An
 * event that is due while there is no credit waits here, and its latency counts from when it was due.
 */

import { AnswerTime } from './answer-time.js';
import type { BenchCodec, Frame } from './bench-codec.js';
import type { ClientGroup } from './bench-order.js';
import type { BenchSocket } from './bench-socket.js';
import type { DueEvent } from './due-event.js';
import type { RunRecord } from './run-record.js';

export interface BenchClientParts {
  /** Its number in the whole run. */
  readonly index: number;
  readonly group: ClientGroup;
  readonly codec: BenchCodec;
  readonly record: RunRecord;
  readonly nowMs: () => number;
  /** Called when an event has ended: a closed loop sends the next. */
  readonly onEnded: (client: BenchClient) => void;
}

/** Events that may wait for credit in one client: what comes beyond is counted as not sent. */
const waitingMax = 1_000_000;

export class BenchClient {
  readonly index: number;
  isOpen = false;
  /** Welcomed, or of a server that does not do that. */
  isReady = false;
  socket: BenchSocket | undefined = undefined;
  readonly #parts: BenchClientParts;
  readonly #pending = new Map<number, DueEvent>();
  #waiting: DueEvent[] = [];
  #waitingFrom = 0;
  #sent = 0;
  /** Of the events that cost credit. */
  #finished = 0;
  readonly #answerTime = new AnswerTime();
  #creditMax = Number.MAX_SAFE_INTEGER;

  constructor(parts: BenchClientParts) {
    this.index = parts.index;
    this.#parts = parts;
  }

  /** Sent and not answered. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Due and not sent. */
  get waiting(): number {
    return this.#waiting.length - this.#waitingFrom;
  }

  /** Credit it knows of, less what it has finished: what the gateway lets it have on its way. */
  get window(): number {
    return this.#creditMax - this.#finished;
  }

  /** The gateway's own dialect: nothing is sent before `welcome` says how much. */
  hello(): void {
    this.#creditMax = 0;
    this.socket?.send(this.#parts.codec.encode({ op: 'hello' }));
    this.socket?.flush();
  }

  /** Takes one event that is due; it leaves now, or when there is credit for it. Call `flush` when all are given. */
  offer(event: DueEvent): void {
    if (!this.isOpen) this.#parts.record.unsent(event);
    else if (this.#hasCreditFor(event) && (this.waiting === 0 || isFree(event))) this.#send(event);
    else if (this.waiting < waitingMax) this.#waiting.push(event);
    else this.#parts.record.unsent(event);
  }

  flush(): void {
    this.socket?.flush();
  }

  message(bytes: Buffer): void {
    let frames: readonly Frame[];
    try {
      frames = this.#parts.codec.decode(bytes);
    } catch (error) {
      this.#parts.record.foreign(`a message that does not decode: ${String(error)}`);
      return;
    }
    for (const frame of frames) this.#frame(frame);
  }

  /** The connection is gone: nobody will hear of what was open. */
  closed(code: number, reason: string): void {
    const { record, group } = this.#parts;
    this.isOpen = false;
    record.connectionLost(this.index, code, reason, group.mayBeClosed === true);
    for (const event of this.#pending.values()) record.undecided(event);
    this.#pending.clear();
    this.#dropWaiting();
  }

  /** The run is over: what is left is accounted for. */
  finish(): void {
    for (const event of this.#pending.values()) this.#parts.record.unanswered(event);
    this.#dropWaiting();
    this.socket?.destroy();
  }

  #dropWaiting(): void {
    for (let i = this.#waitingFrom; i < this.#waiting.length; i += 1) {
      this.#parts.record.unsent(this.#waiting[i] as DueEvent);
    }
    this.#waiting = [];
    this.#waitingFrom = 0;
  }

  #hasCreditFor(event: DueEvent): boolean {
    const { group } = this.#parts;
    return this.#sent < this.#creditMax || isFree(event) || group.ignoresCredit === true;
  }

  #send(event: DueEvent): void {
    const { codec, record, nowMs } = this.#parts;
    const { n } = event;
    if (!isFree(event)) this.#sent += 1;
    event.sentMs = nowMs();
    this.#pending.set(n, event);
    this.socket?.send(codec.encode(eventFrame(event)));
    record.sent(event, this.index);
  }

  #sendWaiting(): void {
    this.#dropOverdue();
    const isNewestFirst = this.#parts.group.isNewestFirst === true;
    while (this.waiting > 0) {
      const at = isNewestFirst ? this.#waiting.length - 1 : this.#waitingFrom;
      const event = this.#waiting[at] as DueEvent;
      if (!this.#hasCreditFor(event)) break;
      if (isNewestFirst) this.#waiting.pop();
      else this.#waitingFrom += 1;
      this.#send(event);
    }
    if (this.#waitingFrom * 2 < this.#waiting.length) return;
    this.#waiting = this.#waiting.slice(this.#waitingFrom);
    this.#waitingFrom = 0;
  }

  /** Takes out what is not worth sending any more; the oldest wait in front. */
  #dropOverdue(): void {
    const nowMs = this.#parts.nowMs();
    for (; this.waiting > 0; this.#waitingFrom += 1) {
      const event = this.#waiting[this.#waitingFrom] as DueEvent;
      const { ttlMs } = event.kind;
      if (ttlMs === undefined) return;
      const neededMs = this.#parts.group.sparesTime === true ? this.#answerTime.atMost(ttlMs) : 0;
      if (nowMs - event.dueMs + neededMs < ttlMs) return;
      this.#parts.record.overdue(event);
    }
  }

  #frame(frame: Frame): void {
    switch (frame.op) {
      case 'end':
      case 'error':
        this.#ended(frame);
        return;
      case 'item':
        this.#item(frame);
        return;
      case 'gap':
        this.#parts.record.gap(frame.id as number, frame);
        return;
      case 'ack':
        this.#parts.record.ack(frame.id as number);
        return;
      case 'welcome':
        this.isReady = true;
        this.#creditMax = frame.credit as number;
        this.#parts.record.welcomed(this.index);
        this.#sendWaiting();
        return;
      case 'credit':
        this.#creditMax = frame.max as number;
        this.#sendWaiting();
        return;
      case 'ping':
        this.socket?.send(this.#parts.codec.encode({ op: 'pong', at: frame.at }));
        return;
      case 'pong':
      case 'goaway':
        return;
      default:
        this.#parts.record.foreign(`expected a frame of the protocol, got op ${String(frame.op)}`);
    }
  }

  #ended(frame: Frame): void {
    const { record, nowMs } = this.#parts;
    const event = this.#pending.get(frame.id as number);
    if (event === undefined) {
      record.stray(frame, this.index);
      return;
    }
    this.#pending.delete(event.n);
    if (!isFree(event)) this.#finished += 1;
    if (this.#parts.group.sparesTime === true) this.#answerTime.took(nowMs() - event.sentMs);
    if (frame.op === 'end') record.ended(event, frame, nowMs());
    else record.failed(event, frame);
    this.#parts.onEnded(this);
  }

  #item(frame: Frame): void {
    const { record, codec } = this.#parts;
    const event = this.#pending.get(frame.id as number);
    record.item(frame.id as number, frame, event);
    if (event === undefined) return;
    event.items += 1;
    const step = event.kind.streamCredit;
    if (step === undefined || event.pulled - event.items > step / 2) return;
    event.pulled += step;
    this.socket?.send(codec.encode({ op: 'pull', id: event.n, max: event.pulled }));
  }
}

/** Costs no credit. */
function isFree({ kind }: DueEvent): boolean {
  return kind.priority === 'critical';
}

function eventFrame({ n, kind, key, keySequence, serviceUs, dueMs, sentMs }: DueEvent): object {
  // Measured between processes, so by the clock of the machine.
  const service = kind.service === undefined ? {} : { serviceUs, sentUs: microseconds() };
  // The handler is told, too, so that it can say whether its gateway held it.
  const ttl = kind.ttlMs === undefined ? undefined : Math.max(1, kind.ttlMs - (sentMs - dueMs));
  const fill = kind.fillBytes > 0 ? { fill: 'x'.repeat(kind.fillBytes) } : {};
  const keyed = key < 0 ? {} : { key: `k${key}` };
  return {
    op: 'event',
    id: n,
    type: kind.type,
    ...keyed,
    ...(kind.priority === undefined ? {} : { priority: kind.priority }),
    ...(ttl === undefined ? {} : { ttl }),
    ...(kind.streamCredit === undefined ? {} : { credit: kind.streamCredit }),
    data: {
      n,
      key,
      keySequence,
      ...kind.data,
      ...service,
      ...(ttl === undefined ? {} : { ttl, expiresUs: microseconds() + Math.ceil(ttl * 1000) }),
      ...(kind.items === undefined ? {} : { items: kind.items }),
      ...fill,
    },
  };
}

function microseconds(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
