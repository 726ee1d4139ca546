/** Going back to what was confirmed, for a session that goes on over another socket. */
import { describe, expect, it } from 'vitest';
import { Listener, messages, TopicRig } from '../support/topic-rig.js';

describe('a subscription to a topic', () => {
  it('gets again what was not confirmed, and goes on from there', async () => {
    const rig = new TopicRig();
    const listener = new Listener();
    const subscription = rig.subscribe(listener, 'a');
    subscription.mark();
    rig.publish('a', 3);
    await rig.turnEnd();
    subscription.mark();
    rig.publish('a', 2);
    await rig.turnEnd();
    listener.take();
    subscription.rewind();
    await rig.turnEnd();
    expect(listener.take()).toEqual(messages('a', 1, 5));
    subscription.confirm();
    subscription.rewind();
    await rig.turnEnd();
    expect(listener.take()).toEqual(messages('a', 1, 5));
    subscription.mark();
    rig.publish('a', 1);
    await rig.turnEnd();
    expect(listener.take()).toEqual(['a:6']);
    subscription.confirm();
    subscription.rewind();
    rig.publish('a');
    await rig.turnEnd();
    expect(listener.take()).toEqual(['a:6', 'a:7']);
    expect(rig.topics.lagging).toBe(0);
  });

  it('does nothing when it was never marked', async () => {
    const rig = new TopicRig();
    const listener = new Listener();
    const subscription = rig.subscribe(listener, 'a');
    rig.publish('a', 3);
    await rig.turnEnd();
    listener.take();
    subscription.confirm();
    subscription.rewind();
    await rig.turnEnd();
    expect(listener.take()).toEqual([]);
  });

  it('goes back to where it was opened when nothing was confirmed', async () => {
    const rig = new TopicRig();
    const listener = new Listener();
    rig.publish('a', 5);
    rig.logs.isLate = true;
    const subscription = rig.subscribe(listener, 'a', { rewind: 2 });
    subscription.mark();
    await rig.settle();
    listener.take();
    subscription.rewind();
    await rig.settle();
    expect(listener.take()).toEqual(['a:4', 'a:5']);
  });

  it('makes void what was being read when it went back', async () => {
    const rig = new TopicRig();
    const listener = new Listener();
    rig.publish('a', 100);
    const subscription = rig.subscribe(listener, 'a', { rewind: 100 });
    subscription.mark();
    rig.logs.isLate = true;
    await rig.turnEnd();
    rig.logs.answerAll();
    await rig.turnEnd(2);
    expect(listener.take()).toHaveLength(1 + 64);
    expect(rig.logs.waiting).toBe(1);
    subscription.rewind();
    await rig.settle();
    expect(listener.take()).toEqual(messages('a', 1, 100));
  });

  it('knows in the middle of a turn who has got what', async () => {
    const rig = new TopicRig();
    const listeners = [new Listener(), new Listener(), new Listener()];
    const subscriptions = listeners.map((listener) => rig.subscribe(listener, 'a'));
    for (const subscription of subscriptions) subscription.mark();
    const [, middle] = listeners as [Listener, Listener];
    middle.onDeliver = () => {
      middle.onDeliver = undefined;
      for (const subscription of subscriptions) {
        subscription.mark();
        subscription.confirm();
      }
    };
    rig.publish('a', 2);
    await rig.turnEnd();
    for (const listener of listeners) listener.take();
    for (const subscription of subscriptions) subscription.rewind();
    await rig.turnEnd();
    expect(listeners.map((listener) => listener.take().join())).toEqual(['', '', 'a:1,a:2']);
  });

  it('gets back the credit of what is delivered again', async () => {
    const rig = new TopicRig();
    const listener = new Listener();
    const subscription = rig.subscribe(listener, 'a', { credit: 3, id: 1 });
    subscription.mark();
    rig.publish('a', 5);
    await rig.turnEnd();
    listener.take();
    subscription.rewind();
    await rig.turnEnd();
    expect(listener.take()).toEqual(messages('a', 1, 3));
    subscription.mark();
    subscription.confirm();
    subscription.rewind();
    await rig.turnEnd();
    expect(listener.take()).toEqual([]);
  });

  it('is neither given nor told again what it was told will not come', async () => {
    const rig = new TopicRig();
    const listener = new Listener();
    const subscription = rig.subscribe(listener, 'a', { overflow: 'drop' });
    subscription.mark();
    listener.block();
    rig.publish('a', 40);
    await rig.turnEnd();
    listener.unblock();
    await rig.turnEnd(2);
    expect(listener.take()[1]).toBe('gap a:1-8 8 dropped');
    subscription.rewind();
    await rig.turnEnd(2);
    expect(listener.take()).toEqual(messages('a', 9, 40));
    rig.logs.dropTo('a', 20);
    subscription.rewind();
    await rig.turnEnd(2);
    expect(listener.take()).toEqual(['gap a:9-20 12 expired', ...messages('a', 21, 40)]);
    rig.logs.dropTo('a', 30);
    subscription.rewind();
    await rig.turnEnd(2);
    expect(listener.take()).toEqual(['gap a:21-30 10 expired', ...messages('a', 31, 40)]);
  });

  it('gets again what it had got of a conflated range, and nothing else of it', async () => {
    const rig = new TopicRig();
    const listener = new Listener();
    const subscription = rig.subscribe(listener, 'a', { overflow: 'latest' });
    subscription.mark();
    listener.block();
    for (const key of ['x', 'y', 'x', 'y', 'z', 'x']) rig.publish('a', 1, key);
    await rig.turnEnd();
    listener.unblock();
    await rig.turnEnd(2);
    expect(listener.take()).toEqual(['opened e1:0 true', 'gap a:1-6 3 conflated', 'a:4', 'a:5', 'a:6']);
    for (const key of ['x', 'x']) rig.publish('a', 1, key);
    await rig.turnEnd();
    listener.take();
    listener.block();
    subscription.rewind();
    rig.publish('a', 1, 'x');
    rig.publish('a', 1, 'x');
    await rig.turnEnd(2);
    listener.unblock();
    await rig.turnEnd(2);
    expect(listener.take()).toEqual([...messages('a', 4, 8), 'gap a:9-10 1 conflated', 'a:10']);
  });

  it('goes back to the beginning of a log that began anew, and is told that once', async () => {
    const rig = new TopicRig();
    const listener = new Listener();
    const subscription = rig.subscribe(listener, 'a');
    subscription.mark();
    rig.publish('a', 3);
    await rig.turnEnd();
    rig.logs.reset('a');
    rig.publish('a', 2);
    await rig.turnEnd(2);
    expect(listener.take().slice(4)).toEqual(['gap a:1-1 0 reset e2', 'a:1', 'a:2']);
    subscription.rewind();
    await rig.turnEnd(2);
    expect(listener.take()).toEqual(['a:1', 'a:2']);
  });
});

