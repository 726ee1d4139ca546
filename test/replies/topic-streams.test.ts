import { describe, expect, it } from 'vitest';
import { jsonCodec } from '../../src/codec/codecs.js';
import { TopicStreams } from '../../src/replies/topic-streams.js';
import { FakeExchange } from '../support/fake-exchange.js';
import { bundleOf, FakeTopics, logEntry } from '../support/fake-topics.js';
import { TestClock } from '../support/test-clock.js';

const comment = ': keep-alive\n\n';

function testStreams(streamsMax = 1000) {
  const clock = new TestClock();
  const topics = new FakeTopics();
  topics.onSubscribe = (each) => each.subscriber.opened(each, { epoch: 'e1', offset: 0 }, true);
  const streams = new TopicStreams({ clock, codec: jsonCodec, streamsMax });
  const open = (): FakeExchange => {
    const exchange = new FakeExchange();
    streams.open({
      exchange,
      subscribe: (subscriber) => topics.subscribe({ topic: 't', overflow: 'wait' }, subscriber),
      refuse: () => undefined,
    });
    exchange.taken();
    return exchange;
  };
  return { clock, topics, streams, open };
}

describe('the streams of topics', () => {
  it('are counted, and full at their bound, until one has gone', () => {
    const { streams, open } = testStreams(2);
    const first = open();
    expect([streams.size, streams.isFull]).toEqual([1, false]);
    open();
    expect([streams.size, streams.isFull]).toEqual([2, true]);
    first.abort();
    first.abort();
    expect([streams.size, streams.isFull]).toEqual([1, false]);
  });

  it('cut a reader that takes nothing for more than a minute, and no other', () => {
    const { streams, topics, clock, open } = testStreams();
    const [stuck, slow] = [open(), open()];
    for (const exchange of [stuck, slow]) exchange.hasRoom = false;
    for (const each of topics.subscriptions) each.subscriber.deliver(each, bundleOf(logEntry('t', 1)));
    for (let i = 0; i < 5; i += 1) {
      expect(stuck.isAborted).toBe(false);
      clock.advance(15_000);
      slow.drain();
      slow.hasRoom = false;
    }
    clock.advance(15_000);
    expect([stuck.isAborted, slow.isAborted, streams.size]).toEqual([true, false, 1]);
  });

  it('do not count one that cannot be opened', () => {
    const { streams, topics, clock, open } = testStreams();
    topics.onSubscribe = () => {
      throw new Error('a defect');
    };
    expect(open).toThrow('a defect');
    expect([streams.size, clock.timers]).toEqual([0, 0]);
  });

  it('say something every 15 seconds, by one timer, which is gone with the last of them', () => {
    const { clock, open } = testStreams();
    expect(clock.timers).toBe(0);
    const first = open();
    clock.advance(5000);
    const second = open();
    expect(clock.timers).toBe(1);
    clock.advance(9999);
    expect([first.body, second.body]).toEqual(['', '']);
    clock.advance(1);
    expect([first.taken(), second.taken()]).toEqual([comment, '']);
    clock.advance(5000);
    expect([first.taken(), second.taken()]).toEqual(['', comment]);
    clock.advance(30_000);
    expect([first.taken(), second.taken()]).toEqual([comment + comment, comment + comment]);
    expect(clock.timers).toBe(1);
    first.abort();
    expect(clock.timers).toBe(1);
    second.abort();
    expect(clock.timers).toBe(0);
    open();
    expect(clock.timers).toBe(1);
  });

  it('that came all at once are written to a part at a time, and each of them before long', () => {
    const { clock, open } = testStreams();
    const exchanges = Array.from({ length: 800 }, open);
    clock.advance(14_000);
    let told = 0;
    for (let second = 15; second < 23; second += 1) {
      clock.advance(1000);
      const now = exchanges.filter((exchange) => exchange.taken() === comment).length;
      expect(now).toBe(100);
      told += now;
    }
    expect(told).toBe(800);
    clock.advance(15_000);
    expect(exchanges.every((exchange) => exchange.taken() === comment)).toBe(true);
  });

  it('may go in the middle of being kept alive', () => {
    const { clock, streams, open } = testStreams();
    const exchanges = Array.from({ length: 16 }, open);
    const [first, second] = exchanges as [FakeExchange, FakeExchange];
    first.write = () => {
      for (const exchange of exchanges) exchange.abort();
      return false;
    };
    clock.advance(15_000);
    expect([streams.size, second.body]).toEqual([0, '']);
    clock.advance(60_000);
    expect(clock.timers).toBe(0);
  });

  it('end when the gateway stops, and ask their clients back one after the other', () => {
    const { streams, topics, clock, open } = testStreams();
    const exchanges = Array.from({ length: 4 }, open);
    streams.goAway(8, 1000.4);
    const afters = exchanges.map(({ body }) => /"afterMs":(\d+),"untilMs":1000}/.exec(body)?.[1]);
    expect(afters).toEqual(['0', '2', '4', '6']);
    expect(exchanges.every(({ isEnded }) => isEnded)).toBe(true);
    expect(topics.subscriptions.map(({ closes }) => closes)).toEqual([1, 1, 1, 1]);
    expect([streams.size, clock.timers]).toEqual([0, 0]);
  });
});
