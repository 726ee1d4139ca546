import { expect, it } from 'vitest';
import { Subscription, type TopicEvent } from '../../src/client/subscription.js';
import { ownTime } from './own-time.js';
import { RecordingSink } from './recording-receiver.js';
import { SenderRig } from './sender-rig.js';

ownTime();

it('a reader that leaves at the gap of a new epoch is not subscribed again', async () => {
  const rig = new SenderRig();
  class Leaves extends RecordingSink<TopicEvent> {
    override next(value: TopicEvent): void {
      super.next(value);
      rig.subscriptions.close(subscription);
    }
  }
  const subscription: Subscription = new Subscription({
    id: 1,
    topic: 't',
    options: { from: { epoch: 'e', offset: 3 } },
    credit: 4,
    retry: undefined,
    sink: new Leaves(),
    pull: () => undefined,
    warn: () => undefined,
  });
  rig.subscriptions.add(subscription, undefined);
  await rig.sent();
  rig.subscriptions.opened({ op: 'subscribed', id: 1, epoch: 'f', offset: 2, recovered: false });
  expect(await rig.brief()).toEqual(['cancel 1']);
  rig.subscriptions.error({ op: 'error', id: 1, code: 'cancelled', message: '', retry: 'no', started: 'maybe' });
  expect(rig.subscriptions.size).toBe(0);
});

it('the end of the first opening goes again if it was lost', async () => {
  const rig = new SenderRig();
  const subscription: Subscription = new Subscription({
    id: 1,
    topic: 't',
    options: { from: { epoch: 'e', offset: 3 } },
    credit: 4,
    retry: undefined,
    sink: new RecordingSink<TopicEvent>(),
    pull: () => undefined,
    warn: () => undefined,
  });
  rig.subscriptions.add(subscription, undefined);
  await rig.sent();
  rig.subscriptions.opened({ op: 'subscribed', id: 1, epoch: 'f', offset: 2, recovered: false });
  await rig.sent();
  rig.lose();
  rig.resume(1);
  expect(await rig.brief()).toEqual(['cancel 1', `subscribe ${rig.lastId}`]);
});
