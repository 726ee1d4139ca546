/**
 * Client ledgers between processes: each client process writes its own to a file, and the audit reads and merges them.
 *
 *     4 bytes, little endian: length of the head │ the head, JSON │ the columns, one after the other, rows in use only
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { ClientLedger, rowOf } from './client-ledger.js';
import { columnNames, createLedgerState, type FailureRow, type LedgerState } from './ledger-state.js';
import type { StreamBreak } from './stream-breaks.js';

const format = 'sluice-ledger/1';
/** About 3 GB of columns. */
const mergedMax = 100_000_000;

interface Head {
  readonly format: typeof format;
  readonly firstN: number;
  readonly used: number;
  readonly itemsReceived: number;
  readonly unrecorded: number;
  readonly refusedWithoutId: number;
  readonly foreignCount: number;
  readonly foreign: readonly string[];
  readonly failures: readonly FailureRow[];
  readonly lost: readonly (readonly [connection: number, code: number])[];
  readonly breaks: readonly StreamBreak[];
  readonly breaksDropped: number;
  readonly bytesPerColumn: readonly number[];
}

/** Writes a ledger, 30 bytes per event. */
export function writeClientLedger(path: string, { state }: ClientLedger): void {
  const columns = columnNames.map((name) => {
    const { buffer, byteOffset, BYTES_PER_ELEMENT } = state.columns[name];
    return new Uint8Array(buffer, byteOffset, state.used * BYTES_PER_ELEMENT);
  });
  const head: Head = {
    format,
    firstN: state.firstN,
    used: state.used,
    itemsReceived: state.itemsReceived,
    unrecorded: state.unrecorded,
    refusedWithoutId: state.refusedWithoutId,
    foreignCount: state.foreignCount,
    foreign: state.foreign,
    failures: state.failures,
    lost: [...state.lost],
    breaks: [...state.breaks],
    breaksDropped: state.breaks.dropped,
    bytesPerColumn: columns.map(({ length }) => length),
  };
  const headBytes = Buffer.from(JSON.stringify(head));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(headBytes.length);
  writeFileSync(path, Buffer.concat([size, headBytes, ...columns]));
}

/** Reads what {@link writeClientLedger} wrote. @throws Error for any other file, or one that is cut short */
export function readClientLedger(path: string): ClientLedger {
  const bytes = readFileSync(path);
  const head = readHead(path, bytes);
  const state = createLedgerState({ capacity: Math.max(1, head.used), firstN: head.firstN });
  let at = 4 + bytes.readUInt32LE(0);
  columnNames.forEach((name, i) => {
    const column = state.columns[name];
    const length = head.bytesPerColumn[i] ?? 0;
    new Uint8Array(column.buffer).set(bytes.subarray(at, at + length));
    at += length;
  });
  if (at !== bytes.length) throw new Error(`${path}: expected a ledger of ${at} bytes, got ${bytes.length}`);
  state.used = head.used;
  addTotals(state, head);
  state.failures.push(...head.failures.map(({ code, reason, started }) => ({ code, reason, started })));
  for (const one of head.breaks) state.breaks.add(one);
  state.breaks.dropped += head.breaksDropped;
  return ClientLedger.of(state);
}

/**
 * One ledger of all. Numbers of events and of connections are unique over all of them; ranges of `n` may overlap, but
 * should not lie far apart, since the ledger has a row for each number between.
 * @throws RangeError when an `n` is in two ledgers, or there are too many rows
 */
export function mergeClientLedgers(ledgers: readonly ClientLedger[]): ClientLedger {
  const states = ledgers.map(({ state }) => state).filter(({ used, unrecorded }) => used > 0 || unrecorded > 0);
  const firstN = states.reduce((least, state) => Math.min(least, state.firstN), states[0]?.firstN ?? 1);
  const endN = states.reduce((most, state) => Math.max(most, state.firstN + state.used), firstN + 1);
  if (endN - firstN > mergedMax) throw new RangeError(`expected at most ${mergedMax} rows, got ${endN - firstN}`);
  const merged = createLedgerState({ capacity: endN - firstN, firstN });
  merged.used = endN - firstN;
  for (const { state } of ledgers) addLedger(merged, state);
  return ClientLedger.of(merged);
}

function addLedger(merged: LedgerState, state: LedgerState): void {
  const shift = state.firstN - merged.firstN;
  addRows(merged, state, shift);
  const places = state.failures.map((row) => failurePlace(merged, row));
  const { failure } = merged.columns;
  for (let row = 0; row < state.used; row += 1) {
    const own = state.columns.failure[row] as number;
    if (own > 0) failure[row + shift] = places[own - 1] as number;
  }
  addTotals(merged, state);
  for (const one of state.breaks) merged.breaks.add({ ...one, row: one.row + shift });
  merged.breaks.dropped += state.breaks.dropped;
}

/** Whole columns at once, where no other ledger has rows there; else one by one. */
function addRows(merged: LedgerState, state: LedgerState, shift: number): void {
  const isFree = merged.columns.flags.subarray(shift, shift + state.used).every((flags) => flags === 0);
  if (isFree) {
    for (const name of columnNames) merged.columns[name].set(state.columns[name].subarray(0, state.used), shift);
    return;
  }
  for (let row = 0; row < state.used; row += 1) {
    const n = state.firstN + row;
    if (rowOf(state, n) < 0) continue;
    if (rowOf(merged, n) >= 0) throw new RangeError(`expected n to be unique in the run, got ${n} in two ledgers`);
    for (const name of columnNames) merged.columns[name][row + shift] = state.columns[name][row] as number;
  }
}

type Totals = Pick<LedgerState, 'itemsReceived' | 'unrecorded' | 'refusedWithoutId' | 'foreignCount'> & {
  readonly foreign: readonly string[];
  readonly lost: Iterable<readonly [number, number]>;
};

function addTotals(state: LedgerState, added: Totals): void {
  state.itemsReceived += added.itemsReceived;
  state.unrecorded += added.unrecorded;
  state.refusedWithoutId += added.refusedWithoutId;
  state.foreignCount += added.foreignCount;
  state.foreign.push(...added.foreign);
  for (const [connection, code] of added.lost) state.lost.set(connection, code);
}

/** 1 + the place of a failure in the merged table, which has room for 255. */
function failurePlace({ failures }: LedgerState, wanted: FailureRow): number {
  const at = failures.findIndex(
    ({ code, reason, started }) => code === wanted.code && reason === wanted.reason && started === wanted.started,
  );
  if (at >= 0) return at + 1;
  return failures.length < 255 ? failures.push(wanted) : 255;
}

function readHead(path: string, bytes: Buffer): Head {
  const length = bytes.length < 4 ? 0 : bytes.readUInt32LE(0);
  let head: Partial<Head> = {};
  try {
    head = JSON.parse(bytes.toString('utf8', 4, 4 + length)) as Partial<Head>;
  } catch {
    // Said below.
  }
  if (head.format !== format) throw new Error(`${path}: expected a file of the format ${format}, got another`);
  return head as Head;
}
