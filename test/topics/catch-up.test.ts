/** Who is behind, and how they come back to the head: history, room, credit, and what the log no longer holds. */
import { describe, expect, it } from 'vitest';
import { Listener, messages, TopicRig } from '../support/topic-rig.js';

describe('history', () => {
  async function opened(rig: TopicRig, more: Parameters<TopicRig['subscribe']>[2]): Promise<string[]> {
    const listener = new Listener();
    rig.subscribe(listener, 'a', more);
    await rig.turnEnd(3);
    return listener.take();
  }

  it('goes on behind an offset of the same epoch that is still held', async () => {
    const rig = new TopicRig();
    rig.publish('a', 5);
    rig.logs.dropTo('a', 2);
    expect(await opened(rig, { from: { epoch: 'e1', offset: 3 } })).toEqual(['opened e1:3 true', 'a:4', 'a:5']);
    expect(await opened(rig, { from: { epoch: 'e1', offset: 2 } })).toEqual(['opened e1:2 true', 'a:3', 'a:4', 'a:5']);
    expect(await opened(rig, { from: { epoch: 'e1', offset: 5 } })).toEqual(['opened e1:5 true']);
  });

  it('gives nothing partial when that cannot be proved to be whole', async () => {
    const rig = new TopicRig();
    rig.publish('a', 5);
    rig.logs.dropTo('a', 2);
    for (const from of [
      { epoch: 'e1', offset: 1 },
      { epoch: 'e1', offset: 6 },
      { epoch: 'e0', offset: 3 },
      { epoch: 1, offset: 3 },
    ]) {
      expect(await opened(rig, { from })).toEqual(['opened e1:5 false']);
    }
  });

  it('begins so many messages back as are asked for, and held', async () => {
    const rig = new TopicRig();
    rig.publish('a', 5);
    rig.logs.dropTo('a', 2);
    expect(await opened(rig, { rewind: 2 })).toEqual(['opened e1:3 true', 'a:4', 'a:5']);
    expect(await opened(rig, { rewind: 9 })).toEqual(['opened e1:2 true', 'a:3', 'a:4', 'a:5']);
    expect(await opened(rig, { rewind: 0 })).toEqual(['opened e1:5 true']);
  });

  it('comes from logs that answer late, too', async () => {
    const rig = new TopicRig();
    const listener = new Listener();
    rig.publish('a', 150);
    rig.logs.isLate = true;
    rig.subscribe(listener, 'a', { rewind: 140 });
    await rig.settle();
    expect(listener.take()).toEqual(['opened e1:10 true', ...messages('a', 11, 150)]);
  });

  it('comes whole under the policy `close`, which is for what comes later', async () => {
    const rig = new TopicRig();
    const listener = new Listener();
    rig.publish('a', 100);
    listener.block();
    rig.subscribe(listener, 'a', { rewind: 100, overflow: 'close' });
    await rig.turnEnd();
    rig.publish('a');
    await rig.turnEnd();
    listener.unblock();
    await rig.turnEnd();
    expect(listener.take()).toEqual(['opened e1:0 true', ...messages('a', 1, 101)]);
  });
});

