import { describe, expect, it } from 'vitest';
import { MemoryPresence } from '../../src/engine/memory-presence.js';

describe('presence in memory', () => {
  it('keeps nothing of a topic that all have left', () => {
    const presence = new MemoryPresence();
    for (const id of ['s1', 's2']) presence.join('a', { id, identity: undefined });
    presence.leave('a', 's1');
    expect(presence.topics).toBe(1);
    presence.leave('a', 's2');
    presence.leave('b', 's1');
    expect([presence.topics, presence.count('c')]).toEqual([0, 0]);
  });
});
