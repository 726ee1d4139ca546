import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type TestConnection, TestSessions } from '../support/test-sessions.js';

const keepAlive = (keepAliveMs: number): TestSessions => new TestSessions([], { listen: { keepAliveMs } });

/** Longest time between two looks at a session; what one look has seen counts from the next one on. */
const roundMs = 1000;

interface Watched {
  readonly pingedAtMs: readonly number[];
  readonly closedAtMs: number | undefined;
}

/** Lets time pass in small steps, and notes when a client is pinged or closed. */
function watch(sessions: TestSessions, client: TestConnection, forMs: number, onPing = (): void => undefined): Watched {
  const { clock } = sessions;
  const startedAtMs = clock.nowMs();
  const stepMs = Math.max(1, Math.floor(forMs / 2000));
  const pingedAtMs: number[] = [];
  for (;;) {
    const pings = client.socket.pings;
    clock.advance(stepMs);
    const passedMs = clock.nowMs() - startedAtMs;
    if (client.closeCode !== undefined) return { pingedAtMs, closedAtMs: passedMs };
    if (client.socket.pings > pings) {
      pingedAtMs.push(passedMs);
      onPing();
    }
    if (passedMs >= forMs) return { pingedAtMs, closedAtMs: undefined };
  }
}

describe('a client of which nothing is heard', () => {
  it.each([400, 2000, 4000, 25_000])(
    'is pinged once at half of %i ms, and closed with 4201 at the end',
    (keepAliveMs) => {
      const sessions = keepAlive(keepAliveMs);
      const client = sessions.connect();
      const { pingedAtMs, closedAtMs } = watch(sessions, client, 3 * keepAliveMs + roundMs);
      const late = Math.min(2 * roundMs, keepAliveMs / 2);
      expect(pingedAtMs).toHaveLength(1);
      expect(pingedAtMs[0]).toBeGreaterThanOrEqual(keepAliveMs / 2);
      expect(pingedAtMs[0]).toBeLessThanOrEqual(keepAliveMs / 2 + late + keepAliveMs / 100);
      expect(closedAtMs).toBeGreaterThanOrEqual(keepAliveMs);
      expect(closedAtMs).toBeLessThanOrEqual(keepAliveMs + late + keepAliveMs / 100);
      expect(client.closeCode).toBe(4201);
      expect(sessions.counters.closedBy.get(4201)).toBe(1);
      expect(sessions.size).toBe(0);
    },
  );

  it('leaves no timer behind when it was the last', () => {
    const sessions = keepAlive(400);
    sessions.connect();
    expect(sessions.clock.timers).toBeGreaterThan(0);
    sessions.clock.advance(5000);
    expect([sessions.size, sessions.clock.timers]).toEqual([0, 0]);
    const next = sessions.connect();
    sessions.clock.advance(5000);
    expect(next.closeCode).toBe(4201);
  });

  it('does not keep others from being looked after', () => {
    const sessions = keepAlive(4000);
    const [silent, lively, vanished] = [sessions.connect(), sessions.connect(), sessions.connect()];
    vanished.vanish();
    for (let passedMs = 0; passedMs < 20_000; passedMs += 500) {
      sessions.clock.advance(500);
      lively.pong();
    }
    expect([silent.closeCode, lively.closeCode, vanished.closeCode]).toEqual([4201, undefined, undefined]);
    expect([lively.socket.pings, sessions.size]).toEqual([0, 1]);
  });
});

describe('a client that answers pings', () => {
  it('is never closed, whatever the keep-alive is and whenever it came', () => {
    const property = fc.property(
      fc.integer({ min: 10, max: 6000 }),
      fc.integer({ min: 0, max: 2000 }),
      (keepAliveMs, afterMs) => {
        const sessions = keepAlive(keepAliveMs);
        // Whoever was there first sets the time of the rounds.
        sessions.connect();
        sessions.clock.advance(Math.min(afterMs, keepAliveMs));
        const client = sessions.connect();
        const { pingedAtMs, closedAtMs } = watch(sessions, client, 10 * keepAliveMs, () => client.pong());
        expect(closedAtMs).toBeUndefined();
        expect(pingedAtMs.length).toBeGreaterThanOrEqual(4);
      },
    );
    fc.assert(property, { numRuns: 40, seed: 7 });
  });

  it.each([
    ['a frame', (client: TestConnection) => client.send({ op: 'pong' })],
    ['a frame that is refused', (client: TestConnection) => client.send({ op: 'dance' })],
    ['a sign of the WebSocket layer', (client: TestConnection) => client.pong()],
  ])('may do so by %s, and has all its time again', (_name, answer) => {
    const sessions = keepAlive(4000);
    const client = sessions.connect();
    const first = watch(sessions, client, 3900, () => answer(client));
    expect(first.pingedAtMs).toHaveLength(1);
    const { closedAtMs } = watch(sessions, client, 20_000);
    const heardAtMs = (first.pingedAtMs[0] as number) - 3900;
    expect((closedAtMs as number) - heardAtMs).toBeGreaterThanOrEqual(4000);
  });
});

describe('an event loop that stood still', () => {
  it.each([3000, 60_000, 3_600_000])('for %i ms is not held against clients: they are asked first', (stalledMs) => {
    const sessions = keepAlive(4000);
    const clients = Array.from({ length: 5 }, () => sessions.connect());
    sessions.clock.advance(1500);
    sessions.clock.jump(stalledMs);
    sessions.clock.advance(1);
    expect(clients.map(({ closeCode }) => closeCode)).toEqual(clients.map(() => undefined));
    const [lively, ...silent] = clients as [TestConnection, ...TestConnection[]];
    watch(sessions, lively, 12_000, () => lively.pong());
    expect(lively.closeCode).toBeUndefined();
    for (const client of silent) {
      expect(client.socket.pings).toBe(1);
      expect(client.closeCode).toBe(4201);
    }
  });

  it('again and again closes nobody who answers when it turns', () => {
    const sessions = keepAlive(2000);
    const client = sessions.connect();
    for (let i = 0; i < 50; i += 1) {
      sessions.clock.jump(5000);
      const { pings } = client.socket;
      sessions.clock.advance(1);
      if (client.socket.pings > pings) client.pong();
    }
    expect(client.closeCode).toBeUndefined();
  });
});
