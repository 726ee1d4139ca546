/** Who is there, and what is told of it. */
import { describe, expect, it } from 'vitest';
import { Listener, TopicRig } from '../support/topic-rig.js';

function member(id: string): Listener {
  const listener = new Listener();
  listener.member = { id, identity: undefined };
  return listener;
}

/** What was told of a topic. */
function told(rig: TopicRig, topic = 'a'): unknown[] {
  return rig.logs.behind(`_presence.${topic}`, 0).map(({ data }) => data);
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

  it('tells nothing where nothing is to be told', async () => {
    const rig = new TopicRig();
    rig.subscribe(member('s0'), 'a').close();
    await rig.turnEnd();
    expect(told(rig)).toEqual([]);
  });

  it('tells numbers when the turn ends, once for all who came and went in it', async () => {
    const rig = new TopicRig();
    rig.detail = 'count';
    const subscriptions = Array.from({ length: 100 }, (_, i) => rig.subscribe(member(`s${i}`), 'a'));
    expect(told(rig)).toEqual([]);
    await rig.turnEnd();
    expect(told(rig)).toEqual([{ event: 'join', count: 100 }]);
    for (const subscription of subscriptions.slice(40)) subscription.close();
    rig.subscribe(member('t'), 'b');
    await rig.turnEnd();
    expect(told(rig).slice(1)).toEqual([{ event: 'leave', count: 40 }]);
    expect(told(rig, 'b')).toEqual([{ event: 'join', count: 1 }]);
    for (const subscription of subscriptions) subscription.close();
    rig.subscribe(member('u'), 'a');
    await rig.turnEnd();
    expect(told(rig).slice(2)).toEqual([{ event: 'join', count: 1 }]);
  });

  it('tells no number that did not change in the turn', async () => {
    const rig = new TopicRig();
    rig.detail = 'count';
    rig.subscribe(member('s1'), 'a').close();
    await rig.turnEnd();
    expect(told(rig)).toEqual([]);
    rig.subscribe(member('s2'), 'a');
    await rig.turnEnd();
    rig.subscribe(member('s3'), 'a').close();
    await rig.turnEnd();
    expect(told(rig)).toEqual([{ event: 'join', count: 1 }]);
  });

  it('tells what others made of the number meanwhile', async () => {
    const rig = new TopicRig();
    rig.detail = 'count';
    const subscription = rig.subscribe(member('s1'), 'a');
    await rig.turnEnd();
    rig.presence.join('a', { id: 'elsewhere' });
    subscription.close();
    await rig.turnEnd();
    expect(told(rig)).toEqual([
      { event: 'join', count: 1 },
      { event: 'leave', count: 1 },
    ]);
  });

  it('tells of each member that comes or goes, all of a turn together', async () => {
    const rig = new TopicRig();
    rig.detail = 'members';
    const watcher = new Listener();
    rig.subscribe(watcher, '_presence.a');
    const [one, two] = [
      { id: 's1', identity: undefined },
      { id: 's2', identity: undefined },
    ];
    rig.subscribe(member('s1'), 'a');
    rig.subscribe(member('s2'), 'a').close();
    expect(told(rig)).toEqual([]);
    await rig.turnEnd();
    expect(told(rig)).toEqual([
      { event: 'join', count: 1, member: one },
      { event: 'join', count: 2, member: two },
      { event: 'leave', count: 1, member: two },
    ]);
    expect(watcher.bundles.map(({ entries }) => entries.length)).toEqual([3]);
  });

  it('does not wait for the turn to end when very much is to be told', () => {
    const rig = new TopicRig();
    rig.detail = 'members';
    for (let i = 0; i < 1030; i += 1) rig.subscribe(member(`s${i}`), 'a');
    expect(told(rig)).toHaveLength(1024);
  });

  it('asks once how much is to be told of a topic, as long as somebody is there', async () => {
    const rig = new TopicRig();
    rig.detail = 'count';
    const subscriptions = Array.from({ length: 50 }, (_, i) => rig.subscribe(member(`s${i}`), 'a'));
    await rig.turnEnd();
    expect(rig.detailsAsked).toBe(1);
    for (const subscription of subscriptions) subscription.close();
    await rig.turnEnd();
    rig.subscribe(member('t'), 'a');
    expect(rig.detailsAsked).toBe(2);
  });

  it('tells nothing of its own topics, nor where the name would be too long', async () => {
    const rig = new TopicRig();
    rig.detail = 'count';
    const long = 'a'.repeat(250);
    rig.subscribe(member('s1'), '_presence.a');
    rig.subscribe(member('s1'), long);
    await rig.turnEnd();
    expect(rig.logs.behind('_presence._presence.a', 0)).toEqual([]);
    expect(rig.logs.behind(`_presence.${long}`, 0)).toEqual([]);
    expect(rig.failures).toEqual([]);
  });

  it('says so when the engine fails, and the subscription goes on', async () => {
    const rig = new TopicRig();
    rig.presence.failure = new Error('gone');
    const listener = member('s1');
    rig.subscribe(listener, 'a');
    rig.publish('a');
    await rig.turnEnd();
    expect(listener.take()).toEqual(['opened e1:0 true', 'a:1']);
    expect(rig.failures).toEqual(['presence of a: join: Error: gone']);
  });

  it.each([false, true])(
    'asks the engine again for whom it did not answer, as soon as it does; late: %s',
    async (isLate) => {
      const rig = new TopicRig();
      rig.detail = 'members';
      rig.presence.isLate = isLate;
      rig.presence.failure = new Error('gone');
      const [one, two] = [rig.subscribe(member('s1'), 'a'), rig.subscribe(member('s2'), 'a')];
      await rig.turnEnd();
      one.close();
      await rig.turnEnd();
      expect([rig.failures.length, rig.presence.count('a')]).toEqual([3, 0]);
      rig.presence.failure = undefined;
      rig.subscribe(member('s3'), 'b');
      await rig.turnEnd(2);
      expect(await rig.topics.members('a')).toEqual([{ id: 's2', identity: undefined }]);
      // Of the first nobody ever heard.
      expect(told(rig)).toEqual([{ event: 'join', count: 1, member: { id: 's2', identity: undefined } }]);
      two.close();
      await rig.turnEnd();
      expect(rig.presence.count('a')).toBe(0);
    },
  );

  it('has nobody counted for ever whose leaving the engine did not answer', async () => {
    const rig = new TopicRig();
    rig.detail = 'count';
    const subscriptions = Array.from({ length: 20 }, (_, i) => rig.subscribe(member(`s${i}`), 'a'));
    await rig.turnEnd();
    rig.presence.failure = new Error('gone');
    for (const subscription of subscriptions) subscription.close();
    await rig.turnEnd();
    rig.presence.failure = undefined;
    expect(rig.presence.count('a')).toBe(20);
    for (let i = 0; i < 3; i += 1) rig.subscribe(member('t'), `b.${i}`);
    await rig.turnEnd();
    expect(rig.presence.count('a')).toBe(0);
    expect(told(rig).at(-1)).toEqual({ event: 'leave', count: 0 });
  });

  it('has the engine know how it ended when a member came and went while it was asked', async () => {
    const rig = new TopicRig();
    rig.presence.isLate = true;
    const subscription = rig.subscribe(member('s1'), 'a');
    for (const isPresent of [false, true, false]) subscription.setPresent(isPresent);
    await rig.turnEnd();
    expect(rig.presence.calls).toEqual(['join a s1', 'leave a s1']);
    subscription.setPresent(true);
    await rig.turnEnd();
    expect(rig.presence.count('a')).toBe(1);
  });
});
