/** What is published reaches who is subscribed: the head of a topic, bundles, codecs, and what subscribers do meanwhile. */
import { describe, expect, it } from 'vitest';
import { jsonCodec } from '../../src/codec/json-codec.js';
import { msgpackCodec } from '../../src/codec/msgpack-codec.js';
import type { Subscription } from '../../src/model/subscription.js';
import { Listener, messages, TopicRig } from '../support/topic-rig.js';

describe('delivery', () => {
  it('gives what is published in a turn to all at the head, as one bundle for each codec', async () => {
    const rig = new TopicRig();
    const listeners = [new Listener(), new Listener(), new Listener(msgpackCodec), new Listener(msgpackCodec)];
    for (const listener of listeners) rig.subscribe(listener, 'a');
    rig.publish('a', 3);
    expect(listeners[0]?.take()).toEqual(['opened e1:0 true']);
    await rig.turnEnd();
    expect(listeners[0]?.take()).toEqual(messages('a', 1, 3));
    const bundles = listeners.map((listener) => listener.bundles);
    expect(bundles.map(({ length }) => length)).toEqual([1, 1, 1, 1]);
    expect(bundles[0]?.[0]).toBe(bundles[1]?.[0]);
    expect(bundles[2]?.[0]).toBe(bundles[3]?.[0]);
    expect(bundles[0]?.[0]?.frames).toEqual([0, 1, 2].map((n) => jsonCodec.message('a', n + 1, n, undefined)));
    expect(bundles[2]?.[0]?.frames).toEqual([0, 1, 2].map((n) => msgpackCodec.message('a', n + 1, n, undefined)));
    expect(rig.topics.delivered).toBe(12);
    expect(rig.topics.published).toBe(3);
  });

  it('encodes a message once for a codec, whoever gets it and when', async () => {
    const rig = new TopicRig();
    const early = new Listener();
    const late = new Listener();
    rig.subscribe(early, 'a');
    const entry = rig.entry('a', { n: 1 });
    await rig.turnEnd();
    const frame = entry.json;
    expect(frame).toBe('{"op":"message","topic":"a","offset":1,"data":{"n":1}}');
    expect(entry.msgpack).toBeUndefined();
    rig.subscribe(late, 'a', { rewind: 1 });
    await rig.turnEnd();
    expect(late.bundles[0]?.frames[0]).toBe(frame);
  });

  it('makes several bundles of more than 256 entries, or of more than 64 KiB', async () => {
    const rig = new TopicRig(100_000);
    const listener = new Listener();
    rig.subscribe(listener, 'a');
    rig.publish('a', 300);
    await rig.turnEnd();
    expect(listener.bundles.map(({ entries }) => entries.length)).toEqual([256, 44]);
    listener.bundles = [];
    for (let i = 0; i < 3; i += 1) void rig.topics.publish('a', 'x'.repeat(40_000), undefined);
    await rig.turnEnd();
    expect(listener.bundles.map(({ entries }) => entries.length)).toEqual([1, 1, 1]);
  });

  it('does not wait for the turn to end when very much is published in it', () => {
    const rig = new TopicRig();
    const listener = new Listener();
    rig.subscribe(listener, 'a');
    rig.publish('a', 1030);
    expect(listener.take()).toHaveLength(1 + 1024);
  });

  it('gives a subscription nothing from before it, also of the same turn', async () => {
    const rig = new TopicRig();
    const [topic, pattern] = [new Listener(), new Listener()];
    rig.publish('a');
    rig.subscribe(new Listener(), 'a');
    rig.publish('a');
    rig.subscribe(topic, 'a');
    rig.subscribe(pattern, '*');
    rig.publish('a');
    await rig.turnEnd();
    expect(topic.take()).toEqual(['opened e1:2 true', 'a:3']);
    expect(pattern.take()).toEqual(['opened pattern true', 'a:3']);
  });

  it('keeps what nobody is subscribed to in the log only', async () => {
    const rig = new TopicRig();
    rig.publish('a', 5);
    await rig.turnEnd();
    expect(rig.topics.topics).toBe(0);
    const subscription = rig.subscribe(new Listener(), 'a');
    expect(rig.logs.holds.get('a')).toBe(1);
    rig.publish('a');
    subscription.close();
    subscription.close();
    await rig.turnEnd();
    expect([rig.topics.topics, rig.topics.subscriptions, rig.logs.holds.size]).toEqual([0, 0, 0]);
  });

  it('goes on when subscribers close each other, or subscribe, while they are delivered to', async () => {
    const rig = new TopicRig();
    const listeners = Array.from({ length: 6 }, () => new Listener());
    const subscriptions = listeners.map((listener) => rig.subscribe(listener, 'a'));
    const [first, , third] = listeners as [Listener, Listener, Listener, Listener];
    const newcomer = new Listener();
    first.onDeliver = () => {
      first.onDeliver = undefined;
      subscriptions[1]?.close();
      subscriptions[4]?.close();
      rig.subscribe(newcomer, 'a');
    };
    third.onDeliver = (own) => own.close();
    rig.publish('a', 2);
    await rig.turnEnd();
    rig.publish('a');
    await rig.turnEnd();
    const got = listeners.map((listener) => listener.take().slice(1).join(' '));
    expect(got).toEqual(['a:1 a:2 a:3', '', 'a:1 a:2', 'a:1 a:2 a:3', '', 'a:1 a:2 a:3']);
    expect(newcomer.take()).toEqual(['opened e1:2 true', 'a:3']);
    expect(rig.topics.subscriptions).toBe(4);
  });

  it('takes what is published while it delivers into the next turn', async () => {
    const rig = new TopicRig();
    const [echo, other] = [new Listener(), new Listener()];
    let left = 2;
    echo.onDeliver = () => {
      left -= 1;
      if (left >= 0) rig.publish('a');
    };
    rig.subscribe(echo, 'a');
    rig.subscribe(other, 'a');
    rig.publish('a');
    await rig.turnEnd();
    expect(other.take()).toEqual(['opened e1:0 true', 'a:1']);
    await rig.turnEnd(2);
    expect(other.take()).toEqual(['a:2', 'a:3']);
    expect(echo.take()).toEqual(['opened e1:0 true', 'a:1', 'a:2', 'a:3']);
  });

  it('gives a codec that cannot encode a message what JSON makes of it', async () => {
    const rig = new TopicRig();
    const listener = new Listener({
      ...msgpackCodec,
      message: (topic, offset, data, key) => {
        if (typeof (data as { run?: unknown }).run === 'function') throw new TypeError('expected no function');
        return msgpackCodec.message(topic, offset, data, key);
      },
    });
    rig.subscribe(listener, 'a');
    void rig.topics.publish('a', { n: 1, run() {} }, undefined);
    await rig.turnEnd();
    expect(listener.bundles[0]?.frames).toEqual([msgpackCodec.message('a', 1, { n: 1 }, undefined)]);
    expect(rig.failures[0]).toContain('message 1 of a');
  });
});

