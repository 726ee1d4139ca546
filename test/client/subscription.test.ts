import { describe, expect, it } from 'vitest';
import type { SubscribeOptions, SubscriptionStart } from '../../src/client/options.js';
import { Subscription, type TopicEvent } from '../../src/client/subscription.js';
import { RecordingSink } from './recording-receiver.js';

function begin(topic: string, options: SubscribeOptions = {}, credit = 4) {
  const sink = new RecordingSink<TopicEvent>();
  const pulls: number[] = [];
  const warnings: string[] = [];
  const starts: SubscriptionStart[] = [];
  const subscription = new Subscription({
    id: 3,
    topic,
    options: { ...options, onOpen: (at) => starts.push(at) },
    credit,
    retry: undefined,
    sink,
    pull: (max) => pulls.push(max),
    warn: (message) => warnings.push(message),
  });
  const opened = (offset: number | undefined, fields: { epoch?: string; recovered?: boolean } = {}) =>
    subscription.opened({
      op: 'subscribed',
      id: 3,
      recovered: true,
      ...(offset === undefined ? {} : { epoch: 'e', offset }),
      ...fields,
    });
  const messages = (...offsets: number[]) => {
    for (const offset of offsets) subscription.message({ op: 'message', topic, offset, data: offset });
  };
  const offsets = () => sink.values.splice(0).map((event) => (event.kind === 'message' ? event.offset : 'gap'));
  return { subscription, sink, pulls, starts, opened, messages, offsets };
}

describe('a subscription', () => {
  it('is opened as its options say, with the credit it may use', () => {
    expect(begin('a.b').subscription.opening()).toEqual({ op: 'subscribe', id: 3, topic: 'a.b', credit: 4 });
    const from = { epoch: 'e', offset: 7 };
    expect(begin('a', { from, overflow: 'drop' }).subscription.opening()).toEqual({
      op: 'subscribe',
      id: 3,
      topic: 'a',
      from,
      credit: 4,
      overflow: 'drop',
    });
    expect(begin('a', { rewind: 5 }).subscription.opening()).toMatchObject({ rewind: 5 });
  });

  it('brings messages as they are, with the epoch they belong to', () => {
    const { subscription, sink, opened, starts } = begin('a');
    opened(4);
    subscription.message({ op: 'message', topic: 'a', offset: 5, data: { x: 1 }, id: 3 });
    subscription.message({ op: 'message', topic: 'a', offset: 6, data: null, key: 'k', id: 3 });
    expect(sink.values).toEqual([
      { kind: 'message', topic: 'a', offset: 5, epoch: 'e', data: { x: 1 } },
      { kind: 'message', topic: 'a', offset: 6, epoch: 'e', data: null, key: 'k' },
    ]);
    expect(starts).toEqual([{ epoch: 'e', offset: 4, recovered: true }]);
  });

  it('is opened again behind the last that came, with room for those that are not unread', () => {
    const { subscription, opened, messages, sink } = begin('a', { rewind: 9 });
    opened(0);
    messages(1, 2, 3);
    subscription.took(sink.values[0] as TopicEvent);
    expect(subscription.opening()).toMatchObject({ from: { epoch: 'e', offset: 3 }, credit: 2 });
    expect(subscription.opening()).not.toHaveProperty('rewind');
  });

  it('is opened again behind what it opened at, if nothing came', () => {
    const { subscription, opened } = begin('a');
    opened(12);
    expect(subscription.opening()).toMatchObject({ from: { epoch: 'e', offset: 12 } });
  });

  it('does not bring twice what comes again when its session goes on', () => {
    const { subscription, opened, messages, offsets } = begin('a');
    opened(4);
    messages(5, 6);
    expect(offsets()).toEqual([5, 6]);
    subscription.resumed(0);
    messages(5, 6, 7);
    subscription.resumed(0);
    messages(6, 7);
    expect(offsets()).toEqual([7]);
    expect(subscription.opening()).toMatchObject({ from: { offset: 7 } });
  });

  it('does not bring what was there before it opened, if that comes once its session goes on', () => {
    const { subscription, opened, messages, offsets } = begin('a');
    opened(4);
    subscription.resumed(0);
    messages(3, 4, 5);
    expect(offsets()).toEqual([5]);
  });

  it('lets messages that come again use no credit', () => {
    const { subscription, opened, messages, sink, pulls } = begin('a', {}, 2);
    opened(0);
    messages(1, 2);
    subscription.resumed(0);
    messages(1, 2);
    for (const event of sink.values) subscription.took(event);
    expect(pulls).toEqual([3, 4]);
    expect(subscription.allowance.granted).toBe(4);
  });

  it('tells gaps, and goes on behind them', () => {
    const { subscription, opened, sink } = begin('a');
    opened(4);
    subscription.gap({ op: 'gap', id: 3, topic: 'a', from: 5, to: 9, count: 5, reason: 'expired' });
    expect(sink.values).toEqual([
      { kind: 'gap', topic: 'a', from: 5, to: 9, count: 5, reason: 'expired', epoch: 'e', offset: 9 },
    ]);
    expect(subscription.opening()).toMatchObject({ from: { offset: 9 } });
  });

  it('does not go on behind what was left out by key, whose newest come yet', () => {
    const { subscription, opened } = begin('a', { overflow: 'latest' });
    opened(4);
    subscription.gap({ op: 'gap', id: 3, topic: 'a', from: 5, to: 9, count: 3, reason: 'conflated' });
    expect(subscription.opening()).toMatchObject({ from: { offset: 4 } });
  });

  it('begins anew with its topic: offsets that were there before come again', () => {
    const { subscription, opened, messages, offsets, sink } = begin('a');
    opened(0);
    messages(1, 2);
    subscription.resumed(0);
    subscription.gap({ op: 'gap', id: 3, topic: 'a', from: 0, to: 0, count: 0, reason: 'reset', epoch: 'f' });
    expect(sink.values.at(-1)).toMatchObject({ reason: 'reset', epoch: 'f' });
    messages(1);
    expect(sink.values.at(-1)).toMatchObject({ offset: 1, epoch: 'f' });
    expect(offsets()).toEqual([1, 2, 'gap', 1]);
    expect(subscription.opening()).toMatchObject({ from: { epoch: 'f', offset: 1 } });
  });

  it('says what is missing where it could not go on where it was', () => {
    const { opened, messages, sink, starts, subscription } = begin('a');
    opened(0);
    messages(1, 2);
    sink.values.length = 0;
    subscription.opening();
    expect(opened(9, { recovered: false })).toBe(true);
    expect(sink.values).toEqual([
      { kind: 'gap', topic: 'a', from: 3, to: 9, count: 7, reason: 'expired', epoch: 'e', offset: 9 },
    ]);
    expect(starts.at(-1)).toEqual({ epoch: 'e', offset: 9, recovered: false });
  });

  it('says that its topic began anew, and is to be opened again at the beginning: that is what is told', () => {
    const { opened, messages, sink, starts, subscription, offsets } = begin('a');
    opened(0);
    messages(1, 2);
    sink.values.length = 0;
    subscription.opening();
    expect(opened(4, { epoch: 'f', recovered: false })).toBe(false);
    expect(sink.values).toEqual([
      { kind: 'gap', topic: 'a', from: 0, to: 0, count: undefined, reason: 'reset', epoch: 'f', offset: 0 },
    ]);
    expect(starts).toHaveLength(1);
    // From wherever what it holds begins.
    expect(subscription.opening()).toMatchObject({ rewind: Number.MAX_SAFE_INTEGER });
    expect(opened(0, { epoch: 'f' })).toBe(true);
    expect(starts.at(-1)).toEqual({ epoch: 'f', offset: 0, recovered: false });
    messages(1, 2);
    expect(offsets()).toEqual(['gap', 1, 2]);
  });

  it('is open at once where its topic began anew and nothing was published since', () => {
    const { opened, starts } = begin('a', { from: { epoch: 'e', offset: 3 } });
    expect(opened(0, { epoch: 'f', recovered: false })).toBe(true);
    expect(starts).toEqual([{ epoch: 'f', offset: 0, recovered: false }]);
  });

  it('says what is missing behind the message it was to begin with', () => {
    const { opened, sink } = begin('a', { from: { epoch: 'e', offset: 5 } });
    opened(20, { recovered: false });
    expect(sink.values).toEqual([
      { kind: 'gap', topic: 'a', from: 6, to: 20, count: 15, reason: 'expired', epoch: 'e', offset: 20 },
    ]);
  });
});

