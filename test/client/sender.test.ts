import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sluiceError } from '../../src/client/sluice-error.js';
import { anOperation } from './recording-receiver.js';
import { SenderRig } from './sender-rig.js';

const over = sluiceError('cancelled', 'the client was closed');

const settled = async (promise: Promise<unknown>): Promise<string> =>
  Promise.race([promise.then(() => 'resolved'), Promise.resolve().then(() => 'pending')]);

describe('the sender', () => {
  it('lets events leave as the credit allows, those of one turn as one message, and the rest when there is more', async () => {
    const rig = new SenderRig({ credit: 2 });
    rig.add(anOperation(1), anOperation(2), anOperation(3), anOperation(4));
    expect(rig.queue.items).toBe(2);
    expect(rig.sender.credit).toBe(0);
    const [message, ...others] = await rig.sent();
    expect(message).toEqual([
      { op: 'event', type: 'echo', id: 1, data: 1 },
      { op: 'event', type: 'echo', id: 2, data: 1 },
    ]);
    expect(others).toEqual([]);
    rig.sender.creditMax = 3;
    rig.sender.pump();
    expect(await rig.brief()).toEqual(['event 3']);
  });

  it('sends one frame as it is, and not as an array', async () => {
    const rig = new SenderRig();
    const send = vi.spyOn(rig.connection, 'send');
    rig.add(anOperation(1));
    await rig.sent();
    expect(send).toHaveBeenCalledExactlyOnceWith('{"op":"event","type":"echo","id":1,"data":1}');
  });

  it('tells each that it has left, once', async () => {
    const rig = new SenderRig({ credit: 1 });
    const [first, second] = [anOperation(1), anOperation(2)];
    rig.add(first, second);
    expect([first.receiver.told, second.receiver.told]).toEqual([['left'], []]);
    rig.sender.creditMax = 2;
    rig.sender.pump();
    rig.sender.leave(first);
    expect([first.receiver.told, second.receiver.told]).toEqual([['left'], ['left']]);
  });

  it('counts frames with an id, and the credit of events but for critical ones', () => {
    const rig = new SenderRig({ credit: 9 });
    rig.add(anOperation(1), anOperation(2, { priority: 'critical' }));
    rig.sender.frame({ op: 'cancel', id: 1 });
    rig.sender.frame({ op: 'pull', id: 1, max: 3 });
    rig.sender.frame({ op: 'ping' });
    rig.sender.frame({ op: 'received', s: 3 });
    expect(rig.sender).toMatchObject({ creditUsed: 1, framesWithId: 4, credit: 8 });
  });

  it('lets the most urgent go first when there is credit again', async () => {
    const rig = new SenderRig({ credit: 0 });
    rig.add(anOperation(1, { priority: 'low' }), anOperation(2), anOperation(3, { priority: 'high' }));
    rig.sender.creditMax = 3;
    rig.sender.pump();
    expect(await rig.brief()).toEqual(['event 3', 'event 2', 'event 1']);
  });

  it('needs no credit for critical events, but a connection', async () => {
    const rig = new SenderRig({ credit: 0 });
    rig.add(anOperation(1, { priority: 'critical' }));
    expect(await rig.brief()).toEqual(['event 1']);
    rig.connection.isOpen = false;
    rig.add(anOperation(2, { priority: 'critical' }));
    expect(rig.queue.items).toBe(1);
  });

  it('holds events back while the gateway drains, and other frames not', async () => {
    const rig = new SenderRig();
    rig.sender.isHeldBack = true;
    rig.add(anOperation(1));
    rig.sender.frame({ op: 'ping' });
    rig.sender.pump();
    expect(rig.sender.credit).toBe(0);
    expect(await rig.brief()).toEqual(['ping undefined']);
    rig.sender.lost();
    rig.sender.pump();
    expect(await rig.brief()).toEqual(['event 1']);
  });

  it('sends nothing where there is no connection', async () => {
    const rig = new SenderRig();
    rig.connection.isOpen = false;
    rig.sender.frame({ op: 'cancel', id: 1 });
    rig.add(anOperation(1));
    rig.sender.pump();
    expect(await rig.sent()).toEqual([]);
    expect(rig.sender.framesWithId).toBe(0);
  });

  it('forgets what had not left when the connection is lost', async () => {
    const rig = new SenderRig();
    rig.sender.frame({ op: 'ping' });
    rig.sender.lost();
    expect(await rig.sent()).toEqual([]);
  });

  it('puts 256 frames into a message, and no more', async () => {
    const rig = new SenderRig({ credit: 1000 });
    for (let id = 1; id <= 600; id += 1) rig.add(anOperation(id));
    const messages = await rig.sent();
    expect(messages.map(({ length }) => length)).toEqual([256, 256, 88]);
    expect(messages.flat().map(({ id }) => id)).toEqual(Array.from({ length: 600 }, (_, index) => index + 1));
  });

  it('never puts more into a message than the gateway takes, and still all of it', async () => {
    const payloadBytesMax = 400;
    const rig = new SenderRig({ payloadBytesMax });
    for (let id = 1; id <= 60; id += 1)
      rig.add(anOperation(id, { data: JSON.stringify('é'.repeat(id * 2)), bytes: id * 4 }));
    const messages = await rig.sent();
    expect(messages.flat().map(({ id }) => id)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
    expect(Math.max(...rig.sizes)).toBeLessThanOrEqual(payloadBytesMax);
    expect(messages.length).toBeLessThan(60);
  });

  it('sends an event of exactly the size the gateway takes, and refuses one that is a byte larger', async () => {
    const head = '{"op":"event","type":"echo","id":1,"data":""}'.length;
    const rig = new SenderRig({ payloadBytesMax: 100 });
    const fits = anOperation(1, { data: `"${'x'.repeat(100 - head)}"`, bytes: 102 - head });
    const larger = anOperation(2, { data: `"${'x'.repeat(101 - head)}"`, bytes: 103 - head });
    rig.add(fits, larger, anOperation(3));
    expect(await rig.brief()).toEqual(['event 1', 'event 3']);
    expect(rig.sizes[0]).toBe(100);
    expect(larger.receiver.told).toEqual(['failed invalid_argument no']);
    expect(larger.receiver.error?.message).toContain('expected an event of at most 100 bytes, got');
    expect(rig.operations.size).toBe(2);
    expect(rig.sender).toMatchObject({ creditUsed: 2, framesWithId: 2 });
  });

  it('waits with new events when too many refused ones wait to be sent again', async () => {
    const rig = new SenderRig({ credit: 1000 });
    for (let id = 1; id <= 64; id += 1) rig.add(anOperation(id, { retry: { attempts: 5, withinMs: 10_000 } }));
    await rig.sent();
    const refuse = (id: number) =>
      rig.operations.error({
        op: 'error',
        id,
        code: 'resource_exhausted',
        message: '',
        retry: 'backoff',
        afterMs: 5,
        started: 'no',
      });
    for (let id = 1; id <= 63; id += 1) refuse(id);
    expect(rig.sender.isWritable).toBe(true);
    refuse(64);
    expect(rig.sender.isWritable).toBe(false);
    rig.add(anOperation(65));
    expect(await rig.sent()).toEqual([]);
    expect(rig.queue.items).toBe(65);
    rig.operations.failAll(() => over);
    expect(rig.queue.items).toBe(0);
  });

  describe('when the socket takes nothing', () => {
    beforeEach(() => void vi.useFakeTimers());
    afterEach(() => void vi.useRealTimers());

    it('keeps events until half of its buffer is empty, and looks for that now and then', async () => {
      const rig = new SenderRig();
      rig.connection.bufferedBytes = 1024 * 1024 + 1;
      rig.add(anOperation(1));
      await rig.sent();
      rig.add(anOperation(2));
      rig.sender.frame({ op: 'ping' });
      expect(await rig.brief()).toEqual(['ping undefined']);
      rig.connection.bufferedBytes = 512 * 1024 + 1;
      vi.advanceTimersByTime(20);
      expect(await rig.sent()).toEqual([]);
      rig.connection.bufferedBytes = 512 * 1024;
      vi.advanceTimersByTime(20);
      expect(await rig.brief()).toEqual(['event 2']);
      expect(vi.getTimerCount()).toBe(0);
    });

    it('looks no more when the connection is lost, nor when it is stopped', async () => {
      for (const end of ['lost', 'stop'] as const) {
        const rig = new SenderRig();
        rig.connection.bufferedBytes = 2 ** 21;
        rig.add(anOperation(1));
        await rig.sent();
        expect(vi.getTimerCount()).toBe(1);
        if (end === 'lost') rig.sender.lost();
        else rig.sender.stop(over);
        expect(vi.getTimerCount()).toBe(0);
      }
    });
  });

  it('does not send what waited longer than it was worth', async () => {
    const rig = new SenderRig({ credit: 0 });
    const late = anOperation(1, { deadlineAtMs: performance.now() + 0.001 });
    rig.operations.add(late, undefined);
    rig.queue.push(anOperation(2, { deadlineAtMs: performance.now() + 60_000 }));
    await vi.waitFor(() => expect(performance.now()).toBeGreaterThan(late.deadlineAtMs));
    rig.sender.creditMax = 5;
    rig.sender.pump();
    const [[sent] = []] = await rig.sent();
    expect(sent).toMatchObject({ id: 2 });
    expect(sent?.ttl).toBeGreaterThan(50_000);
    expect(sent?.ttl).toBeLessThanOrEqual(60_000);
    expect(late.receiver.told).toEqual(['failed deadline_exceeded no']);
    expect(rig.sender.creditUsed).toBe(1);
  });

  it('is writable when an event would leave at once: all who wait are told together', async () => {
    const rig = new SenderRig({ credit: 1 });
    expect(await settled(rig.sender.writable())).toBe('resolved');
    rig.add(anOperation(1), anOperation(2));
    const waiting = rig.sender.writable();
    expect(rig.sender.writable()).toBe(waiting);
    rig.sender.creditMax = 2;
    rig.sender.pump();
    expect(await settled(waiting)).toBe('pending');
    rig.sender.creditMax = 3;
    rig.sender.pump();
    expect(await settled(waiting)).toBe('resolved');
    expect(await settled(rig.sender.writable())).toBe('resolved');
  });

  it('leaves nobody waiting to write when it is stopped', async () => {
    const rig = new SenderRig({ credit: 0 });
    const waiting = rig.sender.writable();
    rig.sender.stop(over);
    await expect(waiting).rejects.toBe(over);
  });

  it('sends what is still to be sent when it is stopped', () => {
    const rig = new SenderRig();
    rig.sender.frame({ op: 'cancel', id: 1 });
    rig.sender.stop(over);
    expect(rig.messages.flat()).toEqual([{ op: 'cancel', id: 1 }]);
  });
});
