import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryLog } from '../../src/engine/memory-log.js';
import type { LogEntry } from '../../src/model/topic-log.js';
import { heapBytes } from '../support/heap.js';

const retention = { messages: 1, bytes: 1, ageMs: 1 };
const logOf = () => new MemoryLog('a', 'e', retention, 0);
const message = (key: string | undefined) => ({ topic: 'a', data: 0, key, bytes: 3 });
const offsets = (entries: readonly LogEntry[]) => entries.map(({ offset }) => offset);

describe('the log of a topic in memory', () => {
  it('gives what an array would, however it grows and shrinks', () => {
    const anyPushes = fc.record({ pushes: fc.nat(60), keys: fc.integer({ min: 1, max: 40 }) });
    const anyStep = fc.record({ shifts: fc.nat(70), after: fc.nat(250), max: fc.nat(20) });
    fc.assert(
      fc.property(fc.array(fc.tuple(anyPushes, anyStep), { maxLength: 8 }), (steps) => {
        const log = logOf();
        const kept: { offset: number; key: string | undefined }[] = [];
        for (const [{ pushes, keys }, { shifts, after, max }] of steps) {
          for (let i = 0; i < pushes; i += 1) {
            // Each its share of some, and one key that fades away.
            const key = i % 3 === 0 ? undefined : `${(i * i + keys) % keys}`;
            kept.push({ offset: log.push(message(key), 0).offset, key });
          }
          for (let i = 0; i < shifts; i += 1) expect(log.shift()?.offset).toBe(kept.shift()?.offset);
          log.trim();
          const { last } = log;
          expect(log.position()).toEqual({ epoch: 'e', first: last - kept.length + 1, last });
          expect([log.size, log.bytes]).toEqual([kept.length, kept.length * 3]);
          const behind = kept.filter(({ offset }) => offset > after);
          expect(offsets(log.read(after, max).entries)).toEqual(offsets(behind as LogEntry[]).slice(0, max));
          const latest = [...new Map(behind.map((each) => [each.key, each])).values()].sort(
            (a, b) => a.offset - b.offset,
          );
          expect(offsets(log.readLatest(after, max).entries)).toEqual(offsets(latest as LogEntry[]).slice(0, max));
        }
      }),
      { seed: 20261130 },
    );
  });

  it('counts entries that it does not hold', () => {
    const log = logOf();
    expect([log.append(message('k'), 0).offset, log.append(message('k'), 0).offset]).toEqual([1, 2]);
    expect(log.position()).toEqual({ epoch: 'e', first: 3, last: 2 });
    expect(log.push(message('k'), 0).offset).toBe(3);
    expect(log.read(0, 9)).toMatchObject({ first: 3, last: 3, entries: [{ offset: 3 }] });
  });

  it('keeps one string for all entries of a topic, and one for all of a key', () => {
    const log = logOf();
    const name = 'x'.repeat(1000);
    const fresh = () => Buffer.from(name).toString('latin1');
    log.push({ ...message(fresh()), topic: fresh() }, 0);
    const before = heapBytes();
    for (let i = 0; i < 4000; i += 1) log.push({ ...message(fresh()), topic: fresh() }, 0);
    expect(heapBytes() - before).toBeLessThan(2_000_000);
    expect(log.read(0, 9999).entries).toHaveLength(4001);
  });

  it('keeps no entry that it has let go', async () => {
    const log = logOf();
    const gone = ['k', 'l', undefined, 'k'].map((key) => new WeakRef(log.push(message(key), 0)));
    log.push(message('k'), 0);
    for (let i = 0; i < 4; i += 1) log.shift();
    await new Promise((resolve) => setImmediate(resolve));
    heapBytes();
    expect(gone.map((entry) => entry.deref())).toEqual(new Array(4).fill(undefined));
    expect(log.size).toBe(1);
  });

  it('lets an entry go with nothing hanging on it, and keeps one shape for all', () => {
    const log = logOf();
    const entries = ['k', 'l', undefined, 'k'].map((key) => log.push(message(key), 0));
    while (log.size > 0) log.shift();
    for (const entry of [...entries, log.append(message('k'), 0)]) {
      expect([entry.older, entry.newer, entry.olderLatest, entry.newerLatest]).toEqual(new Array(4).fill(undefined));
      expect(Object.keys(entry)).toEqual(Object.keys(entries[0] as object));
    }
    expect(log.oldest).toBeUndefined();
  });
});
