import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sluiceError } from '../../src/client/sluice-error.js';
import { Subscription, type TopicEvent } from '../../src/client/subscription.js';
import type { ErrorFrame } from '../../src/protocol/frames.js';
import { RecordingSink } from './recording-receiver.js';
import { SenderRig } from './sender-rig.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

class Rig extends SenderRig {
  /** Adds a subscription. */
  open(
    id: number,
    { topic = 't', credit = 4, signal }: { topic?: string; credit?: number; signal?: AbortSignal } = {},
  ) {
    const sink = new RecordingSink<TopicEvent>();
    const subscription: Subscription = new Subscription({
      id,
      topic,
      options: {},
      credit,
      retry: { attempts: 3, withinMs: 10_000 },
      sink,
      pull: (max) => this.subscriptions.pull(subscription, max),
      warn: () => undefined,
    });
    this.subscriptions.add(subscription, signal);
    return { subscription, sink };
  }

  opened(id: number, offset = 0): void {
    this.subscriptions.opened({ op: 'subscribed', id, epoch: 'e', offset, recovered: true });
  }

  message(id: number, offset: number, topic = 't'): void {
    this.subscriptions.message({ op: 'message', id, topic, offset, data: offset });
  }
}

const refusal = (id: number, fields: Partial<ErrorFrame> = {}): ErrorFrame => ({
  op: 'error',
  id,
  code: 'unavailable',
  message: 'not now',
  retry: 'backoff',
  afterMs: 100,
  started: 'no',
  ...fields,
});

