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

  it('fails when it is behind in more than 1024 topics', async () => {
    const rig = new TopicRig();
    const listener = new Listener();
    rig.subscribe(listener, '>');
    listener.block();
    for (let i = 0; i < 1024; i += 1) rig.publish(`t.${i}`);
    await rig.turnEnd();
    expect(listener.failure).toBeUndefined();
    rig.publish('u');
    await rig.turnEnd();
    expect(listener.failure).toMatchObject({ code: 'resource_exhausted', reason: 'overflow', started: 'maybe' });
    expect([rig.topics.subscriptions, rig.topics.lagging, rig.logs.holds.size]).toEqual([0, 0, 0]);
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
    expect(rig.topics.topics).toBe(4096);
    await rig.turnEnd();
    expect(listener.take()).toHaveLength(4201);
    subscription.close();
    expect(rig.topics.topics).toBe(0);
    rig.publish('t.1');
    await rig.turnEnd();
    expect(listener.take()).toEqual([]);
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