describe('a log that is told of late', () => {
  it('has entries read that were never told of, by all who miss them', async () => {
    const rig = new TopicRig();
    const [topic, pattern] = [new Listener(), new Listener()];
    rig.subscribe(topic, 'a');
    rig.subscribe(pattern, '>');
    rig.publish('a');
    await rig.turnEnd();
    rig.logs.notifiesLate = true;
    rig.publish('a', 2);
    rig.logs.loseNotes();
    rig.publish('a');
    rig.logs.notifyAll();
    await rig.turnEnd(2);
    expect(topic.take()).toEqual(['opened e1:0 true', ...messages('a', 1, 4)]);
    expect(pattern.take()).toEqual(['opened pattern true', ...messages('a', 1, 4)]);
    expect(rig.topics.lagging).toBe(0);
  });

  it('gives what is told of twice only once', async () => {
    const rig = new TopicRig();
    const listener = new Listener();
    rig.logs.notifiesLate = true;
    rig.publish('a', 3);
    rig.subscribe(listener, 'a', { rewind: 2 });
    await rig.turnEnd(2);
    rig.logs.notifyAll();
    rig.publish('a');
    rig.logs.notifyAll();
    await rig.turnEnd(2);
    expect(listener.take()).toEqual(['opened e1:1 true', ...messages('a', 2, 4)]);
  });
});

describe('a subscription', () => {
  it('waits when it is opened ahead of what was handed out', async () => {
    const rig = new TopicRig();
    const [other, old, young] = [new Listener(), new Listener(), new Listener()];
    rig.subscribe(other, 'b');
    rig.subscribe(old, 'a');
    // When the turn ends: the next one hands it out.
    other.onDeliver = () => {
      other.onDeliver = undefined;
      rig.publish('a', 2);
      rig.subscribe(young, 'a');
    };
    rig.publish('b');
    await rig.turnEnd();
    expect(old.take()).toEqual(['opened e2:0 true']);
    expect(rig.topics.lagging).toBe(1);
    await rig.turnEnd(2);
    expect(rig.topics.lagging).toBe(0);
    rig.publish('a');
    await rig.turnEnd();
    expect(old.take()).toEqual(messages('a', 1, 3));
    expect(young.take()).toEqual(['opened e2:2 true', 'a:3']);
  });

  it('can be closed before it is open, and hears of nothing then', async () => {
    const rig = new TopicRig();
    const listener = new Listener();
    rig.logs.isLate = true;
    const subscription: Subscription = rig.subscribe(listener, 'a');
    expect([subscription.isOpen, rig.topics.subscriptions]).toEqual([true, 1]);
    subscription.close();
    rig.logs.answerAll();
    await rig.turnEnd();
    expect(listener.take()).toEqual([]);
    expect([subscription.isOpen, rig.topics.subscriptions, rig.logs.holds.size]).toEqual([false, 0, 0]);
  });

  it('is opened before its first message, and misses none published until then', async () => {
    const rig = new TopicRig();
    const listener = new Listener();
    rig.publish('a', 2);
    rig.logs.isLate = true;
    rig.subscribe(listener, 'a', { rewind: 1 });
    rig.logs.isLate = false;
    rig.publish('a', 2);
    await rig.turnEnd();
    expect(listener.take()).toEqual([]);
    rig.logs.answerAll();
    await rig.turnEnd(2);
    expect(listener.take()).toEqual(['opened e1:3 true', 'a:4']);
  });

  it('fails as unavailable when the engine does, and as exhausted when that is full', async () => {
    const rig = new TopicRig();
    const [broken, full, late] = [new Listener(), new Listener(), new Listener()];
    rig.logs.failure = new Error('gone');
    rig.subscribe(broken, 'a');
    expect(broken.failure).toMatchObject({ code: 'unavailable', retry: 'backoff' });
    rig.logs.failure = Object.assign(new Error('full'), { name: 'EngineFullError' });
    rig.subscribe(full, 'a');
    expect(full.failure).toMatchObject({ code: 'resource_exhausted', reason: 'memory' });
    rig.logs.isLate = true;
    rig.logs.failure = new Error('gone');
    rig.subscribe(late, 'a');
    rig.logs.answerAll();
    await rig.turnEnd();
    expect(late.take()).toEqual(['failed unavailable']);
    expect(rig.failures).toHaveLength(2);
    expect([rig.topics.subscriptions, rig.logs.holds.size]).toEqual([0, 0]);
  });
});