describe('a subscription to a pattern', () => {
  it('gets again what was not confirmed, topic by topic', async () => {
    const rig = new TopicRig();
    const listener = new Listener();
    const subscription = rig.subscribe(listener, '*');
    subscription.mark();
    rig.publish('a', 2);
    rig.publish('b', 1);
    await rig.turnEnd();
    subscription.mark();
    rig.publish('b', 1);
    rig.publish('c', 1);
    await rig.turnEnd();
    subscription.confirm();
    listener.take();
    subscription.rewind();
    await rig.turnEnd();
    expect(listener.take().sort()).toEqual(['b:2', 'c:1']);
    subscription.mark();
    subscription.confirm();
    subscription.rewind();
    await rig.turnEnd();
    expect(listener.take()).toEqual([]);
    expect([rig.topics.lagging, rig.logs.holds.size]).toEqual([0, 0]);
  });

  it('fails when it goes back and had more topics to remember than it can, but not before', async () => {
    const rig = new TopicRig(1000, 100);
    const listener = new Listener();
    const subscription = rig.subscribe(listener, '>');
    subscription.mark();
    for (let i = 0; i < 101; i += 1) rig.publish(`t.${i}`);
    await rig.turnEnd();
    expect(listener.take()).toHaveLength(102);
    subscription.mark();
    subscription.confirm();
    subscription.rewind();
    expect(listener.failure).toBeUndefined();
    for (let i = 0; i < 101; i += 1) rig.publish(`t.${i}`);
    await rig.turnEnd();
    subscription.rewind();
    expect(listener.failure).toMatchObject({ code: 'resource_exhausted', reason: 'overflow', started: 'maybe' });
    expect(rig.logs.holds.size).toBe(0);
  });

  it('has no bound to what it remembers as a part of the gateway', async () => {
    const rig = new TopicRig(1000, 1);
    const listener = new Listener();
    const subscription = rig.subscribe(listener, '>', { isTrusted: true });
    subscription.mark();
    for (let i = 0; i < 50; i += 1) rig.publish(`t.${i}`);
    await rig.turnEnd();
    listener.take();
    subscription.rewind();
    await rig.turnEnd(2);
    expect(listener.take()).toHaveLength(50);
  });

  it('goes back to the beginning of a log that began anew when nobody remembered its topic', async () => {
    const rig = new TopicRig();
    const listener = new Listener();
    const subscription = rig.subscribe(listener, 'p.*');
    rig.subscribe(new Listener(), 'q.*');
    subscription.mark();
    rig.publish('p.t', 7);
    await rig.turnEnd();
    subscription.mark();
    rig.publish('p.t', 2);
    await rig.turnEnd();
    subscription.confirm();
    for (let i = 0; i < 4200; i += 1) rig.publish(`q.${i}`);
    await rig.turnEnd();
    const epoch = rig.logs.reset('p.t');
    rig.subscribe(new Listener(), 'p.t');
    await rig.turnEnd();
    listener.take();
    subscription.rewind();
    await rig.turnEnd();
    rig.publish('p.t', 5);
    await rig.turnEnd(2);
    expect(listener.take()).toEqual([`gap p.t:1-1 0 reset ${epoch}`, ...messages('p.t', 1, 5)]);
    subscription.mark();
    subscription.rewind();
    await rig.turnEnd(2);
    expect(listener.take()).toEqual(messages('p.t', 1, 5));
    expect(rig.topics.lagging).toBe(0);
  });
});
