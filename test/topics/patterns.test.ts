/** Subscriptions to all topics of a pattern. */
import { describe, expect, it } from 'vitest';
import { Listener, TopicRig } from '../support/topic-rig.js';

describe('a pattern', () => {
  it('gets what is published to the topics it covers, and to no other', async () => {
    const rig = new TopicRig();
    const [star, rest] = [new Listener(), new Listener()];
    rig.subscribe(star, 'a.*');
    rig.subscribe(rest, 'a.>');
    for (const topic of ['a', 'a.b', 'a.b.c', 'b.a']) rig.publish(topic);
    await rig.turnEnd();
    expect(star.take()).toEqual(['opened pattern true', 'a.b:1']);
    expect(rest.take()).toEqual(['opened pattern true', 'a.b:1', 'a.b.c:1']);
  });

  it('shares its bundles with those who are subscribed to the topic', async () => {
    const rig = new TopicRig();
    const [topic, pattern] = [new Listener(), new Listener()];
    rig.subscribe(topic, 'a');
    rig.subscribe(pattern, '*');
    rig.publish('a', 2);
    await rig.turnEnd();
    expect(pattern.bundles[0]).toBe(topic.bundles[0]);
  });

  it('takes neither `from` nor `rewind`', () => {
    const rig = new TopicRig();
    for (const more of [{ rewind: 1 }, { from: { epoch: 'e1', offset: 0 } }]) {
      const listener = new Listener();
      rig.subscribe(listener, 'a.*', more);
      expect(listener.take()).toEqual(['failed invalid_argument']);
    }
    expect(rig.topics.subscriptions).toBe(0);
  });

  it('is caught up in each topic it is behind in, whose logs are held meanwhile', async () => {
    const rig = new TopicRig();
    const listener = new Listener();
    const subscription = rig.subscribe(listener, '*', { credit: 1, id: 1 });
    rig.publish('a', 3);
    rig.publish('b', 2);
    await rig.turnEnd();
    rig.publish('a', 1);
    await rig.turnEnd();
    expect(listener.take()).toEqual(['opened pattern true', 'a:1']);
    expect([...rig.logs.holds.keys()]).toEqual(['a', 'b']);
    expect(rig.topics.lagging).toBe(1);
    rig.logs.dropTo('a', 2);
    subscription.pull(10);
    await rig.turnEnd(2);
    const got = listener.take();
    expect(got.filter((line) => line.includes('b'))).toEqual(['b:1', 'b:2']);
    expect(got.filter((line) => line.includes('a:'))).toEqual(['gap a:2-2 1 expired', 'a:3', 'a:4']);
    expect([rig.logs.holds.size, rig.topics.lagging]).toEqual([0, 0]);
  });

  it('gets what the gateway writes itself only where it begins with the token in front', async () => {
    const rig = new TopicRig();
    rig.detail = 'count';
    const [all, star, presence] = [new Listener(), new Listener(), new Listener()];
    for (const [listener, pattern] of [
      [all, '>'],
      [star, '*.*'],
      [presence, '_presence.*'],
    ] as const) {
      rig.subscribe(listener, pattern);
    }
    const room = new Listener();
    room.member = { id: 's1' };
    rig.subscribe(room, 'a');
    rig.publish('a._b');
    await rig.turnEnd();
    expect(all.take()).toEqual(['opened pattern true', 'a._b:1']);
    expect(star.take()).toEqual(['opened pattern true', 'a._b:1']);
    expect(presence.take()).toEqual(['opened pattern true', '_presence.a:1']);
  });

  it('fails when it is behind in more topics than it may be, but a part of the gateway does not', async () => {
    const rig = new TopicRig(1000, 100);
    const [listener, trusted] = [new Listener(), new Listener()];
    rig.subscribe(listener, '>');
    rig.subscribe(trusted, '>', { isTrusted: true });
    for (const each of [listener, trusted]) each.block();
    for (let i = 0; i < 100; i += 1) rig.publish(`t.${i}`);
    await rig.turnEnd();
    expect(listener.failure).toBeUndefined();
    rig.publish('u');
    await rig.turnEnd();
    expect(listener.failure).toMatchObject({ code: 'resource_exhausted', reason: 'overflow', started: 'maybe' });
    expect([rig.topics.subscriptions, rig.topics.lagging, rig.logs.holds.size]).toEqual([1, 1, 101]);
    trusted.unblock();
    await rig.turnEnd(3);
    expect(trusted.take()).toHaveLength(1 + 101);
    expect([trusted.failure, rig.topics.lagging, rig.logs.holds.size]).toEqual([undefined, 0, 0]);
  });

  it('is told that a log begins anew, if it was there before', async () => {
    const rig = new TopicRig();
    const [older, blocked, younger] = [new Listener(), new Listener(), new Listener()];
    rig.subscribe(older, '*');
    rig.subscribe(blocked, '*');
    rig.publish('a', 2);
    await rig.turnEnd();
    rig.subscribe(younger, '*');
    blocked.block();
    rig.logs.reset('a');
    rig.publish('a');
    await rig.turnEnd();
    expect(older.take().slice(3)).toEqual(['gap a:1-1 0 reset e2', 'a:1']);
    expect(younger.take()).toEqual(['opened pattern true', 'a:1']);
    expect(blocked.take().slice(3)).toEqual([]);
    blocked.unblock();
    await rig.turnEnd(2);
    expect(blocked.take()).toEqual(['gap a:1-1 0 reset e2', 'a:1']);
  });

  it('is told so too when only an entry shows it', async () => {
    const rig = new TopicRig();
    const listener = new Listener();
    rig.subscribe(listener, '*');
    rig.publish('a', 2);
    await rig.turnEnd();
    rig.logs.reset('a', true);
    rig.publish('a');
    await rig.turnEnd();
    expect(listener.take().slice(3)).toEqual(['gap a:1-1 0 reset e2', 'a:1']);
  });

  it('has the gateway remember only so many topics that nobody else is subscribed to', async () => {
    const rig = new TopicRig();
    const listener = new Listener();
    const subscription = rig.subscribe(listener, '>');
    for (let i = 0; i < 4200; i += 1) rig.publish(`t.${i}`);
    // Until the turn ends none is forgotten that has something to be handed out.
    expect(rig.topics.topics).toBe(4200);
    await rig.turnEnd();
    expect(listener.take()).toHaveLength(4201);
    for (let i = 0; i < 200; i += 1) rig.publish(`u.${i}`);
    expect(rig.topics.topics).toBe(4096);
    subscription.close();
    expect(rig.topics.topics).toBe(0);
    rig.publish('t.1');
    await rig.turnEnd();
    expect(listener.take()).toEqual([]);
  });

  it('misses nothing when it has no room in a turn with more topics than are remembered', async () => {
    const rig = new TopicRig(1000, 10_000);
    const listener = new Listener();
    rig.subscribe(listener, '>');
    listener.block();
    for (let round = 0; round < 2; round += 1) {
      for (let i = 0; i < 4200; i += 1) rig.publish(`t.${i}`);
    }
    await rig.turnEnd();
    listener.unblock();
    await rig.turnEnd(60);
    expect(new Set(listener.take()).size).toBe(1 + 2 * 4200);
    expect(rig.topics.lagging).toBe(0);
  });

  it('forgets a topic nobody is subscribed to any more at its next entry', async () => {
    const rig = new TopicRig();
    const subscription = rig.subscribe(new Listener(), 'a.*');
    rig.subscribe(new Listener(), 'b.*');
    rig.publish('a.x');
    await rig.turnEnd();
    subscription.close();
    rig.publish('a.x');
    expect(rig.topics.topics).toBe(0);
  });
});
