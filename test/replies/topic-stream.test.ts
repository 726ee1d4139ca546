import { describe, expect, it, vi } from 'vitest';
import { jsonCodec } from '../../src/codec/codecs.js';
import { failure } from '../../src/protocol/error-codes.js';
import { BundleText } from '../../src/replies/event-text.js';
import { TopicStream } from '../../src/replies/topic-stream.js';
import { FakeExchange } from '../support/fake-exchange.js';
import { bundleOf, FakeTopics, logEntry } from '../support/fake-topics.js';

const at = { epoch: 'e1', offset: 5 };

function testStream(topics = new FakeTopics()) {
  const exchange = new FakeExchange();
  const refuse = vi.fn();
  const onClosed = vi.fn();
  const placed = new BundleText(true);
  const placeless = new BundleText(false);
  const stream = new TopicStream({ exchange, codec: jsonCodec, placed, placeless, refuse, onClosed });
  exchange.onAborted(() => stream.close());
  exchange.onWritable(() => stream.roomAgain());
  return { stream, exchange, topics, refuse, onClosed };
}

/** One that has been opened, with what it wrote for that taken. */
function openedStream() {
  const parts = testStream();
  parts.stream.open((subscriber) => parts.topics.subscribe({ topic: 't', overflow: 'wait' }, subscriber));
  parts.stream.opened(parts.topics.last, at, true);
  parts.exchange.taken();
  return { ...parts, subscription: parts.topics.last };
}

const open = ({ stream, topics }: ReturnType<typeof testStream>): void =>
  stream.open((subscriber) => topics.subscribe({ topic: 't', overflow: 'wait' }, subscriber));

