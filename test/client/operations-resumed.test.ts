import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { anOperation } from './recording-receiver.js';
import { refusal, retry, why } from './refusals.js';
import { SenderRig } from './sender-rig.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('operations of a session that goes on', () => {
  it('go again where they were lost, in their order and before all but critical ones', async () => {
    const rig = new SenderRig({ credit: 4 });
    for (let id = 1; id <= 6; id += 1) rig.add(anOperation(id, id === 5 ? { priority: 'high' } : {}));
    await rig.sent();
    expect(rig.sender.creditUsed).toBe(4);
    rig.lose();
    rig.add(anOperation(7, { priority: 'critical' }));
    rig.resume(2, 10);
    expect(await rig.brief()).toEqual(['event 7', 'event 3', 'event 4', 'event 5', 'event 6']);
    expect(rig.sender).toMatchObject({ creditUsed: 6, framesWithId: 7 });
  });

  it('use the credit they were given back, and no more', async () => {
    const rig = new SenderRig({ credit: 3 });
    for (let id = 1; id <= 5; id += 1) rig.add(anOperation(id));
    await rig.sent();
    rig.lose();
    rig.resume(1);
    expect(await rig.brief()).toEqual(['event 2', 'event 3']);
    expect(rig.queue.items).toBe(2);
    rig.lose();
    rig.resume(1);
    expect(await rig.brief()).toEqual(['event 2', 'event 3']);
    expect(rig.sender.creditUsed).toBe(3);
  });

  it('give no credit back for critical ones, which used none', async () => {
    const rig = new SenderRig({ credit: 3 });
    rig.add(anOperation(1, { priority: 'critical' }), anOperation(2));
    await rig.sent();
    rig.lose();
    rig.resume(0);
    expect(await rig.brief()).toEqual(['event 1', 'event 2']);
    expect(rig.sender.creditUsed).toBe(1);
  });

  it('have left once, and were not sent more often for having been lost', async () => {
    const rig = new SenderRig();
    const operation = anOperation(1, { retry });
    rig.add(operation);
    for (let i = 0; i < 5; i += 1) {
      rig.lose();
      rig.resume(0);
    }
    expect(operation.attempts).toBe(1);
    expect(operation.receiver.told).toEqual(['left']);
  });

  it('are asked for what may have been lost on its way: cancels, and what streams may send', async () => {
    const rig = new SenderRig();
    const [cancelled, stream, plain] = [anOperation(1), anOperation(2, { credit: 4 }), anOperation(3, { credit: 4 })];
    rig.add(cancelled, stream, plain);
    rig.operations.pull(stream, 6);
    rig.operations.pull(stream, 5);
    rig.lose();
    rig.operations.cancel(cancelled, why);
    rig.operations.pull(stream, 8);
    await rig.sent();
    rig.resume(4);
    expect((await rig.sent()).flat()).toEqual([
      { op: 'cancel', id: 1 },
      { op: 'pull', id: 2, max: 8 },
    ]);
  });

  it('are over where they were lost and cancelled: there is nothing to send', async () => {
    const rig = new SenderRig();
    const operation = anOperation(1);
    rig.add(operation, anOperation(2));
    rig.lose();
    rig.operations.cancel(operation, why);
    await rig.sent();
    rig.resume(0);
    expect(await rig.brief()).toEqual(['event 2']);
    expect(rig.operations).toMatchObject({ size: 1, awaited: 1 });
    expect(rig.sender.creditUsed).toBe(1);
    expect(operation.receiver.told).toEqual(['left', 'failed cancelled maybe']);
  });

  it('allow a stream that was lost all it was allowed, once it has been sent again', async () => {
    const rig = new SenderRig();
    rig.add(anOperation(1, { credit: 4 }));
    await rig.sent();
    rig.lose();
    rig.resume(0);
    const [[event] = []] = await rig.sent();
    expect(event).toMatchObject({ op: 'event', id: 1, credit: 4 });
  });
});

describe('operations of a session that is lost', () => {
  it('go again with their idem, unless they have brought something; the others may have been done', async () => {
    const rig = new SenderRig();
    const operations = {
      plain: anOperation(1),
      safe: anOperation(2, { idem: 'x' }),
      silent: anOperation(3, { idem: 'y', credit: 4 }),
      begun: anOperation(4, { idem: 'z', credit: 4 }),
      cancelled: anOperation(5, { idem: 'w' }),
    };
    rig.add(...Object.values(operations));
    rig.operations.item({ op: 'item', id: 4, n: 1, data: 1 });
    rig.operations.cancel(operations.cancelled, why);
    await rig.sent();
    rig.lose();
    rig.beginAnew();
    const [message] = await rig.sent();
    expect(message).toEqual([
      { op: 'event', type: 'echo', id: 2, idem: 'x', data: 1 },
      { op: 'event', type: 'echo', id: 3, idem: 'y', credit: 4, data: 1 },
    ]);
    expect(operations.plain.receiver.told).toEqual(['left', 'failed unavailable maybe']);
    expect(operations.plain.receiver.error?.retry).toBe('no');
    expect(operations.begun.receiver.told.at(-1)).toBe('failed unavailable maybe');
    expect(operations.cancelled.receiver.told).toEqual(['left', 'failed cancelled maybe']);
    expect(rig.operations).toMatchObject({ size: 2, awaited: 2 });
    expect(rig.sender).toMatchObject({ creditUsed: 2, framesWithId: 2 });
  });

  it('all go again where the gateway had answered all that had reached it, but for streams that had begun', async () => {
    const rig = new SenderRig();
    const begun = anOperation(2, { credit: 4 });
    rig.add(anOperation(1), begun, anOperation(3, { key: 'k' }));
    rig.operations.item({ op: 'item', id: 2, n: 1, data: 1 });
    await rig.sent();
    rig.lose();
    rig.beginAnew(100, true);
    expect(await rig.brief()).toEqual(['event 1', 'event 3']);
    expect(begun.receiver.told.at(-1)).toBe('failed unavailable maybe');
  });

  it('wait for the next one in their order where they came too late to a gateway that drains', async () => {
    const rig = new SenderRig();
    rig.add(anOperation(1, { key: 'k' }), anOperation(2, { key: 'k' }), anOperation(3));
    await rig.sent();
    rig.sender.isHeldBack = true;
    rig.add(anOperation(4, { key: 'k' }));
    for (const id of [1, 2]) rig.operations.error(refusal(id, { code: 'unavailable' }));
    rig.operations.error(refusal(3, { code: 'unavailable', started: 'maybe' }));
    rig.lose();
    rig.beginAnew(100, true);
    expect(await rig.brief()).toEqual(['event 1', 'event 2', 'event 4']);
    expect(rig.operations.size).toBe(3);
  });

  it('do not touch what was not sent, or waits to be sent again', async () => {
    const rig = new SenderRig({ credit: 1 });
    rig.add(anOperation(1, { retry }), anOperation(2));
    rig.operations.error(refusal(1));
    await rig.sent();
    rig.lose();
    rig.beginAnew();
    expect(await rig.brief()).toEqual(['event 2']);
    vi.advanceTimersByTime(100);
    expect(await rig.brief()).toEqual(['event 1']);
  });
});