describe('one without room', () => {
  it('stays behind and gets everything once it has room, while others go on', async () => {
    const rig = new TopicRig();
    const [slow, quick] = [new Listener(), new Listener()];
    rig.subscribe(slow, 'a');
    rig.subscribe(quick, 'a');
    slow.block();
    rig.publish('a', 10);
    await rig.turnEnd();
    expect(quick.take()).toHaveLength(11);
    expect(slow.take()).toEqual(['opened e1:0 true']);
    expect(rig.topics.lagging).toBe(1);
    slow.unblock();
    await rig.turnEnd(2);
    expect(slow.take()).toEqual(messages('a', 1, 10));
    expect(rig.topics.lagging).toBe(0);
    rig.publish('a');
    await rig.turnEnd();
    expect(slow.take()).toEqual(['a:11']);
  });

  it('stops in the middle when its room is gone, and is resumed from there', async () => {
    const rig = new TopicRig(100_000);
    const listener = new Listener();
    rig.subscribe(listener, 'a');
    listener.block();
    for (let i = 0; i < 4; i += 1) void rig.topics.publish('a', 'x'.repeat(40_000), undefined);
    await rig.turnEnd();
    listener.take();
    listener.onDeliver = () => listener.block();
    listener.unblock();
    await rig.turnEnd(2);
    expect(listener.take()).toEqual(['a:1']);
    listener.onDeliver = undefined;
    listener.unblock();
    await rig.turnEnd(2);
    expect(listener.take()).toEqual(messages('a', 2, 4));
  });

  it('is told in one gap what the log no longer holds, right before the first message behind it', async () => {
    const rig = new TopicRig();
    const listener = new Listener();
    rig.subscribe(listener, 'a');
    rig.publish('a', 2);
    await rig.turnEnd();
    listener.block();
    rig.publish('a', 10);
    await rig.turnEnd();
    rig.logs.dropTo('a', 7);
    listener.take();
    listener.unblock();
    await rig.turnEnd(2);
    expect(listener.take()).toEqual(['gap a:3-7 5 expired', ...messages('a', 8, 12)]);
    expect(rig.topics.missed).toBe(5);
  });

  it('comes back to the head of a log that holds nothing', async () => {
    const rig = new TopicRig();
    const listener = new Listener();
    rig.subscribe(listener, 'a');
    listener.block();
    rig.publish('a', 3);
    await rig.turnEnd();
    rig.logs.dropTo('a', 3);
    listener.unblock();
    await rig.turnEnd();
    rig.publish('a');
    await rig.turnEnd();
    expect(listener.take()).toEqual(['opened e1:0 true', 'gap a:1-3 3 expired', 'a:4']);
  });

  it('is not given a page that was answered after its room was gone', async () => {
    const rig = new TopicRig();
    const listener = new Listener();
    rig.publish('a', 3);
    rig.subscribe(listener, 'a', { rewind: 3 });
    rig.logs.isLate = true;
    await rig.turnEnd();
    expect(rig.logs.waiting).toBe(1);
    listener.block();
    rig.logs.answerAll();
    await rig.turnEnd();
    expect(listener.take()).toEqual(['opened e1:0 true']);
    listener.unblock();
    await rig.settle();
    expect(listener.take()).toEqual(messages('a', 1, 3));
  });

  it('has one answer of the log waited for at a time, though it asks for more while it is given one', async () => {
    const rig = new TopicRig();
    const listener = new Listener();
    rig.publish('a', 300);
    rig.subscribe(listener, 'a', { rewind: 300 });
    // The first page comes at once, and the next one late.
    listener.onDeliver = (subscription) => {
      rig.logs.isLate = true;
      subscription.resume();
    };
    await rig.turnEnd(3);
    expect(rig.logs.waiting).toBe(1);
    await rig.settle();
    expect(listener.take()).toEqual(['opened e1:0 true', ...messages('a', 1, 300)]);
  });

  it('can be closed by the message that brings it to the head', async () => {
    const rig = new TopicRig();
    const listener = new Listener();
    rig.publish('a', 3);
    rig.subscribe(new Listener(), 'a');
    rig.subscribe(listener, 'a', { rewind: 3 });
    listener.onDeliver = (subscription) => subscription.close();
    await rig.turnEnd();
    rig.publish('a');
    await rig.turnEnd();
    expect(listener.take()).toEqual(['opened e1:0 true', ...messages('a', 1, 3)]);
    expect([rig.topics.subscriptions, rig.topics.lagging, rig.logs.holds.get('a')]).toEqual([1, 0, 1]);
  });

  it('fails when the log cannot be read', async () => {
    const rig = new TopicRig();
    for (const isLate of [false, true]) {
      const listener = new Listener();
      rig.publish('a');
      rig.subscribe(listener, 'a', { rewind: 1 });
      rig.logs.isLate = isLate;
      rig.logs.failure = new Error('gone');
      await rig.turnEnd();
      rig.logs.answerAll();
      await rig.turnEnd();
      expect(listener.take().at(-1)).toBe('failed unavailable');
    }
    expect([rig.topics.subscriptions, rig.topics.lagging, rig.logs.holds.size]).toEqual([0, 0, 0]);
  });
});

