import { describe, expect, it } from 'vitest';
import { echo, sleep } from '../../src/demo/basics.js';
import { TestSessions } from '../support/test-sessions.js';

const event = { op: 'event', type: 'none' };
const fixed = (size: number) => ({ window: { initial: size, min: 1, max: size } });

describe('refusals of events without an id', () => {
  it('are told at once when they are rare', async () => {
    const sessions = new TestSessions();
    const client = await sessions.welcomed();
    for (let i = 0; i < 3; i += 1) {
      client.send(event);
      await sessions.settle();
      expect(client.errors()).toHaveLength(i + 1);
      sessions.clock.advance(1001);
    }
    expect(client.errors()).toMatchObject(Array(3).fill({ code: 'not_found', details: { refused: 1 } }));
  });

  it('are told at most once a second, each in exactly one sum, with the reason of the last', async () => {
    const sessions = new TestSessions();
    const client = await sessions.welcomed();
    const toldAtMs: number[] = [];
    let sent = 0;
    for (let passedMs = 0; passedMs < 5000; passedMs += 10) {
      if (passedMs < 3500) {
        client.send(passedMs % 20 === 0 ? event : { ...event, ttl: 0 });
        sent += 1;
      }
      const before = client.errors().length;
      sessions.clock.advance(10);
      await new Promise((resolve) => setImmediate(resolve));
      if (client.errors().length > before) toldAtMs.push(passedMs);
      expect(client.errors().length - before).toBeLessThanOrEqual(1);
    }
    for (let i = 1; i < toldAtMs.length; i += 1) {
      expect((toldAtMs[i] as number) - (toldAtMs[i - 1] as number)).toBeGreaterThanOrEqual(990);
    }
    const errors = client.errors();
    expect(errors.every((error) => !('id' in error))).toBe(true);
    expect(errors.reduce((sum, { details }) => sum + (details as { refused: number }).refused, 0)).toBe(sent);
    expect(errors.length).toBeLessThanOrEqual(5);
    expect(errors.at(-1)).toMatchObject({ code: 'invalid_argument', started: 'no', retry: 'no' });
    expect(sessions.counters).toMatchObject({ received: sent, refused: sent });
  });

  it('keep what else the last one had to tell', async () => {
    const sessions = new TestSessions([sleep]);
    const client = await sessions.welcomed();
    client.send([event, event, { op: 'event', type: 'sleep', data: { ms: 'x' } }]);
    sessions.clock.advance(1001);
    await sessions.settle();
    const details = { refused: 2, issues: [{ path: 'ms', message: expect.any(String) }] };
    expect(client.errors().at(-1)).toMatchObject({ code: 'invalid_argument', details });
  });

  it('of one session are not told to another, nor to one that is gone', async () => {
    const sessions = new TestSessions();
    const [first, second] = [await sessions.welcomed(), await sessions.welcomed('msgpack')];
    first.send([event, event, event]);
    second.send(event);
    first.vanish();
    sessions.clock.advance(2000);
    await sessions.settle();
    expect(first.errors().length).toBeLessThanOrEqual(1);
    expect(second.errors()).toMatchObject([{ code: 'not_found', details: { refused: 1 } }]);
  });
});

describe('refusals for lack of credit', () => {
  const handlers = [echo];
  const refusals = { session: { creditRefusalsMax: 10, creditRefusalsWindowMs: 1000 }, ...fixed(1) };
  /** One message that uses the credit and goes beyond it `count` times. */
  const beyond = (count: number) => Array.from({ length: count + 1 }, (_, id) => ({ op: 'event', type: 'echo', id }));

  it('close the socket with 4013 at the configured number inside the configured time', async () => {
    const sessions = new TestSessions(handlers, refusals);
    const client = await sessions.welcomed();
    client.send(beyond(9));
    await sessions.settle();
    expect(client.closeCode).toBeUndefined();
    sessions.clock.advance(900);
    client.send(beyond(1));
    expect(client.closeCode).toBe(4013);
  });

  it('do not close it while they are fewer than that in any such time', async () => {
    const sessions = new TestSessions(handlers, refusals);
    const client = await sessions.welcomed();
    for (let i = 0; i < 20; i += 1) {
      client.send(beyond(4));
      await sessions.settle();
      sessions.clock.advance(501);
    }
    expect(client.closeCode).toBeUndefined();
  });

  it('close it whichever stretch of time they fall into', async () => {
    const sessions = new TestSessions(handlers, refusals);
    const client = await sessions.welcomed();
    client.send(beyond(1));
    await sessions.settle();
    sessions.clock.advance(950);
    client.send(beyond(7));
    await sessions.settle();
    sessions.clock.advance(100);
    client.send(beyond(7));
    expect(client.closeCode).toBe(4013);
  });

  it('behind the one that closes it are not answered any more', async () => {
    const sessions = new TestSessions(handlers, refusals);
    const client = await sessions.welcomed();
    client.send(beyond(200));
    await sessions.settle();
    expect(client.closeCode).toBe(4013);
    expect(client.errors()).toHaveLength(10);
    expect(sessions.counters.received).toBe(11);
  });
});
