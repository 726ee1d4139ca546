/** What becomes of events with an `idem` when nobody waits for them, or when what they repeat does not come to its end. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Gateway } from '../../src/gateway.js';
import { defineHandler } from '../../src/index.js';
import { TestClient } from '../support/test-client.js';
import { Works } from '../support/test-flow.js';
import { expectConservation, startTestGateway } from '../support/test-gateway.js';

let gateway: Gateway;
let works: Works;
let opened = 0;

/** Becomes a stream when the test says so. */
const later = (gate: Promise<void>) =>
  defineHandler({
    type: 'later',
    async handle() {
      await gate;
      opened += 1;
      return (async function* () {
        for (;;) yield opened;
      })();
    },
  });
let openGate: () => void;

beforeEach(async () => {
  works = new Works();
  opened = 0;
  const gate = new Promise<void>((resolve) => {
    openGate = resolve;
  });
  const handlers = [
    defineHandler({ type: 'work', handle: works.handle }),
    defineHandler({ type: 'newest', conflate: true, handle: works.handle }),
    later(gate),
  ];
  gateway = await startTestGateway(handlers, { resume: { ms: 0 }, pipelines: { default: { slots: 1 } } });
});

afterEach(async () => {
  await expectConservation(gateway);
  gateway.close();
});

const connect = () => TestClient.connect(gateway.port);

describe('an event with an idem that nobody waits for any more', () => {
  it('is ended when it turns out to be a stream, and may come again', async () => {
    const first = await connect();
    first.send({ op: 'event', id: 1, type: 'later', idem: 'k' });
    await vi.waitFor(() => expect(gateway.inUse().busy).toBe(1));
    await first.close();
    openGate();
    await vi.waitFor(() => expect(gateway.inUse().events).toBe(0));
    const second = await connect();
    second.send({ op: 'event', id: 1, type: 'later', idem: 'k', credit: 2 });
    await second.next(({ op, n }) => op === 'item' && n === 2);
    second.send({ op: 'cancel', id: 1 });
    await second.outcome(1);
    expect(opened).toBe(2);
    await second.close();
  });

  it('is given up when the gateway stops, so that its handler hears of it', async () => {
    gateway.close();
    gateway = await startTestGateway([defineHandler({ type: 'work', handle: works.handle })], {
      resume: { ms: 0 },
      drain: { deadlineMs: 50 },
    });
    const again = await connect();
    again.send({ op: 'event', id: 1, type: 'work', data: 'abandoned', idem: 'k' });
    await vi.waitFor(() => expect(works.names).toEqual(['abandoned']));
    await again.close();
    await gateway.drain();
    expect(works.get('abandoned').signal.aborted).toBe(true);
  });
});

describe('an event that repeats another', () => {
  it('is superseded with it, and does not take the place of what is newer', async () => {
    const client = await connect();
    const newest = (id: number, data: string, idem?: string) => ({
      op: 'event',
      id,
      type: 'newest',
      key: 'k',
      data,
      idem,
    });
    client.send([newest(1, 'running'), newest(2, 'old', 'o'), newest(3, 'old', 'o'), newest(4, 'new')]);
    expect(await client.outcome(3)).toMatchObject({ code: 'aborted' });
    expect(await client.outcome(2)).toMatchObject({ code: 'aborted' });
    works.get('running').end();
    await vi.waitFor(() => expect(works.names).toEqual(['running', 'new']));
    works.get('new').end();
    await client.outcome(4);
    await client.close();
  });

  it('that is cancelled holds nothing, however often that is done', async () => {
    const client = await connect();
    const pad = 'x'.repeat(50_000);
    client.send({ op: 'event', id: 'first', type: 'work', data: pad, idem: 'k' });
    await vi.waitFor(() => expect(works.all).toHaveLength(1));
    const before = process.memoryUsage().heapUsed;
    for (let round = 0; round < 1000; round += 1) {
      client.send({ op: 'event', id: round, type: 'work', data: pad, idem: 'k' });
      client.send({ op: 'cancel', id: round });
      if (round % 50 === 49) await client.outcome(round);
    }
    expect(client.framesOf(7).at(-1)).toMatchObject({ code: 'cancelled', started: 'maybe' });
    client.frames.length = 0;
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(30 * 1_048_576);
    works.all[0]?.end('done');
    expect(await client.outcome('first')).toMatchObject({ data: 'done' });
    await client.close();
  });

  it('may wait for longer than a timer can', async () => {
    const client = await connect();
    client.send({ op: 'event', id: 1, type: 'work', data: 'one', idem: 'k' });
    client.send({ op: 'event', id: 2, type: 'work', data: 'one', idem: 'k', ttl: 2 ** 40 });
    await vi.waitFor(() => expect(works.names).toEqual(['one']));
    expect(await client.request({ id: 3, type: 'nothing' })).toMatchObject({ code: 'not_found' });
    works.get('one').end(1);
    expect(await client.outcome(2)).toMatchObject({ op: 'end', data: 1 });
    await client.close();
  });
});
