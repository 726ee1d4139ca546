import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClientLedger } from '../../../load/audit/client-ledger.js';
import { mergeClientLedgers, readClientLedger, writeClientLedger } from '../../../load/audit/client-ledger-file.js';
import { heapBytes } from '../../support/heap.js';
import { audited, plain } from './history.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'client-ledger-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Something of everything, in numbers from `firstN` on; every ledger has other failures first. */
function busyLedger(firstN: number, capacity = 50): ClientLedger {
  const ledger = new ClientLedger({ capacity, firstN });
  const connection = firstN;
  ledger.sent(firstN, { ...plain, connection, key: 3, keySequence: 1, wantsAck: true });
  ledger.ack(firstN);
  ledger.end(firstN);
  ledger.sent(firstN + 2, { ...plain, connection, items: 4, attemptsMax: 3 });
  for (const number of [1, 3, 4]) ledger.item(firstN + 2, number);
  ledger.gap(firstN + 2, 2, 2, 2);
  ledger.streamEnd(firstN + 2, 4);
  ledger.sent(firstN + 3, { ...plain, connection, withId: false, mayExpire: true });
  ledger.sent(firstN + 4, { ...plain, connection });
  ledger.error(firstN + 4, `code_${firstN}`, firstN > 5 ? 'credit' : undefined, 'no');
  ledger.sent(firstN + 5, { ...plain, connection });
  ledger.foreign(`foreign ${firstN}`);
  ledger.refusedWithoutId(2);
  ledger.connectionLost(connection, 4200);
  return ledger;
}

describe('the client ledger', () => {
  it('knows on which connection an event was sent', () => {
    const ledger = busyLedger(10);
    expect([9, 10, 11, 12, 16, 1.5, Number.NaN].map((n) => ledger.connectionOf(n))).toEqual([
      -1, 10, -1, 10, -1, -1, -1,
    ]);
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses a capacity of %s', (capacity) => {
    expect(() => new ClientLedger({ capacity })).toThrow(/expected a capacity of 1 or more events/);
  });

  it('refuses a number that was sent before, or lies below the first', () => {
    const ledger = busyLedger(10);
    expect(() => ledger.sent(10, plain)).toThrow('expected n to be unique and 10 or more, got 10');
    expect(() => ledger.sent(9, plain)).toThrow('expected n to be unique and 10 or more, got 9');
  });

  it('tells the caller when it has no more room', () => {
    const ledger = new ClientLedger({ capacity: 1 });
    expect([ledger.sent(1, plain), ledger.sent(2, plain)]).toEqual([true, false]);
  });

  it('keeps what failures say, and bounds the kinds a server can make up', () => {
    const ledger = new ClientLedger({ capacity: 1000 });
    for (let n = 1; n <= 1000; n += 1) {
      ledger.sent(n, plain);
      ledger.error(n, `code_${n}`, undefined, 'no');
    }
    const { failures, columns } = ledger.state;
    expect(failures).toHaveLength(255);
    expect(failures[(columns.failure[200] as number) - 1]?.code).toBe('code_201');
    expect(failures[(columns.failure[999] as number) - 1]?.code).toBe('other');
  });

  it('bounds its list of foreign answers, and counts them all', () => {
    const ledger = new ClientLedger({ capacity: 1 });
    for (let i = 0; i < 1000; i += 1) ledger.foreign(`${i}`);
    expect([ledger.state.foreign.length, ledger.state.foreignCount]).toEqual([100, 1000]);
  });

  it('bounds its list of breaks, and the audit says that there were more', () => {
    const ledger = new ClientLedger({ capacity: 1 });
    ledger.sent(1, plain);
    for (let number = 2; number <= 10_000; number += 2) ledger.item(1, number);
    expect(ledger.state.breaks.length).toBe(4096);
    expect(audited(ledger).counts.lost).toBeGreaterThan(4096);
  });

  it('takes no memory for what it writes down', () => {
    const count = 100_000;
    const ledger = new ClientLedger({ capacity: count });
    const write = (from: number, to: number): void => {
      for (let n = from; n <= to; n += 1) {
        ledger.sent(n, plain);
        ledger.ack(n);
        ledger.item(n, 1);
        if (n % 2 === 0) ledger.streamEnd(n, 1);
        else ledger.error(n, 'internal', undefined, 'maybe');
      }
    };
    write(1, 1000);
    const before = heapBytes();
    write(1001, count);
    expect(heapBytes() - before).toBeLessThan(count);
  });
});

