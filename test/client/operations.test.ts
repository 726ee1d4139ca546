import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { anOperation } from './recording-receiver.js';
import { refusal, retry, why } from './refusals.js';
import { SenderRig } from './sender-rig.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('operations', () => {
  it('bring what comes to those who wait for it, and nothing after the end', () => {
    const rig = new SenderRig();
    const [one, other] = [anOperation(1), anOperation(2)];
    rig.add(one, other);
    rig.operations.item({ op: 'item', id: 2, n: 1, data: 'a', key: 'k' });
    rig.operations.gap({ op: 'gap', id: 2, from: 2, to: 3, count: 2, reason: 'dropped' });
    rig.operations.end({ op: 'end', id: 2, n: 3 });
    rig.operations.end({ op: 'end', id: 1, data: { b: 1 } });
    rig.operations.item({ op: 'item', id: 2, n: 4, data: 'late' });
    rig.operations.end({ op: 'end', id: 1 });
    expect(rig.operations.error(refusal(1))).toBe(false);
    expect(one.receiver.told).toEqual(['left', 'end {"b":1}']);
    expect(other.receiver.told).toEqual(['left', 'item 1 "a" k', 'gap 2-3 2 dropped', 'end undefined of 3']);
    expect(rig.operations).toMatchObject({ size: 0, awaited: 0 });
    expect(rig.ended).toBe(2);
  });

  it('fail with what the gateway said', () => {
    const rig = new SenderRig();
    const operation = anOperation(1, { retry });
    rig.add(operation);
    expect(rig.operations.error(refusal(1, { code: 'aborted', retry: 'no', details: 7 }))).toBe(true);
    expect(operation.receiver.told).toEqual(['left', 'failed aborted no']);
    expect(operation.receiver.error).toMatchObject({ details: 7 });
  });

  it('are refused when the queue is full, in events and in bytes, and only if they would have to wait', () => {
    const rig = new SenderRig({ credit: 1, items: 2, bytes: 10 });
    rig.add(anOperation(1, { bytes: 11 }), anOperation(2, { bytes: 4 }));
    expect(rig.operations.add(anOperation(3, { bytes: 7 }), undefined)).toMatchObject({
      code: 'resource_exhausted',
      reason: 'queue',
      retry: 'backoff',
      afterMs: 100,
      started: 'no',
      message: expect.stringContaining('got 1 events with 4 bytes that wait'),
    });
    rig.add(anOperation(4, { bytes: 6 }));
    expect(rig.operations.add(anOperation(5, { bytes: 0 }), undefined)).toMatchObject({ reason: 'queue' });
    expect(rig.operations).toMatchObject({ size: 3, awaited: 3 });
  });

  describe('that are refused for the time being', () => {
    it('go again after the time the gateway gave, and count as waiting meanwhile', async () => {
      const rig = new SenderRig();
      const operation = anOperation(1, { retry });
      rig.add(operation);
      await rig.sent();
      rig.operations.error(refusal(1));
      expect(rig.operations).toMatchObject({ size: 1, awaited: 1, retrying: 1 });
      expect(rig.queue).toMatchObject({ items: 1, bytes: 1 });
      vi.advanceTimersByTime(99);
      expect(await rig.sent()).toEqual([]);
      vi.advanceTimersByTime(1);
      expect(await rig.brief()).toEqual(['event 1']);
      expect(rig.queue).toMatchObject({ items: 0, bytes: 0 });
      rig.operations.end({ op: 'end', id: 1 });
      expect(operation.receiver.told).toEqual(['left', 'end undefined']);
    });

    it('fail with the last refusal when they were sent as often as they may be', async () => {
      const rig = new SenderRig();
      const operation = anOperation(1, { retry });
      rig.add(operation);
      for (let i = 0; i < 3; i += 1) {
        rig.operations.error(refusal(1, { message: `no ${i}` }));
        vi.advanceTimersByTime(100);
      }
      expect(operation.receiver.told).toEqual(['left', 'failed resource_exhausted no']);
      expect(operation.receiver.error?.message).toBe('no 2');
      expect(rig.sender.creditUsed).toBe(3);
      expect(vi.getTimerCount()).toBe(0);
    });

    it('wait in the queue when their time is over and there is no credit', async () => {
      const rig = new SenderRig({ credit: 1 });
      rig.add(anOperation(1, { retry }));
      await rig.sent();
      rig.operations.error(refusal(1));
      vi.advanceTimersByTime(100);
      expect(rig.queue.first?.id).toBe(1);
      expect(rig.queue.items).toBe(1);
      rig.sender.creditMax = 2;
      rig.sender.pump();
      expect(await rig.brief()).toEqual(['event 1']);
    });

    it('are given up by whoever cancels them, with nothing left behind', () => {
      const rig = new SenderRig();
      const operation = anOperation(1, { retry });
      rig.add(operation);
      rig.operations.error(refusal(1));
      rig.operations.cancel(operation, why);
      expect(operation.receiver.told).toEqual(['left', 'failed cancelled no']);
      expect(rig.queue).toMatchObject({ items: 0, bytes: 0 });
      expect(rig.operations).toMatchObject({ size: 0, awaited: 0, retrying: 0 });
      expect(vi.getTimerCount()).toBe(0);
    });
  });

  describe('that nobody wants any more', () => {
    it('leave the queue, unsent', async () => {
      const rig = new SenderRig({ credit: 0 });
      const operation = anOperation(1);
      rig.add(operation);
      rig.operations.cancel(operation, why);
      expect(operation.receiver.told).toEqual(['failed cancelled no']);
      expect(rig.queue.items).toBe(0);
      expect(await rig.sent()).toEqual([]);
    });

    it('are cancelled at the gateway, once, whose answer is not waited for', async () => {
      const rig = new SenderRig();
      const operation = anOperation(1, { retry });
      rig.add(operation);
      rig.operations.cancel(operation, why);
      rig.operations.cancel(operation, why);
      expect(await rig.brief()).toEqual(['event 1', 'cancel 1']);
      expect(rig.operations).toMatchObject({ size: 1, awaited: 0 });
      rig.operations.error(refusal(1));
      expect(rig.operations).toMatchObject({ size: 0, awaited: 0, retrying: 0 });
      expect(operation.receiver.told).toEqual(['left', 'failed cancelled maybe']);
    });

    it('are not told of an end that crossed it', () => {
      const rig = new SenderRig();
      const operation = anOperation(1);
      rig.add(operation);
      rig.operations.cancel(operation, why);
      rig.operations.end({ op: 'end', id: 1 });
      expect(operation.receiver.told).toEqual(['left', 'failed cancelled maybe']);
      expect(rig.operations.size).toBe(0);
    });

    it('are cancelled by their signals, and not after the end', async () => {
      const rig = new SenderRig();
      const aborted = new AbortController();
      const reason = new Error('enough');
      aborted.abort(reason);
      expect(rig.operations.add(anOperation(1), aborted.signal)).toMatchObject({
        code: 'cancelled',
        started: 'no',
        cause: reason,
      });
      const later = new AbortController();
      const [ends, open] = [anOperation(2), anOperation(3)];
      rig.operations.add(ends, later.signal);
      rig.operations.add(open, later.signal);
      rig.operations.end({ op: 'end', id: 2 });
      later.abort(reason);
      expect(ends.receiver.told).toEqual(['left', 'end undefined']);
      expect(open.receiver.told).toEqual(['left', 'failed cancelled maybe']);
      expect(open.receiver.error?.cause).toBe(reason);
      expect(await rig.brief()).toEqual(['event 2', 'event 3', 'cancel 3']);
    });
  });

  describe('whose time passes', () => {
    it('fail where they wait, within a tenth of a second', () => {
      const rig = new SenderRig({ credit: 0 });
      const operation = anOperation(1, { deadlineAtMs: performance.now() + 200 });
      rig.add(operation);
      vi.advanceTimersByTime(199);
      expect(operation.receiver.told).toEqual([]);
      vi.advanceTimersByTime(100);
      expect(operation.receiver.told).toEqual(['failed deadline_exceeded no']);
      expect(rig.queue.items).toBe(0);
      expect(vi.getTimerCount()).toBe(0);
    });

    it('give the gateway a second to say so itself, and are cancelled then', async () => {
      const rig = new SenderRig();
      const operation = anOperation(1, { deadlineAtMs: performance.now() + 200 });
      rig.add(operation);
      vi.advanceTimersByTime(1199);
      expect(operation.receiver.told).toEqual(['left']);
      vi.advanceTimersByTime(101);
      expect(operation.receiver.told).toEqual(['left', 'failed deadline_exceeded maybe']);
      expect((await rig.brief()).at(-1)).toBe('cancel 1');
      expect(vi.getTimerCount()).toBe(0);
    });
  });

  it('all end with the client, and say which may have begun', () => {
    const rig = new SenderRig({ credit: 1 });
    const [sent, waits, again] = [anOperation(1), anOperation(2), anOperation(3, { retry, priority: 'critical' })];
    rig.add(sent);
    rig.operations.add(again, undefined);
    rig.operations.error(refusal(3));
    rig.add(waits);
    rig.operations.failAll(why);
    expect(sent.receiver.told).toEqual(['left', 'failed cancelled maybe']);
    expect(waits.receiver.told).toEqual(['failed cancelled no']);
    expect(again.receiver.told.at(-1)).toBe('failed cancelled no');
    expect(rig.operations).toMatchObject({ size: 0, awaited: 0, retrying: 0 });
    expect(rig.queue).toMatchObject({ items: 0, bytes: 0 });
    expect(vi.getTimerCount()).toBe(0);
  });
});
