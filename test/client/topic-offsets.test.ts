import { describe, expect, it } from 'vitest';
import { TopicOffsets } from '../../src/client/topic-offsets.js';

describe('the offsets of a subscription', () => {
  it('let each message pass once, over connections that bring the last ones again', () => {
    const offsets = new TopicOffsets();
    const take = (...list: number[]) => list.filter((offset) => offsets.take('a', offset));
    expect(take(1, 2, 3)).toEqual([1, 2, 3]);
    offsets.resumed(0);
    expect(take(2, 3, 4, 5)).toEqual([4, 5]);
    offsets.resumed(0);
    offsets.resumed(0);
    expect(take(1, 2, 3, 4, 5, 6)).toEqual([6]);
  });

  it('say nothing of a topic that had not moved for long before the connection was lost: it may have begun anew', () => {
    const offsets = new TopicOffsets();
    for (const offset of [1, 2, 3]) offsets.take('a', offset);
    offsets.resumed(performance.now() + 1);
    expect([1, 2, 3, 4].map((offset) => offsets.take('a', offset))).toEqual([true, true, true, true]);
  });

  it('are those of each topic alone', () => {
    const offsets = new TopicOffsets();
    offsets.take('a', 9);
    offsets.resumed(0);
    expect(offsets.take('b', 1)).toBe(true);
    expect(offsets.take('a', 9)).toBe(false);
  });

  it('go back where a topic begins anew', () => {
    const offsets = new TopicOffsets();
    offsets.take('a', 9);
    offsets.resumed(0);
    offsets.forget('a');
    expect(offsets.take('a', 1)).toBe(true);
    expect(offsets.take('a', 2)).toBe(true);
  });

  it('are all forgotten when the session is lost', () => {
    const offsets = new TopicOffsets();
    offsets.take('a', 9);
    offsets.resumed(0);
    offsets.clear();
    expect(offsets.take('a', 1)).toBe(true);
  });

  it('are remembered of the 4096 topics that moved last, and forgotten of those long ago', () => {
    const offsets = new TopicOffsets();
    offsets.take('old', 5);
    for (let i = 0; i < 4095; i += 1) offsets.take(`t${i}`, 5);
    offsets.take('one more', 5);
    for (let i = 0; i < 4095; i += 1) offsets.take(`u${i}`, 5);
    offsets.resumed(0);
    // In the older half; looked at, it is among the newer ones, and the older half goes.
    expect(offsets.take('t0', 5)).toBe(false);
    expect(offsets.take('u0', 5)).toBe(false);
    expect(offsets.take('t0', 5)).toBe(false);
    expect(offsets.take('old', 5)).toBe(true);
  });
});
