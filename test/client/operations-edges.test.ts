import { describe, expect, it, vi } from 'vitest';
import { ownTime } from './own-time.js';
import { anOperation, RecordingReceiver } from './recording-receiver.js';
import { refusal, retry, why } from './refusals.js';
import { SenderRig } from './sender-rig.js';

ownTime();

it('a cancelled stream brings nothing any more, though items were on their way', () => {
  const rig = new SenderRig();
  const operation = anOperation(1, { credit: 4 });
  rig.add(operation);
  rig.operations.cancel(operation, why);
  rig.operations.item({ op: 'item', id: 1, n: 1, data: 1 });
  rig.operations.gap({ op: 'gap', id: 1, from: 1, to: 1, count: 1, reason: 'dropped' });
  expect(operation.receiver.told).toEqual(['left', 'failed cancelled maybe']);
});

describe('an event that was sent in a session that is lost may have begun, whatever ends it', () => {
  for (const end of ['cancel', 'failAll', 'deadline', 'expired'] as const) {
    it(end, () => {
      const rig = new SenderRig({ credit: 5 });
      const operation = anOperation(1, { idem: 'x', deadlineAtMs: performance.now() + 1000 });
      rig.add(operation);
      rig.lose();
      rig.beginAnew(0);
      if (end === 'cancel') rig.operations.cancel(operation, why);
      else if (end === 'failAll') rig.operations.failAll(why);
      else if (end === 'deadline') vi.advanceTimersByTime(1100);
      else {
        vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 1001);
        rig.sender.creditMax = 5;
        rig.sender.pump();
      }
      expect(operation.receiver.error?.started).toBe('maybe');
    });
  }
});

it('a receiver that ends the client does not let others fail twice, nor anything go again', () => {
  const rig = new SenderRig();
  class Ends extends RecordingReceiver {
    override failed(error: ReturnType<typeof why>): void {
      super.failed(error);
      rig.operations.failAll(why);
    }
  }
  const other = anOperation(2);
  rig.add(anOperation(1, { receiver: new Ends() }), other, anOperation(3, { idem: 'x' }));
  rig.lose();
  rig.beginAnew();
  expect(other.receiver.told.filter((line) => line.startsWith('failed'))).toHaveLength(1);
  expect(rig.queue.items).toBe(0);
  expect(rig.operations).toMatchObject({ size: 0, awaited: 0 });
});

it('refused events that are cancelled let those go that waited behind them', async () => {
  const rig = new SenderRig({ credit: 1000 });
  const refused = Array.from({ length: 64 }, (_, index) => anOperation(index + 1, { retry }));
  rig.add(...refused);
  for (const { id } of refused) rig.operations.error(refusal(id));
  rig.add(anOperation(65));
  await rig.sent();
  let isWritable = false;
  void rig.sender.writable().then(() => {
    isWritable = true;
  });
  for (const operation of refused) rig.operations.cancel(operation, why);
  expect(await rig.brief()).toEqual(['event 65']);
  expect(isWritable).toBe(true);
});

it('nothing is asked for a stream that has ended', async () => {
  const rig = new SenderRig();
  const operation = anOperation(1, { credit: 4 });
  rig.add(operation);
  rig.operations.end({ op: 'end', id: 1, n: 2 });
  await rig.sent();
  rig.operations.pull(operation, 6);
  expect(await rig.sent()).toEqual([]);
});

it('an event larger than the whole queue is not told to come again later', () => {
  const rig = new SenderRig({ credit: 0, bytes: 10 });
  expect(rig.operations.add(anOperation(1, { bytes: 11 }), undefined)).toMatchObject({ retry: 'no' });
});

it('events that go again and are lost again keep their place before those that wait', async () => {
  const rig = new SenderRig({ credit: 5 });
  rig.add(...[1, 2, 3].map((id) => anOperation(id, { idem: `i${id}`, key: 'k' })));
  await rig.sent();
  rig.lose();
  rig.beginAnew(1);
  expect(await rig.brief()).toEqual(['event 1']);
  rig.lose();
  rig.resume(0, 5);
  expect(await rig.brief()).toEqual(['event 1', 'event 2', 'event 3']);
});

it('what fails with a lost session is told after what goes again waits: nothing that is sent then passes it', async () => {
  const rig = new SenderRig();
  const newer = anOperation(3, { key: 'k' });
  const lost = anOperation(1, { key: 'k' });
  lost.receiver.failed = () => rig.add(newer);
  rig.add(lost, anOperation(2, { key: 'k', idem: 'i' }));
  await rig.sent();
  rig.lose();
  rig.beginAnew();
  expect(await rig.brief()).toEqual(['event 2', 'event 3']);
});

it('a client that is closed sends nothing that waited behind a retry', async () => {
  const rig = new SenderRig({ credit: 1 });
  rig.add(anOperation(1, { retry }), anOperation(2));
  await rig.sent();
  rig.operations.error(refusal(1));
  rig.sender.isHeldBack = true;
  rig.operations.failAll(why);
  rig.sender.isHeldBack = false;
  expect(await rig.brief()).toEqual([]);
});

it('critical events do not wait for those that wait to be sent again', async () => {
  const rig = new SenderRig({ credit: 1000 });
  for (let id = 1; id <= 64; id += 1) rig.add(anOperation(id, { retry }));
  await rig.sent();
  for (let id = 1; id <= 64; id += 1) rig.operations.error(refusal(id));
  rig.add(anOperation(65), anOperation(66, { priority: 'critical' }));
  expect(await rig.brief()).toEqual(['event 66']);
  vi.advanceTimersByTime(100);
  expect(await rig.brief()).toHaveLength(65);
});
