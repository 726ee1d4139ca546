/** A log that was lost: its topic begins anew, in another epoch. */
import { describe, expect, it } from 'vitest';
import { Listener, TopicRig } from '../support/topic-rig.js';

describe('a log that begins anew', () => {
  it('is told to all once before the next message, wherever they were', async () => {
    const rig = new TopicRig();
    const [live, blocked, dry] = [new Listener(), new Listener(), new Listener()];
    rig.subscribe(live, 'a');
    rig.subscribe(blocked, 'a');
    rig.subscribe(dry, 'a', { credit: 0, id: 1 });
    blocked.block();
    rig.publish('a', 2);
    await rig.turnEnd();
    rig.publish('a');
    rig.logs.reset('a');
    rig.logs.reset('a');
    rig.publish('a', 2);
    await rig.turnEnd(2);
    expect(live.take()).toEqual(['opened e1:0 true', 'a:1', 'a:2', 'a:3', 'gap a:1-1 0 reset e3', 'a:1', 'a:2']);
    blocked.unblock();
    await rig.turnEnd(2);
    expect(blocked.take()).toEqual(['opened e1:0 true', 'gap a:1-1 0 reset e3', 'a:1', 'a:2']);
    dry.subscriptions[0]?.pull(9);
    await rig.turnEnd(2);
    expect(dry.take()).toEqual(['opened e1:0 true', 'gap a:1-1 0 reset e3', 'a:1', 'a:2']);
  });

  it('is noticed by its entries, and by its pages, when nothing else says so', async () => {
    const rig = new TopicRig();
    const [live, behind] = [new Listener(), new Listener()];
    rig.subscribe(live, 'a');
    rig.publish('a', 2);
    await rig.turnEnd();
    rig.logs.reset('a', true);
    rig.publish('a');
    await rig.turnEnd(2);
    expect(live.take().slice(3)).toEqual(['gap a:1-1 0 reset e2', 'a:1']);

    behind.block();
    rig.subscribe(behind, 'b');
    rig.publish('b', 3);
    await rig.turnEnd();
    const epoch = rig.logs.reset('b', true);
    behind.unblock();
    await rig.turnEnd(2);
    rig.publish('b');
    await rig.turnEnd(2);
    expect(behind.take().slice(1)).toEqual([`gap b:1-1 0 reset ${epoch}`, 'b:1']);
  });

  it('makes void what was read before, and answered later', async () => {
    const rig = new TopicRig();
    const listener = new Listener();
    rig.publish('a', 3);
    rig.subscribe(listener, 'a', { rewind: 3 });
    rig.logs.isLate = true;
    await rig.turnEnd();
    rig.logs.reset('a');
    rig.logs.isLate = false;
    rig.publish('a');
    rig.logs.answerAll();
    await rig.turnEnd(3);
    expect(listener.take()).toEqual(['opened e1:0 true', 'gap a:1-1 0 reset e2', 'a:1']);
  });

  it('is not taken back by an answer from before', async () => {
    const rig = new TopicRig();
    const listener = new Listener();
    rig.publish('a', 3);
    rig.subscribe(listener, 'a', { rewind: 3 });
    rig.logs.isLate = true;
    rig.logs.isStale = true;
    await rig.turnEnd();
    rig.logs.reset('a');
    rig.logs.isLate = false;
    rig.publish('a');
    rig.logs.answerAll();
    await rig.turnEnd(3);
    expect(listener.take()).toEqual(['opened e1:0 true', 'gap a:1-1 0 reset e2', 'a:1']);
  });

  it('leaves alone who was in the new epoch already when the end of the old one is told of', async () => {
    const rig = new TopicRig();
    const listener = new Listener();
    rig.logs.notifiesLate = true;
    rig.publish('a');
    rig.logs.reset('a');
    rig.publish('a', 2);
    rig.subscribe(listener, 'a', { from: { epoch: 'e2', offset: 1 }, overflow: 'latest' });
    rig.logs.isLate = true;
    await rig.turnEnd();
    expect(rig.logs.waiting).toBe(1);
    rig.logs.notifyAll();
    rig.logs.answerAll();
    await rig.settle();
    expect(listener.take()).toEqual(['opened e2:1 true', 'a:2']);
  });
});
