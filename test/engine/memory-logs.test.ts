import { describe, expect, it } from 'vitest';
import type { MemoryEntry } from '../../src/engine/memory-entry.js';
import { MemoryLogs, type MemoryLogsOptions } from '../../src/engine/memory-logs.js';
import type { LogEntry, Retention } from '../../src/model/topic-log.js';
import { TestClock } from '../support/test-clock.js';

const sweepMs = 250;
const wide: Retention = { messages: 100, bytes: 10_000, ageMs: 60_000 };

interface Fields extends Partial<Omit<MemoryLogsOptions, 'clock' | 'retention'>> {
  readonly retention?: (topic: string) => Retention;
}

function logsOf(fields: Fields = {}) {
  const clock = new TestClock();
  const logs = new MemoryLogs({
    clock,
    topicsMax: 10_000,
    allBytesMax: 1_000_000,
    idleMs: 60_000,
    retention: () => wide,
    ...fields,
  });
  const append = (topic: string, bytes = 10): LogEntry => {
    const entry = logs.append({ topic, data: 0, key: undefined, bytes });
    if (entry instanceof Promise) throw new Error('expected an entry at once, got a promise');
    return entry;
  };
  return { clock, logs, append };
}

describe('the logs in memory', () => {
  it('answer at once, and give everyone the same entry', () => {
    const { logs, append } = logsOf();
    const told: LogEntry[] = [];
    logs.follow({ appended: (entry) => told.push(entry), reset: () => undefined });
    const entry = append('a');
    expect(told[0]).toBe(entry);
    expect(logs.position('a')).toEqual({ epoch: entry.epoch, first: 1, last: 1 });
    const pages = [logs.read('a', 0, 1), logs.readLatest('a', 0, 1)];
    for (const page of pages) expect(page instanceof Promise ? undefined : page.entries[0]).toBe(entry);
  });

  it('have a timer only while they hold a message, or a topic that is to be forgotten', () => {
    const { clock, logs, append } = logsOf({ retention: () => ({ ...wide, ageMs: 1000 }), idleMs: 1000 });
    logs.hold('a');
    logs.position('a');
    expect(clock.timers).toBe(0);
    append('a');
    expect(clock.timers).toBe(1);
    clock.advance(1000 + sweepMs);
    expect([clock.timers, logs.bytes, logs.topics]).toEqual([0, 0, 1]);
    logs.release('a');
    expect(clock.timers).toBe(1);
    clock.advance(1000 + sweepMs);
    expect([clock.timers, logs.topics]).toEqual([0, 0]);
  });

  it('have no timer once they are closed', () => {
    const { clock, logs, append } = logsOf();
    append('a');
    logs.close();
    append('b');
    expect(clock.timers).toBe(0);
  });

  it('look at so many topics at a time for what is too old, each in its turn', () => {
    const { clock, logs, append } = logsOf({ retention: () => ({ ...wide, ageMs: sweepMs }) });
    for (let i = 0; i < 1000; i += 1) append(`t${i}`);
    clock.advance(sweepMs);
    expect(logs.bytes).toBe((1000 - 512) * 10);
    clock.advance(sweepMs);
    expect(logs.bytes).toBe(0);
  });

  it('come round to every topic, though those before it still hold what is not too old', () => {
    const ageMs = (topic: string) => (topic === 't1200' ? 2 * sweepMs : 60_000);
    const { clock, logs, append } = logsOf({ retention: (topic) => ({ ...wide, ageMs: ageMs(topic) }) });
    for (let i = 0; i <= 1200; i += 1) append(`t${i}`);
    clock.advance(5 * sweepMs);
    expect(logs.bytes).toBe(1200 * 10);
  });

  it('let so many messages go at a time', () => {
    const { clock, logs, append } = logsOf({ retention: () => ({ messages: 1e6, bytes: 1e6, ageMs: sweepMs }) });
    for (let i = 0; i < 6000; i += 1) append('a', 1);
    clock.advance(sweepMs);
    expect(logs.bytes).toBe(6000 - 4096);
    clock.advance(sweepMs);
    expect(logs.bytes).toBe(0);
  });

  it('forget so many idle topics at a time, those first that are idle for the longest', () => {
    const { clock, logs } = logsOf({ idleMs: 1000 });
    for (let i = 0; i < 5000; i += 1) logs.position(`t${i}`);
    clock.advance(500);
    logs.position('t0');
    clock.advance(499);
    expect(logs.topics).toBe(5000);
    clock.advance(1);
    expect(logs.topics).toBe(5000 - 4096);
    clock.advance(499);
    expect(logs.topics).toBe(1);
    clock.advance(1);
    expect(logs.topics).toBe(0);
  });

  it('take a topic for idle from when its last message went', () => {
    const { clock, logs, append } = logsOf({ idleMs: 1000, allBytesMax: 100 });
    append('a', 60);
    clock.advance(500);
    append('b', 60);
    clock.advance(999);
    expect(logs.topics).toBe(2);
    clock.advance(1);
    expect(logs.topics).toBe(1);
  });

  it('let the topic that is idle for the longest make room for another', () => {
    const { clock, logs, append } = logsOf({ topicsMax: 3, retention: () => ({ ...wide, messages: 0 }) });
    const epochs = new Map<string, string>();
    for (const topic of ['a', 'b', 'c']) {
      epochs.set(topic, append(topic).epoch);
      clock.advance(1);
    }
    append('a');
    append('d');
    expect([append('a').offset, append('c').offset]).toEqual([3, 2]);
    expect(append('b').epoch).not.toBe(epochs.get('b'));
    expect(logs.topics).toBe(3);
  });

  it('look for what is too old before anything else goes for another topic', () => {
    const ageMs = (topic: string) => (topic === 'b' ? 10 : 1000);
    const { clock, logs, append } = logsOf({ topicsMax: 3, retention: (topic) => ({ ...wide, ageMs: ageMs(topic) }) });
    const { epoch } = append('a');
    for (const topic of ['b', 'c']) append(topic);
    clock.advance(10);
    expect(append('d').offset).toBe(1);
    expect(logs.topics).toBe(3);
    expect(logs.position('a')).toEqual({ epoch, first: 1, last: 1 });
  });

  it('let at most 64 messages go for another topic, and none when that would give no room', async () => {
    const { logs, append } = logsOf({ topicsMax: 2 });
    const full = 'expected room for another topic, got 2 that are in use';
    for (const topic of ['a', 'b']) logs.hold(topic);
    for (let i = 0; i < 100; i += 1) append('a', 1);
    append('b', 1);
    await expect(logs.position('c')).rejects.toThrow(full);
    expect(logs.bytes).toBe(101);
    logs.release('b');
    await expect(logs.position('c')).rejects.toThrow(full);
    expect(logs.bytes).toBe(101 - 64);
    expect(append('c', 1).offset).toBe(1);
    expect(logs.bytes).toBe(1);
    expect(logs.position('a')).toMatchObject({ first: 101, last: 100 });
  });

  it('know what can go for another topic when it is held, and released, and empties by itself', async () => {
    const { clock, logs, append } = logsOf({ topicsMax: 2, retention: () => ({ ...wide, ageMs: 100 }) });
    for (const topic of ['a', 'b']) append(topic);
    for (const topic of ['a', 'b']) logs.hold(topic);
    await expect(logs.position('c')).rejects.toThrow();
    expect(logs.bytes).toBe(20);
    clock.advance(100 + sweepMs);
    append('a');
    logs.release('b');
    expect(append('c').offset).toBe(1);
    expect(logs.bytes).toBe(20);
    logs.release('a');
    expect(append('d').offset).toBe(1);
    expect(logs.bytes).toBe(20);
  });

  it('let a message go with nothing hanging on it, from the middle too', () => {
    const { append } = logsOf({ retention: () => ({ ...wide, messages: 2 }) });
    const [first, other, middle, third, last] = ['a', 'b', 'a', 'a', 'a'].map((topic) => append(topic) as MemoryEntry);
    for (const gone of [first, middle]) expect([gone?.older, gone?.newer]).toEqual([undefined, undefined]);
    expect([other?.older, other?.newer, third?.newer, last?.newer]).toEqual([undefined, third, last, undefined]);
  });

  it('keep their bytes, whatever comes and goes', () => {
    const { clock, logs, append } = logsOf({ allBytesMax: 500, retention: () => ({ ...wide, ageMs: 1000 }) });
    let held = 0;
    for (let i = 0; i < 3000; i += 1) {
      append(`t${(i * 7) % 13}`, (i * 31) % 97);
      expect(logs.bytes).toBeLessThanOrEqual(500);
      held = Math.max(held, logs.bytes);
      if (i % 100 === 0) clock.advance(300);
    }
    expect(held).toBeGreaterThan(480);
    clock.advance(1000 + sweepMs);
    expect(logs.bytes).toBe(0);
  });
});
