/** Presence: who is there. */
import { expect, it } from 'vitest';
import { type MakeEngine, wideBounds } from './engine-bounds.js';

export function presenceDuties(makeEngine: MakeEngine): void {
  const presenceOf = () => makeEngine(wideBounds).engine.presence;

  it('members who join and leave are counted, each topic for itself', async () => {
    const presence = presenceOf();
    expect(await presence.join('a', ann)).toBe(1);
    expect(await presence.join('a', somebody)).toBe(2);
    expect(await presence.join('b', ann)).toBe(1);
    expect(await presence.count('a')).toBe(2);
    expect(await presence.leave('a', ann.id)).toBe(1);
    expect([await presence.count('a'), await presence.count('b')]).toEqual([1, 1]);
    expect(await presence.members('a')).toEqual([somebody]);
    expect(await presence.members('b')).toEqual([ann]);
  });

  it('who joins or leaves a second time changes nothing', async () => {
    const presence = presenceOf();
    await presence.join('a', ann);
    expect(await presence.join('a', { ...ann })).toBe(1);
    await presence.join('a', somebody);
    expect([...(await presence.members('a'))].sort((a, b) => a.id.localeCompare(b.id))).toEqual([ann, somebody]);
    expect(await presence.leave('a', ann.id)).toBe(1);
    expect(await presence.leave('a', ann.id)).toBe(1);
    expect(await presence.leave('a', somebody.id)).toBe(0);
    expect(await presence.leave('a', somebody.id)).toBe(0);
  });

  it('nobody is in a topic nobody has heard of, or that all have left', async () => {
    const presence = presenceOf();
    expect(await presence.leave('a', 'nobody')).toBe(0);
    await presence.join('b', ann);
    await presence.leave('b', ann.id);
    for (const topic of ['a', 'b']) {
      expect(await presence.count(topic)).toBe(0);
      expect(await presence.members(topic)).toEqual([]);
    }
  });

  it('the members that were given do not change when others come', async () => {
    const presence = presenceOf();
    await presence.join('a', ann);
    const members = await presence.members('a');
    await presence.join('a', somebody);
    expect(members).toEqual([ann]);
  });
}

const ann = { id: 's1', identity: 'ann' };
const somebody = { id: 's2', identity: undefined };
