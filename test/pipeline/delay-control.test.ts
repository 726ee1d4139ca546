import { describe, expect, it } from 'vitest';
import { defineHandler } from '../../src/handlers/define-handler.js';
import type { EventRecord } from '../../src/model/event-record.js';
import type { EventFields } from '../../src/protocol/frames.js';
import { TestOrigin } from '../support/records.js';
import { outcomeOf, TestFlow } from '../support/test-flow.js';

/** Four slots of 10 ms: 400 events in a second. */
function overloaded({ order = 'key' as 'key' | 'none', isControlled = true, delayMaxMs = 60_000 } = {}) {
  let flow: TestFlow | undefined;
  const began: { readonly data: unknown; readonly lateMs: number }[] = [];
  const work = defineHandler({
    type: 'work',
    order,
    handle: ({ data }) =>
      new Promise((resolve) => {
        began.push({ data, lateMs: (flow as TestFlow).clock.nowMs() });
        (flow as TestFlow).clock.after(10, () => resolve(data));
      }),
  });
  flow = new TestFlow([work], {
    slots: 4,
    timeoutMs: 60_000,
    pipeline: { delayMaxMs },
    config: { overload: { control: isControlled } },
  });
  const sent: EventRecord[] = [];
  /** So many a second for so long, each from one of ten tenants. */
  const offer = async (perS: number, forMs: number, fields: Partial<EventFields> = {}): Promise<EventRecord[]> => {
    const mine: EventRecord[] = [];
    let due = 0;
    for (let ms = 0; ms < forMs; ms += 10) {
      for (due += perS / 100; due >= 1; due -= 1) {
        const tenant = new TestOrigin(`t${sent.length % 10}`);
        const record = (flow as TestFlow).send({ type: 'work', id: 1, data: sent.length, ...fields }, tenant);
        sent.push(record);
        mine.push(record);
      }
      await (flow as TestFlow).pass(10);
    }
    return mine;
  };
  return { flow, began, sent, offer };
}

const done = (records: readonly EventRecord[]) => records.filter(({ failure }) => failure === undefined).length;
const ended = (records: readonly EventRecord[], outcome: string) =>
  records.filter((record) => outcomeOf(record) === outcome).length;

describe('a queue that stands', () => {
  it('turns away what could not be done in time, and does what it takes in', async () => {
    const { flow, offer } = overloaded();
    await offer(2000, 500, { ttl: 250 });
    const records = await offer(2000, 1000, { ttl: 250 });
    await flow.pass(300);
    // 400 can be done in a second, whatever is offered.
    expect(done(records)).toBeGreaterThan(360);
    expect(ended(records, 'deadline_exceeded/maybe')).toBeLessThan(records.length / 100);
    flow.expectAtRest();
  });

  it('does no work that ends late: without control nearly all of it does', async () => {
    const { offer, flow } = overloaded({ isControlled: false });
    await offer(2000, 500, { ttl: 250 });
    const records = await offer(2000, 1000, { ttl: 250 });
    await flow.pass(300);
    expect(done(records)).toBeLessThan(200);
    expect(ended(records, 'deadline_exceeded/maybe')).toBeGreaterThan(200);
  });

  it('never begins an event whose time is over', async () => {
    const { began, offer, sent } = overloaded();
    await offer(4000, 1000, { ttl: 40 });
    for (const { data, lateMs } of began) {
      expect(lateMs).toBeLessThan((sent[data as number] as EventRecord).deadlineAtMs);
    }
  });

  it('turns nobody away who has no deadline, before it has stood for long', async () => {
    const { flow, offer, sent } = overloaded();
    await offer(2000, 1000);
    await flow.pass(6000);
    expect(done(sent)).toBe(2000);
    flow.expectAtRest();
  });

  it('does not stand for events that wait for their key while slots are free', async () => {
    const { flow, offer } = overloaded();
    for (let i = 0; i < 60; i += 1) flow.send({ type: 'work', id: 1, key: 'k', data: i, priority: 'high' });
    await flow.pass(300);
    expect(flow.busy).toBe(1);
    expect(flow.flow.pipelines[0]?.isStanding).toBe(false);
    const others = await offer(100, 100, { ttl: 200 });
    await flow.pass(200);
    expect(done(others)).toBe(others.length);
    await flow.pass(1000);
    flow.expectAtRest();
  });

  it('is no matter for a key that is asked for too much: it does what can be done in time, and nothing else', async () => {
    for (const isControlled of [true, false]) {
      const { flow, offer } = overloaded({ isControlled });
      await offer(500, 300, { ttl: 95, key: 'k' });
      const records = await offer(500, 500, { ttl: 95, key: 'k' });
      await flow.pass(200);
      // A hundred in a second; without control each is begun just too late.
      if (isControlled) expect(done(records)).toBeGreaterThan(40);
      else expect(done(records)).toBeLessThan(30);
      flow.expectAtRest();
    }
  });

  it('turns nobody away in a burst it can work off', async () => {
    const { flow, offer, sent } = overloaded();
    await offer(8000, 10, { ttl: 250 });
    await flow.pass(300);
    expect(done(sent)).toBe(80);
  });

  it('serves the newest first where no order was asked for, and the oldest first again when it is over', async () => {
    const { began, offer, flow } = overloaded({ order: 'none' });
    await offer(2000, 300);
    const from = began.length;
    await flow.pass(100);
    const late = began.slice(from).map(({ data }) => data as number);
    expect(Math.min(...late)).toBeGreaterThan(400);
    await flow.pass(5000);
    flow.expectAtRest();
  });

  it('keeps the order of a session where it was not given up', async () => {
    const { began, offer, flow } = overloaded();
    await offer(2000, 300);
    await flow.pass(5000);
    const ofFirst = began.map(({ data }) => data as number).filter((data) => data % 10 === 0);
    expect(ofFirst).toEqual(ofFirst.toSorted((a, b) => a - b));
  });

  it('is cut from its least urgent end when it has stood for long: what remains can be done in as long again', async () => {
    const { flow, offer } = overloaded({ delayMaxMs: 500 });
    const lows = await offer(800, 600, { priority: 'low' });
    const highs = await offer(500, 600, { priority: 'high' });
    const criticals = await offer(100, 100, { priority: 'critical' });
    expect(ended(lows, 'resource_exhausted/no')).toBeGreaterThan(50);
    expect(ended(highs, 'resource_exhausted/no')).toBe(0);
    expect(flow.waiting).toBeLessThanOrEqual(400 * 0.5 * 1.5);
    const { failure } = lows.find((record) => outcomeOf(record) === 'resource_exhausted/no') as EventRecord;
    expect(failure).toMatchObject({ reason: 'rate', retry: 'backoff', afterMs: 500 });
    await flow.pass(5000);
    expect(done(criticals)).toBe(criticals.length);
    flow.expectAtRest();
  });
});
