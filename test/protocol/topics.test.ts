import { describe, expect, it } from 'vitest';
import {
  bySpecificity,
  covers,
  coversTopics,
  isPattern,
  isReserved,
  isTopic,
  isTopicPattern,
} from '../../src/protocol/topics.js';

describe('the grammar of topics', () => {
  it.each(['a', 'a.b', 'A-1._x', 'a'.repeat(256)])('takes %s as a topic', (text) => {
    expect([isTopic(text), isTopicPattern(text), isPattern(text)]).toEqual([true, true, false]);
  });

  it.each(['*', '>', 'a.*', '*.b', 'a.>', '*.*.>'])('takes %s as a pattern', (text) => {
    expect([isTopic(text), isTopicPattern(text), isPattern(text)]).toEqual([false, true, true]);
  });

  it.each(['', '.', 'a.', '.a', 'a..b', 'a.>.b', 'a b', 'ä', 'a*', 'a'.repeat(257)])('refuses %j', (text) => {
    expect([isTopic(text), isTopicPattern(text)]).toEqual([false, false]);
  });

  it('keeps topics for the gateway', () => {
    expect(['_presence.a', '_x', 'a._b'].map(isReserved)).toEqual([true, true, false]);
  });
});

describe('what a pattern covers', () => {
  it.each([
    ['a.b', 'a.b', true],
    ['a.*', 'a.b', true],
    ['*', 'a', true],
    ['*', 'a.b', false],
    ['a.>', 'a', false],
    ['a.>', 'a.b.c', true],
    ['>', 'a.b', true],
    ['*.b', 'a.b', true],
    ['a.b', 'a', false],
    ['a', 'a.b', false],
    // Patterns, all of whose topics must be covered.
    ['>', '>', true],
    ['a.>', 'a.*', true],
    ['a.>', 'a.>', true],
    ['a.*', 'a.*', true],
    ['a.*', 'a.>', false],
    ['*', '>', false],
    ['a.b', 'a.*', false],
    ['a.>', '*.b', false],
  ])('%s covers %s: %s', (pattern, covered, expected) => {
    expect(covers(pattern, covered)).toBe(expected);
    expect(coversTopics(pattern, covered)).toBe(expected);
  });

  it.each([
    ['>', '_presence.b', false],
    ['*.b', '_presence.b', false],
    ['*.*', '_presence.b', false],
    ['*.>', '_presence.b', false],
    ['*', '_x', false],
    ['>', '_presence.*', false],
    ['*.*', '_presence.*', false],
    ['_presence.>', '_presence.b', true],
    ['_presence.*', '_presence.*', true],
    ['_presence.b', '_presence.b', true],
    // Such a pattern stands for no reserved topic, so all that it stands for can be covered.
    ['>', '*.b', true],
    ['*.*', '*.b', true],
    ['_presence.>', '*.b', false],
    ['a.*', 'a._b', true],
    ['a.>', 'a._b.c', true],
  ])('among topics, where _ in front is the gateway, %s covers %s: %s', (pattern, covered, expected) => {
    expect(coversTopics(pattern, covered)).toBe(expected);
    expect(covers(pattern, covered)).toBe(expected || isReserved(covered));
  });

  it('is ordered by how much it says', () => {
    const patterns = ['a.b.c', '>', 'a.>', 'a.*', '*.*', 'a.b.>', 'a.b'];
    expect(patterns.sort(bySpecificity)).toEqual(['>', '*.*', 'a.>', 'a.*', 'a.b', 'a.b.>', 'a.b.c']);
  });
});
