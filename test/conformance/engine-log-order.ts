/** Order: of entries, of answers, and of what followers are told. */
import { expect, it } from 'vitest';
import type { Answer, LogFollower } from '../../src/engine/engine.js';
import type { LogEntry } from '../../src/model/topic-log.js';
import { logsWithin, type MakeEngine, message, offsets, retaining, wideBounds } from './engine-bounds.js';

export function logOrder(makeEngine: MakeEngine): void {
  it('a topic nobody has heard of begins when it is asked for, with nothing in it', async () => {
    const { logs } = makeEngine(wideBounds).engine;
    const position = await logs.position('a');
    expect(position).toEqual({ epoch: expect.stringMatching(/./), first: 1, last: 0 });
    expect(await logs.read('a', 0, 10)).toEqual({ ...position, entries: [] });
    expect(await logs.readLatest('a', 0, 10)).toEqual({ ...position, entries: [] });
    expect(await logs.position('a')).toEqual(position);
  });

  it('an entry is its message with a place and a time, and has no frames yet', async () => {
    const { engine, advance } = makeEngine(wideBounds);
    const first = await engine.logs.append(message('a'));
    advance(50);
    const second = await engine.logs.append(message('a', { data: [1], key: 'k', bytes: 7 }));
    const { epoch } = await engine.logs.position('a');
    expect(second).toMatchObject({ topic: 'a', data: [1], key: 'k', bytes: 7, epoch, offset: 2 });
    expect([second.json, second.msgpack, first.offset]).toEqual([undefined, undefined, 1]);
    expect(second.atMs - first.atMs).toBe(50);
    const { entries } = await engine.logs.read('a', 0, 10);
    expect(entries.map(({ data, key, bytes, atMs }) => ({ data, key, bytes, atMs }))).toEqual([
      { data: { of: 'a' }, key: undefined, bytes: 10, atMs: first.atMs },
      { data: [1], key: 'k', bytes: 7, atMs: second.atMs },
    ]);
  });

  it('each topic has offsets and an epoch of its own', async () => {
    const { logs } = makeEngine(wideBounds).engine;
    for (const topic of ['a', 'b', 'a', 'a', 'b']) await logs.append(message(topic));
    const a = await logs.position('a');
    const b = await logs.position('b');
    expect([a.last, b.last]).toEqual([3, 2]);
    expect(a.epoch).not.toBe(b.epoch);
  });

  it('every follower is told of every entry once, in order, and before who appended it', async () => {
    const { logs } = makeEngine(wideBounds).engine;
    const told: LogEntry[] = [];
    const toldAgain: LogEntry[] = [];
    logs.follow(followerOf((entry) => told.push(entry)));
    logs.follow(followerOf((entry) => toldAgain.push(entry)));
    const answers: LogEntry[] = [];
    const appends: Promise<void>[] = [];
    for (let i = 0; i < 20; i += 1) {
      const append = logs.append(message(i % 3 === 0 ? 'a' : 'b'));
      appends.push(
        onAnswer(append, (entry) => {
          expect(told).toContain(entry);
          expect(toldAgain).toContain(entry);
          answers.push(entry);
        }),
      );
    }
    await Promise.all(appends);
    expect(toldAgain).toEqual(told);
    expect(answers).toHaveLength(20);
    for (const [topic, count] of [
      ['a', 7],
      ['b', 13],
    ] as const) {
      const all = Array.from({ length: count }, (_, i) => i + 1);
      expect(offsets(told.filter((entry) => entry.topic === topic))).toEqual(all);
      expect(offsets(answers.filter((entry) => entry.topic === topic))).toEqual(all);
    }
  });

  it('after an answer that says where a log ends, the next entry followed is the one behind', async () => {
    const { logs } = makeEngine(wideBounds).engine;
    const followed = new Map([
      ['a', 0],
      ['b', 0],
    ]);
    logs.follow(followerOf(({ topic, offset }) => followed.set(topic, offset)));
    const asked: Promise<void>[] = [];
    for (let i = 0; i < 60; i += 1) {
      const topic = i % 5 < 3 ? 'a' : 'b';
      const check = ({ last }: { readonly last: number }) => expect(last).toBe(followed.get(topic));
      if (i % 4 === 0) asked.push(onAnswer(logs.position(topic), check));
      else if (i % 4 === 1) asked.push(onAnswer(logs.read(topic, 0, 3), check));
      else if (i % 4 === 2) asked.push(onAnswer(logs.readLatest(topic, 0, 3), check));
      asked.push(onAnswer(logs.append(message(topic)), ({ offset }) => expect(offset).toBe(followed.get(topic))));
    }
    await Promise.all(asked);
    expect(followed).toEqual(
      new Map([
        ['a', 36],
        ['b', 24],
      ]),
    );
  });

  it('who follows is told of entries that are not held, too', async () => {
    const { logs } = makeEngine(logsWithin({ retention: () => retaining({ messages: 0 }) })).engine;
    const told: LogEntry[] = [];
    logs.follow(followerOf((entry) => told.push(entry)));
    for (let i = 0; i < 3; i += 1) await logs.append(message('a'));
    expect(offsets(told)).toEqual([1, 2, 3]);
    expect(await logs.position('a')).toMatchObject({ first: 4, last: 3 });
  });

  it('is read from the oldest entry behind an offset on, so many at a time', async () => {
    const { logs } = makeEngine(logsWithin({ retention: () => retaining({ messages: 6 }) })).engine;
    for (let i = 0; i < 10; i += 1) await logs.append(message('a'));
    const read = async (after: number, max: number) => offsets((await logs.read('a', after, max)).entries);
    expect(await logs.read('a', 0, 3)).toMatchObject({ first: 5, last: 10 });
    expect(await read(0, 3)).toEqual([5, 6, 7]);
    expect(await read(7, 3)).toEqual([8, 9, 10]);
    expect(await read(9, 3)).toEqual([10]);
    expect([await read(10, 3), await read(99, 3), await read(0, 0)]).toEqual([[], [], []]);
  });

  it('gives the newest entry of each key, in order, and goes on behind the last one got', async () => {
    const { logs } = makeEngine(wideBounds).engine;
    const keys = ['k', 'l', undefined, 'k', 'm', undefined, 'l', 'n', 'm'];
    for (const key of keys) await logs.append(message('a', { key }));
    const read = async (after: number, max: number) => offsets((await logs.readLatest('a', after, max)).entries);
    expect(await logs.readLatest('a', 0, 2)).toMatchObject({ first: 1, last: 9 });
    expect(await read(0, 10)).toEqual([4, 6, 7, 8, 9]);
    expect(await read(0, 2)).toEqual([4, 6]);
    expect(await read(6, 2)).toEqual([7, 8]);
    expect(await read(8, 2)).toEqual([9]);
    expect(await read(4, 1)).toEqual([6]);
    expect(await read(5, 9)).toEqual([6, 7, 8, 9]);
    expect([await read(9, 9), await read(99, 9), await read(0, 0)]).toEqual([[], [], []]);
  });
}

function followerOf(appended: (entry: LogEntry) => void): LogFollower {
  return {
    appended,
    reset: (topic) => expect.unreachable(`reset of ${topic}`),
  };
}

/** Calls back with an answer as soon as it is there, at once if it is. */
function onAnswer<T>(answer: Answer<T>, callback: (value: T) => void): Promise<void> {
  if (answer instanceof Promise) return answer.then(callback);
  callback(answer);
  return Promise.resolve();
}
