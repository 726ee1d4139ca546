/**
 * What the load generator wrote down: every event it sent and every frame that came back about it. The rows are there
 * from the start, so writing allocates nothing; judging is left to the audit.
 */
import { createLedgerState, flag, type LedgerState, type LedgerStateOptions } from './ledger-state.js';

export type ClientLedgerOptions = LedgerStateOptions;

/** One event that leaves. Read at once and not kept: the caller may use one object for all. */
export interface SentEvent {
  /** Unique in the run: a reconnected client is another connection. */
  readonly connection: number;
  /** The ordering key as a number; -1 for none. A key belongs to one connection and one type. */
  readonly key: number;
  /** Counts the events of the key in the order they are sent. */
  readonly keySequence: number;
  readonly withId: boolean;
  readonly wantsAck: boolean;
  /** Attempts the route allows, 1 to 31. @default 1 */
  readonly attemptsMax?: number;
  /** Items the stream has to produce. @default -1, unknown or no stream */
  readonly items?: number;
  /** It has a `ttl`, may be cancelled or conflated: without an id nobody hears that it was not run. @default false */
  readonly mayExpire?: boolean;
}

const foreignMax = 100;
const failuresMax = 254;
const countMax = 255;

export class ClientLedger {
  readonly state: LedgerState;

  /** @throws RangeError for a capacity that is no whole number from 1 */
  constructor(options: ClientLedgerOptions, state: LedgerState = createLedgerState(options)) {
    this.state = state;
  }

  /** An existing state, with room for no more events than it has. */
  static of(state: LedgerState): ClientLedger {
    return new ClientLedger({ capacity: state.columns.flags.length, firstN: state.firstN }, state);
  }

  /**
   * Before the event is handed to the socket.
   * @returns false when there is no room for it: the audit will say so
   * @throws RangeError when `n` is below `firstN`, or was sent before
   */
  sent(n: number, event: SentEvent): boolean {
    const { state } = this;
    const { columns } = state;
    const row = n - state.firstN;
    if (row >= columns.flags.length) {
      state.unrecorded += 1;
      return false;
    }
    if (columns.flags[row] !== 0) {
      throw new RangeError(`expected n to be unique and ${state.firstN} or more, got ${n}`);
    }
    if (row >= state.used) state.used = row + 1;
    columns.flags[row] =
      flag.sent |
      (event.withId ? flag.withId : 0) |
      (event.wantsAck ? flag.wantsAck : 0) |
      (event.mayExpire === true ? flag.mayExpire : 0);
    columns.attemptsMax[row] = event.attemptsMax ?? 1;
    columns.connection[row] = event.connection;
    columns.key[row] = event.key;
    columns.keySequence[row] = event.keySequence;
    columns.itemsExpected[row] = event.items ?? -1;
    columns.itemsEnded[row] = -1;
    return true;
  }

  /** The connection an event was sent on; -1 when it was not sent. A frame about it from elsewhere is foreign. */
  connectionOf(n: number): number {
    const row = rowOf(this.state, n);
    return row < 0 ? -1 : (this.state.columns.connection[row] as number);
  }

  ack(n: number): void {
    const row = this.#row(n, 'ack');
    if (row < 0) return;
    const { columns } = this.state;
    if (this.#hasOutcome(row)) this.#flag(row, flag.ackAfterOutcome);
    raise(columns.acks, row);
  }

  /** The outcome is a success, and a single value. With other data than expected, say so by {@link foreign} too. */
  end(n: number): void {
    const row = this.#row(n, 'end');
    if (row >= 0) raise(this.state.columns.ends, row);
  }

  /** The outcome is a success, and that of a stream. */
  streamEnd(n: number, items: number): void {
    const row = this.#row(n, 'end');
    if (row < 0) return;
    const { columns } = this.state;
    if (!this.#hasOutcome(row) && Number.isInteger(items)) columns.itemsEnded[row] = items;
    raise(columns.ends, row);
  }

  /** The outcome is a failure, or the event was refused. `started` as the frame says. */
  error(n: number, code: string, reason: string | undefined, started: string): void {
    const row = this.#row(n, 'error');
    if (row < 0) return;
    const { columns } = this.state;
    if (columns.failure[row] === 0) columns.failure[row] = this.#failure(code, reason, started);
    raise(columns.errors, row);
  }

  /** Item `number`, from 1, of a stream. */
  item(n: number, number: number): void {
    const row = this.#row(n, 'item');
    if (row < 0) return;
    this.state.itemsReceived += 1;
    if (this.#hasOutcome(row)) this.#flag(row, flag.itemAfterOutcome);
    const { itemsTold } = this.state.columns;
    const told = itemsTold[row] as number;
    if (number !== told + 1) this.state.breaks.addItem(row, number, told);
    if (number > told) itemsTold[row] = number;
  }

  gap(n: number, from: number, to: number, count: number): void {
    const row = this.#row(n, 'gap');
    if (row < 0) return;
    if (this.#hasOutcome(row)) this.#flag(row, flag.itemAfterOutcome);
    const { itemsTold } = this.state.columns;
    const told = itemsTold[row] as number;
    const isRight = from === told + 1 && to >= from && count === to - from + 1;
    if (!isRight) this.state.breaks.addGap(row, from, to, count, told);
    if (to > told && to >= from) itemsTold[row] = to;
  }

  /** An answer nobody asked for, one with other data than it should have, or a frame that is none. */
  foreign(message: string): void {
    const { state } = this;
    state.foreignCount += 1;
    if (state.foreign.length < foreignMax) state.foreign.push(message);
  }

  /** An `error` without an id said that so many events without an id were refused. */
  refusedWithoutId(count: number): void {
    this.state.refusedWithoutId += count;
  }

  /** Ended while it was needed, whoever ended it: what was open on it is undecided. Not for one that was done. */
  connectionLost(connection: number, code: number): void {
    this.state.lost.set(connection, code);
  }

  /** Row of a sent event. Whatever else is answered is foreign, but for what the ledger had no room for. */
  #row(n: number, op: string): number {
    const row = rowOf(this.state, n);
    if (row >= 0) return row;
    if (this.state.unrecorded === 0) this.foreign(`expected frames about events that were sent, got ${op} of n ${n}`);
    return -1;
  }

  #hasOutcome(row: number): boolean {
    const { ends, errors } = this.state.columns;
    return ends[row] !== 0 || errors[row] !== 0;
  }

  #flag(row: number, bit: number): void {
    const { flags } = this.state.columns;
    flags[row] = (flags[row] as number) | bit;
  }

  /** 1 + the place in the table of failures. The kinds a server can make up are bounded; the last row is for others. */
  #failure(code: string, reason: string | undefined, started: string): number {
    const { failures } = this.state;
    for (let i = 0; i < failures.length; i += 1) {
      const row = failures[i];
      if (row?.code === code && row.reason === reason && row.started === started) return i + 1;
    }
    if (failures.length < failuresMax) return failures.push({ code, reason, started });
    if (failures.length === failuresMax) failures.push({ code: 'other', reason: undefined, started: 'maybe' });
    return failures.length;
  }
}

/** Row of an event that was sent, or -1. */
export function rowOf({ firstN, used, columns }: LedgerState, n: number): number {
  const row = n - firstN;
  return row >= 0 && row < used && columns.flags[row] !== 0 && columns.flags[row] !== undefined ? row : -1;
}

function raise(counts: Uint8Array, row: number): void {
  const count = counts[row] as number;
  if (count < countMax) counts[row] = count + 1;
}
