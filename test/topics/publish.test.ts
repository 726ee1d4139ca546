/** What can be published, what it counts for, and what is told when it could not be. */
import { describe, expect, it } from 'vitest';
import { memorySize } from '../../src/model/memory-size.js';
import { entryOverheadBytes } from '../../src/topics/publisher.js';
import { heapBytes } from '../support/heap.js';
import { TopicRig } from '../support/topic-rig.js';

describe('publishing', () => {
  it('answers at once with the entry when the engine answers at once, else with a promise', async () => {
    const rig = new TopicRig();
    expect(rig.topics.publish('a.b-c_D.9', { n: 1 }, 'k')).toMatchObject({ offset: 1, data: { n: 1 }, key: 'k' });
    rig.logs.isLate = true;
    const answer = rig.topics.publish('a.b-c_D.9', 2, undefined);
    expect(answer).toBeInstanceOf(Promise);
    expect(rig.topics.published).toBe(1);
    rig.logs.answerAll();
    expect(await answer).toMatchObject({ offset: 2, key: undefined });
    expect(rig.topics.published).toBe(2);
  });

  it('counts a message as its data and its frame in JSON, and something more', () => {
    const rig = new TopicRig();
    const small = rig.entry('a', '').bytes;
    const frame = '{"op":"message","topic":"a","offset":0,"data":""}';
    expect(small).toBe(memorySize('', 1000) + frame.length + entryOverheadBytes);
    expect(rig.entry('a', 'x'.repeat(100)).bytes).toBe(small + 200);
  });

  it('counts what small objects take in memory, and not only what they take in JSON', () => {
    const rig = new TopicRig(100_000);
    const objects = 20_000;
    const text = `[${Array(objects).fill('{}').join(',')}]`;
    const before = heapBytes();
    const data: unknown = JSON.parse(text);
    const taken = heapBytes() - before;
    const { bytes } = rig.entry('a', data);
    expect(taken).toBeGreaterThan(objects * 40);
    expect(bytes).toBeGreaterThan(taken);
    expect(bytes).toBeLessThan(taken * 1.5);
  });

  it('counts nothing that its JSON does not show, which may be without end', () => {
    const rig = new TopicRig();
    const data: Record<string, unknown> = { toJSON: () => 1 };
    data.self = data;
    const frameMax = 100;
    expect(rig.entry('a', data).bytes).toBeLessThan(frameMax * 25 + entryOverheadBytes);
  });

  it.each(['', '.', 'a.', '.a', 'a..b', 'a b', 'ä', 'a.*', '>', 'a'.repeat(257), 7])(
    'refuses the topic %j',
    (topic) => {
      const rig = new TopicRig();
      const answer = rig.topics.publish(topic as string, 1, undefined);
      expect(answer).toMatchObject({ code: 'invalid_argument', message: expect.stringContaining('expected topic') });
    },
  );

  it('refuses topics the gateway keeps for itself', () => {
    const rig = new TopicRig();
    expect(rig.topics.publish('_presence.a', 1, undefined)).toMatchObject({ code: 'invalid_argument' });
    expect(rig.topics.publish('a._b', 1, undefined)).toMatchObject({ offset: 1 });
    expect(rig.topics.publish('a'.repeat(256), 1, undefined)).toMatchObject({ offset: 1 });
  });

  it('refuses data that cannot be encoded, keys that are too long, and messages that are too large', () => {
    const rig = new TopicRig(300);
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    for (const data of [cycle, 1n, () => 1, 'x'.repeat(300), 'é'.repeat(140)]) {
      expect(rig.topics.publish('a', data, undefined)).toMatchObject({ code: 'invalid_argument' });
    }
    expect(rig.topics.publish('a', 1, 'k'.repeat(257))).toMatchObject({ code: 'invalid_argument' });
    expect(rig.topics.publish('a', 'é'.repeat(100), 'k')).toMatchObject({ offset: 1 });
    expect(rig.topics.publish('a', undefined, '')).toMatchObject({ offset: 2 });
    expect(rig.topics.published).toBe(2);
  });

  it.each([false, true])('fails when the engine does; late: %s', async (isLate) => {
    const rig = new TopicRig();
    const published = async (failure: Error) => {
      rig.logs.isLate = isLate;
      rig.logs.failure = failure;
      const answer = rig.topics.publish('a', 1, undefined);
      rig.logs.answerAll();
      return answer;
    };
    const unavailable = await published(new Error('gone'));
    expect(unavailable).toMatchObject({ code: 'unavailable', started: 'maybe', afterMs: expect.any(Number) });
    expect(rig.failures).toEqual(['append to a: Error: gone']);
    const full = await published(Object.assign(new Error('full'), { name: 'EngineFullError' }));
    expect(full).toMatchObject({ code: 'resource_exhausted', reason: 'memory', started: 'no' });
    expect(rig.failures).toHaveLength(1);
    expect(rig.topics.published).toBe(0);
  });
});