describe('a stream of a topic', () => {
  it('is no answer until its subscription is open, and then says where it begins', () => {
    const parts = testStream();
    open(parts);
    expect(parts.exchange.status).toBe(0);
    parts.stream.opened(parts.topics.last, at, false);
    expect(parts.exchange.status).toBe(200);
    expect(parts.exchange.headers).toEqual({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    expect(parts.exchange.body).toBe(
      'event: subscribed\nretry: 3000\nid: e1:5\n' +
        'data: {"op":"subscribed","id":0,"epoch":"e1","offset":5,"recovered":false}\n\n',
    );
  });

  it('sends each message as its frame is for all, with its place', () => {
    const { stream, exchange, subscription } = openedStream();
    const bundle = bundleOf(logEntry('t', 6, 'one\ntwo\r\n\r\n\u2028', 'k'), logEntry('t', 7));
    stream.deliver(subscription, bundle);
    expect(exchange.taken()).toBe(
      `event: message\nid: e1:6\ndata: ${bundle.frames[0]}\n\nevent: message\nid: e1:7\ndata: ${bundle.frames[1]}\n\n`,
    );
    expect(bundle.frames[0]).not.toMatch(/[\r\n]/);
    stream.deliver(subscription, bundleOf(logEntry('t', 8)));
    expect(exchange.body).toContain('id: e1:8\n');
  });

  it('has no ids where the subscription is a pattern, though others have them', () => {
    const parts = testStream();
    open(parts);
    parts.stream.opened(parts.topics.last, undefined, true);
    const bundle = bundleOf(logEntry('t', 6));
    parts.stream.deliver(parts.topics.last, bundle);
    expect(parts.exchange.body).toBe(
      'event: subscribed\nretry: 3000\ndata: {"op":"subscribed","id":0,"recovered":true}\n\n' +
        `event: message\ndata: ${bundle.frames[0]}\n\n`,
    );
  });

  it('tells a gap without an id, so that it is told again to a client that goes before the next message', () => {
    const { stream, exchange, subscription } = openedStream();
    stream.gap(subscription, { topic: 't', from: 6, to: 9, count: 4, reason: 'expired' });
    expect(exchange.body).toBe(
      'event: gap\ndata: {"op":"gap","topic":"t","from":6,"to":9,"count":4,"reason":"expired"}\n\n',
    );
  });

  it('says that it has no room when the connection has none, and resumes when it has', () => {
    const { stream, exchange, subscription } = openedStream();
    stream.deliver(subscription, bundleOf(logEntry('t', 6)));
    expect(stream.hasRoom).toBe(true);
    exchange.hasRoom = false;
    stream.deliver(subscription, bundleOf(logEntry('t', 7)));
    expect([stream.hasRoom, subscription.resumes]).toEqual([false, 0]);
    exchange.drain();
    expect([stream.hasRoom, subscription.resumes]).toEqual([true, 1]);
  });

  it('has no member: who reads over HTTP is not seen to be there', () => {
    expect(testStream().stream.member).toBeUndefined();
  });
});

describe('keeping a stream alive', () => {
  it('is a comment, and none while the client does not read', () => {
    const { stream, exchange, subscription } = openedStream();
    stream.keepAlive();
    expect(exchange.taken()).toBe(': keep-alive\n\n');
    exchange.hasRoom = false;
    stream.deliver(subscription, bundleOf(logEntry('t', 6)));
    exchange.taken();
    stream.keepAlive();
    expect(exchange.taken()).toBe('');
    exchange.drain();
    exchange.hasRoom = false;
    stream.keepAlive();
    stream.keepAlive();
    expect(exchange.taken()).toBe(': keep-alive\n\n');
  });

  it('does nothing before the stream is open, or after it', () => {
    const parts = testStream();
    open(parts);
    parts.stream.keepAlive();
    parts.exchange.abort();
    parts.stream.keepAlive();
    expect([parts.exchange.status, parts.exchange.body]).toEqual([0, '']);
  });
});

describe('a stream ends', () => {
  it('when the client goes: the subscription is closed, once, and nothing is written', () => {
    const { stream, exchange, subscription, onClosed } = openedStream();
    exchange.abort();
    stream.close();
    expect([subscription.closes, stream.isOpen, stream.hasRoom]).toEqual([1, false, false]);
    expect(onClosed.mock.calls).toEqual([[stream]]);
    exchange.isAborted = false;
    stream.deliver(subscription, bundleOf(logEntry('t', 6)));
    stream.gap(subscription, { topic: 't', from: 1, to: 1, count: 1, reason: 'dropped' });
    stream.failed(subscription, failure('internal', 'late'));
    stream.goAway(1, 2);
    stream.roomAgain();
    expect([exchange.body, subscription.resumes]).toEqual(['', 0]);
  });

  it('when the client went before the subscription was open', () => {
    const parts = testStream();
    open(parts);
    parts.exchange.abort();
    parts.stream.opened(parts.topics.last, at, true);
    expect([parts.topics.last.closes, parts.exchange.status]).toEqual([1, 0]);
  });

  it('when the client goes inside of subscribing', () => {
    const parts = testStream();
    parts.topics.onSubscribe = () => parts.exchange.abort();
    open(parts);
    expect(parts.topics.last.closes).toBe(1);
    expect(parts.onClosed).toHaveBeenCalledTimes(1);
  });

  it('when the subscription fails: by an event where it is open', () => {
    const { stream, exchange, subscription, refuse, onClosed } = openedStream();
    subscription.isOpen = false;
    stream.failed(subscription, failure('permission_denied', 'no longer'));
    expect(exchange.body).toBe(
      'event: error\n' +
        'data: {"op":"error","id":0,"code":"permission_denied","message":"no longer","retry":"no","started":"no"}\n\n',
    );
    expect([exchange.isEnded, subscription.closes]).toEqual([true, 0]);
    expect(refuse).not.toHaveBeenCalled();
    expect(onClosed).toHaveBeenCalledTimes(1);
  });

  it('when the subscription fails: by an answer where it is not, also from inside of subscribing', () => {
    const why = failure('unavailable', 'the engine is down');
    const parts = testStream();
    parts.topics.onSubscribe = (subscription) => {
      subscription.isOpen = false;
      subscription.subscriber.failed(subscription, why);
    };
    open(parts);
    expect(parts.refuse.mock.calls).toEqual([[why]]);
    expect([parts.exchange.status, parts.topics.last.closes]).toEqual([0, 0]);
    expect(parts.onClosed).toHaveBeenCalledTimes(1);
  });

  it('when subscribing throws, and passes that on', () => {
    const { stream, onClosed } = testStream();
    const subscribe = (): never => {
      throw new Error('a defect');
    };
    expect(() => stream.open(subscribe)).toThrow('a defect');
    expect(onClosed).toHaveBeenCalledTimes(1);
  });

  it('when the gateway stops, and says when to come again', () => {
    const { stream, exchange, subscription } = openedStream();
    stream.goAway(250, 1000);
    expect(exchange.body).toBe('event: goaway\nretry: 250\ndata: {"op":"goaway","afterMs":250,"untilMs":1000}\n\n');
    expect([exchange.isEnded, subscription.closes]).toEqual([true, 1]);
  });

  it('when the gateway stops before it is open, with an answer', () => {
    const parts = testStream();
    open(parts);
    parts.stream.goAway(250, 1000);
    expect(parts.refuse.mock.calls).toMatchObject([[{ code: 'unavailable', afterMs: 250 }]]);
    expect(parts.topics.last.closes).toBe(1);
  });
});

describe('the text of a bundle', () => {
  it('is put together once for all who get it one after the other', () => {
    const text = new BundleText(true);
    const bundle = bundleOf(logEntry('t', 1));
    const other = bundleOf(logEntry('t', 2));
    const frames = vi.fn(() => bundle.frames);
    const counted = {
      entries: bundle.entries,
      get frames() {
        return frames();
      },
    } as unknown as typeof bundle;
    const first = text.of(counted);
    const calls = frames.mock.calls.length;
    for (let reader = 0; reader < 100; reader += 1) expect(text.of(counted)).toBe(first);
    expect(frames).toHaveBeenCalledTimes(calls);
    expect(text.of(other)).toContain('id: e1:2\n');
    expect(text.of(counted)).toBe(first);
  });
});