describe('a subscription to a pattern', () => {
  it('brings each topic in its order, once', () => {
    const { subscription, sink } = begin('a.*');
    subscription.opened({ op: 'subscribed', id: 3, recovered: true });
    const message = (topic: string, offset: number) =>
      subscription.message({ op: 'message', topic, offset, data: 1, id: 3 });
    message('a.x', 7);
    message('a.y', 1);
    subscription.resumed(0);
    message('a.y', 1);
    message('a.x', 7);
    message('a.x', 8);
    expect(
      sink.values.map((event) => (event.kind === 'message' ? `${event.topic} ${event.offset}` : event.reason)),
    ).toEqual(['a.x 7', 'a.y 1', 'a.x 8']);
    expect(sink.values[0]).toMatchObject({ epoch: '' });
  });

  it('begins with now when its session was lost, and says that something may be missing', () => {
    const { subscription, sink, starts } = begin('a.*');
    const opened = () => subscription.opened({ op: 'subscribed', id: 3, recovered: true });
    opened();
    expect(sink.values).toEqual([]);
    expect(subscription.opening()).toEqual({ op: 'subscribe', id: 3, topic: 'a.*', credit: 4 });
    opened();
    expect(sink.values).toEqual([
      { kind: 'gap', topic: 'a.*', from: 0, to: 0, count: undefined, reason: 'lost', epoch: '', offset: 0 },
    ]);
    expect(starts).toEqual([
      { epoch: undefined, offset: undefined, recovered: true },
      { epoch: undefined, offset: undefined, recovered: false },
    ]);
  });
});
