/** Bounds: what a log holds, what all hold together, how many there are, and when one is forgotten. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { EngineFullError, type Logs } from '../../src/engine/engine.js';
import { logsWithin, type MakeEngine, message, offsets, retaining } from './engine-bounds.js';
import { anyLogStep, LogModel } from './engine-log-model.js';

export function logBounds(makeEngine: MakeEngine): void {
  it('no more messages of a topic are held than it may have', async () => {
    const retention = (topic: string) => retaining({ messages: topic === 'a' ? 2 : 3 });
    const { logs } = makeEngine(logsWithin({ retention })).engine;
    for (let i = 0; i < 5; i += 1) {
      await logs.append(message('a'));
      await logs.append(message('b'));
    }
    expect([await held(logs, 'a'), await held(logs, 'b')]).toEqual([
      [4, 5],
      [3, 4, 5],
    ]);
  });

  it('no more bytes of a topic are held than it may have, and none at all once a message alone has more', async () => {
    const { logs } = makeEngine(logsWithin({ retention: () => retaining({ bytes: 100 }) })).engine;
    for (const bytes of [40, 40, 20]) await logs.append(message('a', { bytes }));
    expect(await held(logs, 'a')).toEqual([1, 2, 3]);
    await logs.append(message('a', { bytes: 41 }));
    expect(await held(logs, 'a')).toEqual([3, 4]);
    await logs.append(message('a', { bytes: 101 }));
    expect(await held(logs, 'a')).toEqual([]);
    expect(await logs.position('a')).toMatchObject({ first: 6, last: 5 });
    await logs.append(message('a', { bytes: 100 }));
    expect(await held(logs, 'a')).toEqual([6]);
  });

  it('no message is given that is older than its topic may hold', async () => {
    const retention = (topic: string) => retaining({ ageMs: topic === 'a' ? 100 : 1000 });
    const { engine, advance } = makeEngine(logsWithin({ retention }));
    for (let i = 0; i < 3; i += 1) {
      await engine.logs.append(message('a', { key: `${i}` }));
      await engine.logs.append(message('b'));
      advance(40);
    }
    expect(await held(engine.logs, 'a')).toEqual([2, 3]);
    expect(offsets((await engine.logs.readLatest('a', 0, 10)).entries)).toEqual([2, 3]);
    advance(20);
    expect(await engine.logs.position('a')).toMatchObject({ first: 3, last: 3 });
    advance(40);
    expect(await engine.logs.position('a')).toMatchObject({ first: 4, last: 3 });
    expect(await held(engine.logs, 'b')).toEqual([1, 2, 3]);
  });

  it('of all topics together the oldest messages go first, but not for one that would not fit alone', async () => {
    const { logs } = makeEngine(logsWithin({ allBytesMax: 100 })).engine;
    for (const topic of ['a', 'a', 'b', 'a', 'c']) await logs.append(message(topic, { bytes: 20 }));
    await logs.append(message('c', { bytes: 60 }));
    const all = async () => [await held(logs, 'a'), await held(logs, 'b'), await held(logs, 'c')];
    expect(await all()).toEqual([[3], [], [1, 2]]);
    await logs.append(message('a', { bytes: 101 }));
    expect(await all()).toEqual([[], [], [1, 2]]);
  });

  it('whatever is appended and read, it gives what a naive log would', async () => {
    const retention = retaining({ messages: 6, bytes: 120, ageMs: 50 });
    const allBytesMax = 200;
    await fc.assert(
      fc.asyncProperty(fc.array(anyLogStep, { maxLength: 80, size: 'max' }), async (steps) => {
        const { engine, advance } = makeEngine(logsWithin({ retention: () => retention, allBytesMax }));
        const model = new LogModel(retention, allBytesMax);
        for (const step of steps) {
          if (step.kind === 'advance') {
            advance(step.ms);
            model.advance(step.ms);
          } else if (step.kind === 'append') {
            const { offset } = await engine.logs.append(message(step.topic, { key: step.key, bytes: step.bytes }));
            expect(offset).toBe(model.append(step));
          } else {
            const page = await engine.logs[step.kind](step.topic, step.after, step.max);
            const { first, last, entries } = page;
            expect({ first, last, offsets: offsets(entries) }).toEqual(model[step.kind](step));
          }
        }
        engine.close();
      }),
      { numRuns: 200, seed: 20261130 },
    );
  });

  it('a topic that is idle for long is forgotten, and begins anew with another epoch', async () => {
    const { engine, advance } = makeEngine(logsWithin({ idleMs, retention: () => retaining({ ageMs: 100 }) }));
    const epochs = new Set<string>();
    for (let i = 0; i < 5; i += 1) {
      const { epoch, offset } = await engine.logs.append(message('a'));
      expect(offset).toBe(1);
      epochs.add(epoch);
      advance(longMs);
    }
    expect(epochs.size).toBe(5);
  });

  it('a topic is not forgotten while it holds a message, was asked for lately, or is held', async () => {
    const retention = (topic: string) => retaining({ ageMs: topic === 'full' ? 3_600_000 : 1 });
    const { engine, advance } = makeEngine(logsWithin({ idleMs, retention }));
    const { logs } = engine;
    logs.hold('held early');
    for (const topic of ['full', 'asked', 'held', 'held early']) await logs.append(message(topic));
    logs.hold('held');
    for (let passedMs = 0; passedMs < longMs; passedMs += idleMs / 2) {
      advance(idleMs / 2);
      await logs.position('asked');
    }
    for (const topic of ['full', 'asked', 'held', 'held early']) {
      expect(await logs.position(topic)).toMatchObject({ last: 1 });
    }
  });

  it('who holds a topic is counted, and must not release it more often', async () => {
    const { engine, advance } = makeEngine(logsWithin({ idleMs, retention: () => retaining({ messages: 0 }) }));
    const { logs } = engine;
    logs.hold('a');
    await logs.append(message('a'));
    logs.hold('a');
    logs.release('a');
    advance(longMs);
    expect(await logs.position('a')).toMatchObject({ last: 1 });
    logs.release('a');
    advance(longMs);
    expect(await logs.position('a')).toMatchObject({ last: 0 });
    expect(() => logs.release('a')).toThrow('expected a topic that is held, got a');
    logs.hold('b');
    logs.release('b');
    expect(() => logs.release('b')).toThrow('expected a topic that is held, got b');
  });

  it('when another topic needs the room, one goes that holds no message, and then the oldest messages of all', async () => {
    const { logs } = makeEngine(logsWithin({ topicsMax: 4 })).engine;
    logs.hold('held');
    for (const topic of ['held', 'a', 'held', 'b', 'a']) await logs.append(message(topic));
    await logs.position('empty');
    expect(await logs.append(message('c'))).toMatchObject({ offset: 1 });
    const all = async () => [await held(logs, 'held'), await held(logs, 'a'), await held(logs, 'b')];
    expect(await all()).toEqual([[1, 2], [1, 2], [1]]);
    // The first three messages empty no topic that could be forgotten; the fourth is all that b holds.
    await logs.append(message('d'));
    expect([await held(logs, 'held'), await held(logs, 'a'), await held(logs, 'c')]).toEqual([[], [2], [1]]);
    expect(await logs.position('held')).toMatchObject({ first: 3, last: 2 });
    expect(await logs.append(message('b'))).toMatchObject({ offset: 1 });
  });

  it('topics that nobody follows leave room for others, however many there are', async () => {
    const { logs } = makeEngine(logsWithin({ topicsMax: 10 })).engine;
    for (let i = 0; i < 10; i += 1) await logs.append(message('busy'));
    for (let i = 0; i < 100; i += 1) expect(await logs.append(message(`made.up.${i}`))).toMatchObject({ offset: 1 });
    expect(await logs.append(message('new'))).toMatchObject({ offset: 1 });
  });

  it('with all topics held another one is refused, and nothing has happened', async () => {
    const { engine } = makeEngine(logsWithin({ topicsMax: 2 }));
    const { logs } = engine;
    const told: string[] = [];
    logs.follow({ appended: ({ topic }) => told.push(topic), reset: (topic) => told.push(topic) });
    for (const topic of ['held', 'full']) logs.hold(topic);
    await logs.position('held');
    await logs.append(message('full'));
    const calls = [
      () => logs.append(message('c')),
      () => logs.position('c'),
      () => logs.read('c', 0, 1),
      () => logs.readLatest('c', 0, 1),
    ];
    for (const call of calls) await expect(Promise.resolve(call())).rejects.toThrow(EngineFullError);
    expect(told).toEqual(['full']);
    expect([(await logs.position('held')).last, await held(logs, 'full')]).toEqual([0, [1]]);
    logs.release('held');
    expect(await logs.append(message('c'))).toMatchObject({ offset: 1 });
    expect((await logs.position('full')).last).toBe(1);
  });
}

const idleMs = 1000;
/** By when what is idle is forgotten. */
const longMs = 5 * idleMs;

async function held(logs: Logs, topic: string): Promise<number[]> {
  return offsets((await logs.read(topic, 0, 1000)).entries);
}