describe('ledgers of several processes', () => {
  it('come back from their files as they were', () => {
    const path = join(folder, 'one');
    const ledger = busyLedger(10);
    writeClientLedger(path, ledger);
    const read = readClientLedger(path);
    expect(audited(read)).toEqual(audited(ledger));
    expect(read.state.failures).toEqual(ledger.state.failures);
    expect([...read.state.breaks]).toEqual([...ledger.state.breaks]);
    const again = join(folder, 'again');
    writeClientLedger(again, read);
    expect(readFileSync(again)).toEqual(readFileSync(path));
  });

  it('come back when nothing was sent', () => {
    const path = join(folder, 'empty');
    writeClientLedger(path, new ClientLedger({ capacity: 10 }));
    expect(audited(readClientLedger(path))).toMatchObject({ kind: 'ok', checked: 0 });
  });

  it.each([
    ['something else', Buffer.from('n 1 2 3')],
    ['nothing', Buffer.alloc(0)],
  ])('are not read from %s', (_, bytes) => {
    const path = join(folder, 'other');
    writeFileSync(path, bytes);
    expect(() => readClientLedger(path)).toThrow(/expected a file of the format sluice-ledger\/1/);
  });

  it('are not read from a file that is cut short', () => {
    const path = join(folder, 'short');
    writeClientLedger(path, busyLedger(1));
    writeFileSync(path, readFileSync(path).subarray(0, -1));
    expect(() => readClientLedger(path)).toThrow(/expected a ledger of \d+ bytes/);
  });

  it('say together what they say alone', () => {
    const parts = [1, 100, 200].map((firstN) => busyLedger(firstN));
    const merged = mergeClientLedgers(parts);
    const alone = parts.map((part) => audited(part));
    const together = audited(merged);
    for (const kind of ['lost', 'duplicated', 'reordered', 'unexpected', 'indeterminate'] as const) {
      expect(together.counts[kind] ?? 0, kind).toBe(alone.reduce((sum, { counts }) => sum + (counts[kind] ?? 0), 0));
    }
    expect(together.messages.toSorted()).toEqual(alone.flatMap(({ messages }) => messages).toSorted());
    expect(together.checked).toBe(alone.reduce((sum, { checked }) => sum + checked, 0));
    expect(merged.state).toMatchObject({ refusedWithoutId: 6, foreignCount: 3, itemsReceived: 9 });
    expect(merged.state.failures[(merged.state.columns.failure[103] as number) - 1]?.code).toBe('code_100');
  });

  it('may have numbers that alternate', () => {
    const [odd, even] = [new ClientLedger({ capacity: 10 }), new ClientLedger({ capacity: 10, firstN: 2 })];
    for (let n = 1; n <= 10; n += 1) {
      const own = n % 2 === 1 ? odd : even;
      own.sent(n, plain);
      own.end(n);
    }
    expect(audited(mergeClientLedgers([odd, even]))).toMatchObject({ kind: 'ok', checked: 10 });
  });

  it('are not merged when an event is in two of them', () => {
    expect(() => mergeClientLedgers([busyLedger(1), busyLedger(3)])).toThrow(/unique in the run, got 3 in two ledgers/);
  });

  it('are not merged when their numbers lie far apart', () => {
    expect(() => mergeClientLedgers([busyLedger(1), busyLedger(1e12)])).toThrow(/expected at most 100000000 rows/);
  });

  it('are nothing when there are none', () => {
    expect(audited(mergeClientLedgers([]))).toMatchObject({ kind: 'ok', checked: 0 });
  });
});
