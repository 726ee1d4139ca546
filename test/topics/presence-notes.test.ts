/** Who is there, and what is told of it. */
import { describe, expect, it } from 'vitest';
import { Listener, TopicRig } from '../support/topic-rig.js';

function member(id: string): Listener {
  const listener = new Listener();
  listener.member = { id, identity: undefined };
  return listener;
}

describe('presence', () => {
  it('counts members while they are subscribed, each once however often', async () => {
    const rig = new TopicRig();
    const one = member('s1');
    const first = rig.subscribe(one, 'a');
    const second = rig.subscribe(one, 'a', { rewind: 5 });
    rig.subscribe(member('s2'), 'a');
    rig.subscribe(new Listener(), 'a');
    expect(await rig.topics.count('a')).toBe(2);
    first.close();
    expect(await rig.topics.members('a')).toEqual([
      { id: 's1', identity: undefined },
      { id: 's2', identity: undefined },
    ]);
    second.close();
    expect(await rig.topics.count('a')).toBe(1);
    expect(rig.presence.calls).toEqual(['join a s1', 'join a s2', 'leave a s1']);
  });

  it('counts nobody for a pattern, nor before a subscription is open', async () => {
    const rig = new TopicRig();
    rig.subscribe(member('s1'), 'a.*');
    rig.logs.isLate = true;
    const subscription = rig.subscribe(member('s2'), 'a');
    subscription.setPresent(false);
    expect(rig.presence.calls).toEqual([]);
    rig.logs.answerAll();
    await rig.turnEnd();
    expect(rig.presence.calls).toEqual([]);
    subscription.setPresent(true);
    expect(rig.presence.calls).toEqual(['join a s2']);
  });

  it('lets a member be away for a while', () => {
    const rig = new TopicRig();
    const subscription = rig.subscribe(member('s1'), 'a');
    for (const isPresent of [true, false, false, true]) subscription.setPresent(isPresent);
    subscription.setPresent(false);
    subscription.close();
    subscription.setPresent(true);
    expect(rig.presence.calls).toEqual(['join a s1', 'leave a s1', 'join a s1', 'leave a s1']);
  });

  it('leaves when the subscription fails', async () => {
    const rig = new TopicRig();
    const listener = member('s1');
    rig.subscribe(listener, 'a', { overflow: 'close' });
    listener.block();
    rig.publish('a', 33);
    await rig.turnEnd();
    expect(listener.failure).toBeDefined();
    expect(rig.presence.calls).toEqual(['join a s1', 'leave a s1']);
  });

  it('tells what changes on a topic of its own, as much as is wanted', async () => {
    const rig = new TopicRig();
    rig.subscribe(member('s0'), 'a').close();
    expect(rig.logs.behind('_presence.a', 0)).toEqual([]);
    rig.detail = 'count';
    rig.subscribe(member('s1'), 'a');
    rig.detail = 'members';
    rig.subscribe(member('s2'), 'a').close();
    expect(rig.logs.behind('_presence.a', 0).map(({ data }) => data)).toEqual([
      { event: 'join', count: 1 },
      { event: 'join', count: 2, member: { id: 's2', identity: undefined } },
      { event: 'leave', count: 1, member: { id: 's2', identity: undefined } },
    ]);
  });

  it('tells nothing of its own topics, nor where the name would be too long', () => {
    const rig = new TopicRig();
    rig.detail = 'count';
    const long = 'a'.repeat(250);
    rig.subscribe(member('s1'), '_presence.a');
    rig.subscribe(member('s1'), long);
    expect(rig.logs.behind('_presence._presence.a', 0)).toEqual([]);
    expect(rig.logs.behind(`_presence.${long}`, 0)).toEqual([]);
    expect(rig.failures).toEqual([]);
  });

  it('says so when the engine fails, and the subscription goes on', async () => {
    const rig = new TopicRig();
    rig.presence.join = () => {
      throw new Error('gone');
    };
    const listener = member('s1');
    rig.subscribe(listener, 'a');
    rig.publish('a');
    await rig.turnEnd();
    expect(listener.take()).toEqual(['opened e1:0 true', 'a:1']);
    expect(rig.failures).toEqual(['presence of a: join: Error: gone']);
  });
});
