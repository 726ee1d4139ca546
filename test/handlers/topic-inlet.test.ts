import { describe, expect, it } from 'vitest';
import { jsonCodec } from '../../src/codec/codecs.js';
import { TopicInlet } from '../../src/handlers/topic-inlet.js';
import { failure } from '../../src/protocol/error-codes.js';
import { bundleOf, FakeTopics, logEntry } from '../support/fake-topics.js';
import { out, ProcessorStage, settle } from '../support/processor-stage.js';

const why = failure('resource_exhausted', 'no room', { reason: 'memory' });

/** A processor of the topic `in`, whose subscriptions are the test's. */
function watch() {
  const stage = new ProcessorStage((messages$) => messages$.pipe(out()));
  const topics = new FakeTopics();
  const inlet = new TopicInlet({
    clock: stage.clock,
    random: () => 0.5,
    processor: stage.processor,
    topic: 'in',
    codec: jsonCodec,
    subscribe: topics.subscribe,
  });
  /** Ends the newest subscription. */
  const fail = (): void => {
    topics.last.isOpen = false;
    inlet.failed(topics.last, why);
  };
  return { stage, topics, inlet, fail };
}

describe('TopicInlet', () => {
  it('subscribes as a part of the gateway, which may be behind in any number of topics', () => {
    const { topics, inlet } = watch();
    inlet.open();
    expect(topics.last.request).toEqual({ topic: 'in', overflow: 'wait', isTrusted: true });
    expect(inlet.member).toBeUndefined();
  });

  it('subscribes again when its subscription has failed, after a while, and goes on', async () => {
    const { stage, topics, inlet, fail } = watch();
    inlet.open();
    inlet.opened();
    fail();
    stage.clock.advance(149);
    expect(topics.subscriptions.length).toBe(1);
    stage.clock.advance(1);
    expect(topics.subscriptions.length).toBe(2);
    inlet.opened();
    inlet.deliver(topics.last, bundleOf(logEntry('in', 9, 'again')));
    await settle();
    expect(stage.published).toEqual(['again']);
    expect(stage.processor.counts.missed).toBe(1);
    expect(stage.clock.timers).toBe(0);
  });

  it('waits longer each time, within a bound, and begins anew when it has lasted', () => {
    const { stage, topics, inlet, fail } = watch();
    const waits: number[] = [];
    const untilNext = (): void => {
      const { length } = topics.subscriptions;
      const atMs = stage.clock.nowMs();
      while (topics.subscriptions.length === length) stage.clock.advance(1);
      waits.push(stage.clock.nowMs() - atMs);
    };
    inlet.open();
    for (let times = 0; times < 12; times += 1) {
      fail();
      untilNext();
    }
    inlet.opened();
    stage.clock.advance(29_999);
    fail();
    untilNext();
    inlet.opened();
    stage.clock.advance(30_000);
    fail();
    untilNext();
    const bound = 15_050;
    const rising = [150, 250, 450, 850, 1650, 3250, 6450, 12_850];
    expect(waits).toEqual([...rising, bound, bound, bound, bound, bound, 150]);
  });

  it('logs that rarely, with how often it was', () => {
    const { stage, inlet, fail } = watch();
    inlet.open();
    for (let times = 0; times < 5; times += 1) {
      fail();
      stage.clock.advance(20_000 * Number(times === 3));
    }
    expect(stage.logged).toEqual([
      {
        level: 'error',
        text: 'a processor lost its topics, and subscribes again',
        fields: { code: 'resource_exhausted', reason: 'memory', why: 'no room', againInMs: 150, times: 1 },
      },
      expect.objectContaining({ fields: expect.objectContaining({ times: 4 }) }),
    ]);
  });

  it('bears a subscription that fails while it is being made', () => {
    const { stage, topics, inlet } = watch();
    topics.onSubscribe = (subscription) => {
      subscription.isOpen = false;
      inlet.failed(subscription, why);
    };
    inlet.open();
    stage.clock.advance(150);
    expect(topics.subscriptions.length).toBe(2);
    expect(inlet.behind).toBe(0);
    topics.onSubscribe = () => undefined;
    stage.clock.advance(250);
    expect(inlet.behind).toBe(7);
    expect([topics.subscriptions.length, stage.clock.timers]).toEqual([3, 0]);
  });

  it('does not subscribe again once it is closed', () => {
    const { stage, topics, inlet, fail } = watch();
    inlet.open();
    fail();
    inlet.close();
    stage.clock.advance(60_000);
    inlet.failed(topics.last, why);
    expect([topics.subscriptions.length, stage.clock.timers]).toEqual([1, 0]);
    const other = watch();
    other.inlet.open();
    other.inlet.close();
    expect(other.topics.last.closes).toBe(1);
  });

  it('has its subscription go on when there is room again', async () => {
    const { stage, topics, inlet, fail } = watch();
    inlet.open();
    fail();
    stage.clock.advance(150);
    const { processor } = stage;
    for (let offset = 1; processor.hasRoom; offset += 1) inlet.deliver(topics.last, bundleOf(logEntry('in', offset)));
    expect(inlet.hasRoom).toBe(false);
    await settle(8);
    expect(inlet.hasRoom).toBe(true);
    expect(topics.subscriptions.map(({ resumes }) => resumes)).toEqual([0, 1]);
  });
});