describe('a turn of the event loop', () => {
  it('catches up one subscription by at most 256 entries', async () => {
    const rig = new TopicRig();
    const listener = new Listener();
    rig.publish('a', 600);
    rig.subscribe(listener, 'a', { rewind: 600 });
    listener.take();
    const counts: number[] = [];
    for (let i = 0; i < 3; i += 1) {
      await rig.turnEnd();
      counts.push(listener.take().length);
    }
    expect(counts).toEqual([256, 256, 88]);
  });

  it('catches up all together by at most 4096, and the others first in the next one', async () => {
    const rig = new TopicRig();
    rig.publish('a', 600);
    const listeners = Array.from({ length: 20 }, () => new Listener());
    for (const listener of listeners) {
      rig.subscribe(listener, 'a', { rewind: 600 });
      listener.take();
    }
    await rig.turnEnd();
    expect(listeners.map((listener) => listener.take().length)).toEqual([...Array(16).fill(256), 0, 0, 0, 0]);
    await rig.turnEnd();
    const second = listeners.map((listener) => listener.take().length);
    expect(second).toEqual([...Array(12).fill(256), 0, 0, 0, 0, 256, 256, 256, 256]);
  });

  it('tells one subscription of at most 256 topics that began anew', async () => {
    const rig = new TopicRig();
    const listener = new Listener();
    rig.subscribe(listener, '>');
    listener.block();
    for (let i = 0; i < 600; i += 1) rig.publish(`t.${i}`);
    await rig.turnEnd();
    for (let i = 0; i < 600; i += 1) rig.logs.reset(`t.${i}`);
    listener.take();
    listener.unblock();
    await rig.turnEnd();
    const first = listener.take().length;
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThanOrEqual(256);
    await rig.turnEnd(8);
    expect(listener.take()).toHaveLength(600 - first);
    expect(rig.topics.lagging).toBe(0);
  });

  it('has no more than 256 answers of the logs waited for', async () => {
    const rig = new TopicRig();
    rig.publish('a', 3);
    const listeners = Array.from({ length: 300 }, () => new Listener());
    for (const listener of listeners) rig.subscribe(listener, 'a', { rewind: 3 });
    rig.logs.isLate = true;
    await rig.turnEnd(10);
    expect(rig.logs.waiting).toBe(256);
    await rig.settle();
    for (const listener of listeners) expect(listener.take()).toHaveLength(4);
  });
});

describe('a metered subscription', () => {
  it('gets its own frames, and never more than it allowed', async () => {
    const rig = new TopicRig();
    const listener = new Listener();
    const subscription = rig.subscribe(listener, 'a', { credit: 2, id: 'm' });
    rig.publish('a', 2);
    await rig.turnEnd();
    expect(listener.take()).toEqual(['opened e1:0 true', 'a:1', 'a:2']);
    expect(listener.bundles[0]?.frames[0]).toBe('{"op":"message","topic":"a","offset":1,"data":0,"id":"m"}');
    rig.publish('a', 5);
    await rig.turnEnd();
    expect(listener.take()).toEqual([]);
    subscription.pull(5);
    subscription.pull(1);
    await rig.turnEnd(2);
    expect(listener.take()).toEqual(messages('a', 3, 5));
    subscription.pull(100);
    await rig.turnEnd(2);
    expect(listener.take()).toEqual(['a:6', 'a:7']);
  });

  it('uses no credit for gaps, and is told them before the message they stand before', async () => {
    const rig = new TopicRig();
    const listener = new Listener();
    const subscription = rig.subscribe(listener, 'a', { credit: 0, id: 1 });
    rig.publish('a', 9);
    await rig.turnEnd();
    rig.logs.dropTo('a', 5);
    subscription.pull(1);
    await rig.turnEnd(2);
    expect(listener.take()).toEqual(['opened e1:0 true', 'gap a:1-5 5 expired', 'a:6']);
  });
});