describe('subscriptions', () => {
  it('are opened at once where there is a connection, and with the next one where there is none', async () => {
    const rig = new Rig();
    rig.open(1);
    expect((await rig.sent()).flat()).toEqual([{ op: 'subscribe', id: 1, topic: 't', credit: 4 }]);
    rig.lose();
    rig.open(2);
    expect(await rig.sent()).toEqual([]);
    rig.resume(1);
    expect(await rig.brief()).toEqual(['subscribe 2', 'pull 1']);
  });

  it('wait for the next connection while the gateway drains', async () => {
    const rig = new Rig();
    rig.sender.isHeldBack = true;
    rig.open(1);
    expect(await rig.sent()).toEqual([]);
    rig.lose();
    rig.beginAnew();
    expect(await rig.brief()).toEqual(['subscribe 1']);
  });

  it('bring each what is its own, and ask for more as it is read', async () => {
    const rig = new Rig();
    const [a, b] = [rig.open(1), rig.open(2)];
    rig.opened(1);
    rig.opened(2);
    rig.message(1, 1);
    rig.message(2, 1);
    rig.message(1, 2);
    rig.subscriptions.gap({ op: 'gap', id: 2, topic: 't', from: 2, to: 2, count: 1, reason: 'expired' });
    expect(a.sink.values).toHaveLength(2);
    expect(b.sink.values.map(({ kind }) => kind)).toEqual(['message', 'gap']);
    await rig.sent();
    for (const event of a.sink.values) a.subscription.took(event);
    expect((await rig.sent()).flat()).toEqual([{ op: 'pull', id: 1, max: 6 }]);
  });

  it('end with what the gateway said, and are nobody’s business then', () => {
    const rig = new Rig();
    const { sink } = rig.open(1);
    rig.subscriptions.error(refusal(1, { code: 'permission_denied', retry: 'no' }));
    rig.message(1, 1);
    rig.subscriptions.error(refusal(1));
    expect(sink).toMatchObject({ ends: ['permission_denied'], values: [] });
    expect(rig.subscriptions.size).toBe(0);
  });

  it('are opened again where they were refused for the time being, behind what has come', async () => {
    const rig = new Rig();
    const { sink } = rig.open(1);
    rig.opened(1, 5);
    rig.message(1, 6);
    await rig.sent();
    rig.subscriptions.error(refusal(1));
    vi.advanceTimersByTime(99);
    expect(await rig.sent()).toEqual([]);
    vi.advanceTimersByTime(1);
    expect((await rig.sent()).flat()).toMatchObject([{ op: 'subscribe', from: { epoch: 'e', offset: 6 }, credit: 3 }]);
    expect(sink.ends).toEqual([]);
  });

  it('give up when they were refused as often as they may be', () => {
    const rig = new Rig();
    const { sink } = rig.open(1);
    for (let i = 0; i < 3; i += 1) {
      rig.subscriptions.error(refusal(1));
      vi.advanceTimersByTime(100);
    }
    expect(sink.ends).toEqual(['unavailable']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('are cancelled by readers who want no more, once, and bring nothing then', async () => {
    const rig = new Rig();
    const { subscription, sink } = rig.open(1);
    rig.opened(1);
    rig.subscriptions.close(subscription);
    rig.subscriptions.close(subscription);
    rig.message(1, 1);
    expect(await rig.brief()).toEqual(['subscribe 1', 'cancel 1']);
    rig.subscriptions.error(refusal(1, { code: 'cancelled' }));
    expect(sink).toMatchObject({ values: [], ends: [] });
    expect(rig.subscriptions.size).toBe(0);
  });

  it('are forgotten where they were not open and nobody wants them any more', async () => {
    const rig = new Rig();
    const waiting = rig.open(1);
    rig.subscriptions.error(refusal(1));
    rig.subscriptions.close(waiting.subscription);
    rig.lose();
    rig.subscriptions.close(rig.open(2).subscription);
    await rig.sent();
    rig.beginAnew();
    vi.advanceTimersByTime(1000);
    expect(await rig.sent()).toEqual([]);
    expect(rig.subscriptions.size).toBe(0);
  });

  it('fail by their signals, and not after the end', async () => {
    const rig = new Rig();
    const controller = new AbortController();
    const over = rig.open(1, { signal: controller.signal });
    const open = rig.open(2, { signal: controller.signal });
    rig.subscriptions.error(refusal(1, { code: 'not_found', retry: 'no' }));
    controller.abort('enough');
    expect(over.sink.ends).toEqual(['not_found']);
    expect(open.sink.ends).toEqual(['cancelled']);
    expect(open.sink.error?.cause).toBe('enough');
    expect(await rig.brief()).toEqual(['subscribe 1', 'subscribe 2', 'cancel 2']);
  });

  it('are not opened where their signal has fired before', async () => {
    const rig = new Rig();
    const { sink } = rig.open(1, { signal: AbortSignal.abort() });
    expect(sink.ends).toEqual(['cancelled']);
    expect(rig.subscriptions.size).toBe(0);
    expect(await rig.sent()).toEqual([]);
  });

  it('go on with their session: those that were lost are opened, cancelled and granted again', async () => {
    const rig = new Rig();
    const [, granted, cancelled, lostCancelled] = [rig.open(1), rig.open(2), rig.open(3), rig.open(4), rig.open(5)];
    rig.opened(1);
    rig.opened(2);
    for (const offset of [1, 2]) rig.message(2, offset);
    await rig.sent();
    rig.lose();
    for (const event of granted.sink.values) granted.subscription.took(event);
    rig.subscriptions.close(cancelled.subscription);
    rig.subscriptions.close(lostCancelled.subscription);
    rig.resume(3);
    expect((await rig.sent()).flat()).toEqual([
      { op: 'pull', id: 1, max: 4 },
      { op: 'pull', id: 2, max: 6 },
      { op: 'cancel', id: 3 },
      { op: 'subscribe', id: 5, topic: 't', credit: 4 },
    ]);
    expect(rig.subscriptions.size).toBe(4);
  });

  it('do not bring twice what comes again when their session goes on', () => {
    const rig = new Rig();
    const { sink } = rig.open(1);
    rig.opened(1);
    for (const offset of [1, 2]) rig.message(1, offset);
    rig.lose();
    rig.resume(1);
    for (const offset of [1, 2, 3]) rig.message(1, offset);
    expect(sink.values.map((event) => event.kind === 'message' && event.offset)).toEqual([1, 2, 3]);
  });

  it('are opened again in a new session behind what has come, with credit for what is not unread', async () => {
    const rig = new Rig();
    const { subscription, sink } = rig.open(1);
    const cancelled = rig.open(2);
    rig.opened(1);
    rig.opened(2);
    for (const offset of [1, 2, 3]) rig.message(1, offset);
    rig.subscriptions.close(cancelled.subscription);
    await rig.sent();
    rig.lose();
    rig.beginAnew();
    expect((await rig.sent()).flat()).toEqual([
      { op: 'subscribe', id: 1, topic: 't', from: { epoch: 'e', offset: 3 }, credit: 1 },
    ]);
    expect(rig.subscriptions.size).toBe(1);
    rig.opened(1, 3);
    rig.message(1, 4);
    for (const event of sink.values.splice(0)) subscription.took(event);
    expect((await rig.sent()).flat()).toEqual([
      { op: 'pull', id: 1, max: 3 },
      { op: 'pull', id: 1, max: 5 },
    ]);
  });

  it('are opened again under another id where their topic began anew, behind its beginning', async () => {
    const rig = new Rig();
    const { subscription, sink } = rig.open(1);
    rig.opened(1, 5);
    rig.lose();
    rig.beginAnew();
    await rig.sent();
    rig.subscriptions.opened({ op: 'subscribed', id: 1, epoch: 'f', offset: 2, recovered: false });
    const again = rig.lastId;
    expect((await rig.sent()).flat()).toEqual([
      { op: 'cancel', id: 1 },
      { op: 'subscribe', id: again, topic: 't', rewind: Number.MAX_SAFE_INTEGER, credit: 4 },
    ]);
    rig.message(1, 3);
    rig.subscriptions.error(refusal(1, { code: 'cancelled' }));
    rig.subscriptions.opened({ op: 'subscribed', id: again, epoch: 'f', offset: 0, recovered: true });
    rig.message(again, 1);
    expect(sink.values.map((event) => (event.kind === 'message' ? event.offset : event.reason))).toEqual(['reset', 1]);
    rig.subscriptions.close(subscription);
    expect(await rig.brief()).toEqual([`cancel ${again}`]);
    expect(sink.ends).toEqual([]);
  });

  it('all end with the client, once: as they should, or with its error', () => {
    const rig = new Rig();
    const sinks = [rig.open(1), rig.open(2)].map(({ sink }) => sink);
    rig.subscriptions.endAll();
    rig.subscriptions.endAll(sluiceError('unavailable', 'gone'));
    expect(sinks.map(({ ends }) => ends)).toEqual([['end'], ['end']]);
    const other = new Rig();
    const { sink } = other.open(1);
    other.subscriptions.endAll(sluiceError('unavailable', 'gone'));
    expect(sink.ends).toEqual(['unavailable']);
  });
});
