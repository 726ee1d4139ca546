/** The policies of subscriptions that are outrun. */
import { describe, expect, it } from 'vitest';
import type { Overflow } from '../../src/protocol/frames.js';
import { Listener, messages, TopicRig } from '../support/topic-rig.js';

/** Behind from 1 on, of a topic with so many messages, whose keys go round. */
async function behind(overflow: Overflow, count: number, keys = 1) {
  const rig = new TopicRig();
  const listener = new Listener();
  rig.subscribe(listener, 'a', { overflow });
  listener.block();
  for (let i = 0; i < count; i += 1) rig.publish('a', 1, keys === 1 ? undefined : `k${i % keys}`);
  await rig.turnEnd();
  listener.take();
  return {
    rig,
    listener,
    async resumed() {
      listener.unblock();
      await rig.turnEnd(3);
      return listener.take();
    },
  };
}

describe('latest', () => {
  it('is told in one gap of what it missed, and gets the newest of each key', async () => {
    const { resumed, rig } = await behind('latest', 500, 3);
    expect(await resumed()).toEqual(['gap a:1-500 497 conflated', 'a:498', 'a:499', 'a:500']);
    expect(rig.topics.missed).toBe(497);
  });

  it('takes messages without a key as one key', async () => {
    const { resumed } = await behind('latest', 40);
    expect(await resumed()).toEqual(['gap a:1-40 39 conflated', 'a:40']);
  });

  it('gets everything where nothing is superseded, and everything live when it is at the head', async () => {
    const { resumed, rig, listener } = await behind('latest', 5, 9);
    expect(await resumed()).toEqual(messages('a', 1, 5));
    rig.publish('a', 3);
    await rig.turnEnd();
    expect(listener.take()).toEqual(messages('a', 6, 8));
  });

  it('is told first, in a gap of its own, of what the log no longer holds, with no newer one for it', async () => {
    const { resumed, rig } = await behind('latest', 10, 2);
    rig.logs.dropTo('a', 5);
    expect(await resumed()).toEqual(['gap a:1-5 5 expired', 'gap a:6-10 3 conflated', 'a:9', 'a:10']);
    expect(rig.topics.missed).toBe(8);
  });

  it('is told so when the log holds nothing', async () => {
    const { resumed, rig } = await behind('latest', 10);
    rig.logs.dropTo('a', 10);
    expect(await resumed()).toEqual(['gap a:1-10 10 expired']);
    expect(rig.topics.lagging).toBe(0);
  });

  it('gets nothing more of a page when its room is gone once it was told of what is gone', async () => {
    const { resumed, rig, listener } = await behind('latest', 10, 2);
    rig.logs.dropTo('a', 5);
    listener.onGap = () => listener.block();
    expect(await resumed()).toEqual(['gap a:1-5 5 expired']);
    listener.onGap = undefined;
    expect(await resumed()).toEqual(['gap a:6-10 3 conflated', 'a:9', 'a:10']);
  });

  it('goes back in the middle of a page, when it is told of what is gone', async () => {
    const { resumed, rig, listener } = await behind('latest', 10, 2);
    const [subscription] = listener.subscriptions;
    rig.logs.dropTo('a', 5);
    subscription?.mark();
    listener.onGap = () => {
      listener.onGap = undefined;
      subscription?.rewind();
    };
    // What comes again is not conflated, nor what the log gives with it.
    expect(await resumed()).toEqual(['gap a:1-5 5 expired', ...messages('a', 6, 10)]);
  });

  it('with credit for few, gets the oldest of the newest first, each behind its gap', async () => {
    const rig = new TopicRig();
    const listener = new Listener();
    const subscription = rig.subscribe(listener, 'a', { overflow: 'latest', credit: 1, id: 1 });
    for (const key of ['x', 'y', 'x', 'z', 'y']) rig.publish('a', 1, key);
    await rig.turnEnd();
    expect(listener.take()).toEqual(['opened e1:0 true', 'gap a:1-3 2 conflated', 'a:3']);
    subscription.pull(3);
    await rig.turnEnd();
    expect(listener.take()).toEqual(['a:4', 'a:5']);
  });

  it('does not go past what was handed out to the others', async () => {
    const { rig, listener } = await behind('latest', 10, 2);
    rig.logs.notifiesLate = true;
    rig.publish('a', 1, 'k0');
    listener.unblock();
    await rig.turnEnd(2);
    expect(listener.take()).toEqual(['gap a:1-10 9 conflated', 'a:10']);
    rig.logs.notifyAll();
    await rig.turnEnd(2);
    expect(listener.take()).toEqual(['a:11']);
  });

  it('is told at once of what was superseded by something it will get with the others', async () => {
    const { rig, listener } = await behind('latest', 10, 2);
    rig.logs.notifiesLate = true;
    rig.publish('a', 1, 'k1');
    listener.unblock();
    await rig.turnEnd(2);
    expect(listener.take()).toEqual(['gap a:1-10 9 conflated', 'a:9']);
    expect(rig.topics.lagging).toBe(0);
    rig.logs.notifyAll();
    await rig.turnEnd();
    expect(listener.take()).toEqual(['a:11']);
  });
});

describe('drop', () => {
  it('leaves out the oldest when more than 32 wait', async () => {
    const { resumed } = await behind('drop', 50);
    expect(await resumed()).toEqual(['gap a:1-18 18 dropped', ...messages('a', 19, 50)]);
  });

  it('leaves out nothing when no more than 32 wait', async () => {
    const { resumed } = await behind('drop', 32);
    expect(await resumed()).toEqual(messages('a', 1, 32));
  });

  it('tells of what the log no longer holds in the same gap', async () => {
    const { resumed, rig } = await behind('drop', 50);
    rig.logs.dropTo('a', 40);
    expect(await resumed()).toEqual(['gap a:1-40 40 dropped', ...messages('a', 41, 50)]);
  });
});

describe('close', () => {
  it('ends it as soon as more than 32 wait', async () => {
    const { rig, listener } = await behind('close', 32);
    expect(listener.failure).toBeUndefined();
    rig.publish('a');
    await rig.turnEnd();
    expect(listener.failure).toMatchObject({ code: 'resource_exhausted', reason: 'overflow', started: 'maybe' });
    expect([rig.topics.subscriptions, rig.topics.lagging]).toEqual([0, 0]);
  });

  it('counts what waits for credit, and what waits in all topics of a pattern', async () => {
    const rig = new TopicRig();
    const [dry, pattern] = [new Listener(), new Listener()];
    rig.subscribe(dry, 'a', { overflow: 'close', credit: 0, id: 1 });
    rig.subscribe(pattern, '*', { overflow: 'close', credit: 0, id: 2 });
    rig.publish('a', 30);
    await rig.turnEnd();
    rig.publish('b', 3);
    await rig.turnEnd();
    expect(dry.failure).toBeUndefined();
    expect(pattern.failure).toMatchObject({ reason: 'overflow' });
    rig.publish('a', 3);
    await rig.turnEnd();
    expect(dry.failure).toMatchObject({ reason: 'overflow' });
  });

  it('does not end one that has room and only waits for the log', async () => {
    const { rig, listener } = await behind('close', 5);
    rig.logs.isLate = true;
    listener.unblock();
    await rig.turnEnd();
    rig.logs.isLate = false;
    rig.publish('a', 100);
    await rig.turnEnd();
    await rig.settle();
    expect(listener.take()).toEqual(messages('a', 1, 105));
  });
});

describe('wait', () => {
  it('gets everything', async () => {
    const { resumed } = await behind('wait', 200, 2);
    expect(await resumed()).toEqual(messages('a', 1, 200));
  });
});
