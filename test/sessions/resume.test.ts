import { describe, expect, it } from 'vitest';
import { defineHandler } from '../../src/index.js';
import { type SentFrame, type TestConnection, TestSessions } from '../support/test-sessions.js';

const echo = defineHandler({ type: 'echo', handle: async ({ data }) => data });
const count = defineHandler({
  type: 'count',
  async *handle({ data }: { data: unknown }) {
    for (let n = 1; n <= (data as number); n += 1) yield n;
  },
});
/** Ends when it is told. */
const held: (() => void)[] = [];
const hold = defineHandler({
  type: 'hold',
  handle: ({ data }) => new Promise((resolve) => held.push(() => resolve(data))),
});

interface Welcome extends SentFrame {
  readonly session: string;
  readonly secret: string;
}

function welcomeOf(connection: TestConnection): Welcome {
  return connection.frames.find(({ op }) => op === 'welcome') as Welcome;
}

async function opened(sessions: TestSessions): Promise<TestConnection> {
  const connection = sessions.connect();
  connection.send({ op: 'hello', resume: true });
  await sessions.settle();
  return connection;
}

async function backAgain(sessions: TestSessions, welcome: Welcome, received: number): Promise<TestConnection> {
  const connection = sessions.connect();
  connection.send({ op: 'hello', resume: { session: welcome.session, secret: welcome.secret, received } });
  await sessions.settle();
  return connection;
}

describe('a session that can be taken up again', () => {
  it('is welcomed with a secret, and its reliable frames are numbered', async () => {
    const sessions = new TestSessions([echo]);
    const connection = await opened(sessions);
    expect(welcomeOf(connection)).toMatchObject({ resumed: false, received: 0, resumeMs: 30_000 });
    connection.send({ op: 'event', id: 1, type: 'echo', data: 'a', ack: true });
    connection.send({ op: 'ping', at: 1 });
    await sessions.settle();
    expect(connection.frames.filter(({ s }) => s !== undefined)).toEqual([
      { op: 'ack', id: 1, s: 1 },
      { op: 'end', id: 1, data: 'a', s: 2 },
    ]);
    expect(connection.frames.find(({ op }) => op === 'pong')).toEqual({ op: 'pong', at: 1 });
  });

  it('goes on where it was, with what its client did not get and what ended meanwhile', async () => {
    const sessions = new TestSessions([echo, hold]);
    const first = await opened(sessions);
    first.send({ op: 'event', id: 1, type: 'echo', data: 'got' });
    first.send({ op: 'event', id: 2, type: 'echo', data: 'lost on the way' });
    first.send({ op: 'event', id: 3, type: 'hold', data: 'later' });
    await sessions.settle();
    first.vanish();
    expect({ here: sessions.size, away: sessions.away }).toEqual({ here: 0, away: 1 });
    for (const end of held.splice(0)) end();
    await sessions.settle();
    const second = await backAgain(sessions, welcomeOf(first), 1);
    expect(welcomeOf(second)).toMatchObject({ resumed: true, received: 3, session: welcomeOf(first).session });
    expect(second.frames.filter(({ s }) => s !== undefined)).toEqual([
      { op: 'end', id: 2, data: 'lost on the way', s: 2 },
      { op: 'end', id: 3, data: 'later', s: 3 },
    ]);
    second.send({ op: 'event', id: 1, type: 'echo', data: 'again' });
    await sessions.settle();
    expect(second.frames.at(-1)).toMatchObject({ op: 'end', id: 1, s: 4 });
    expect({ here: sessions.size, away: sessions.away }).toEqual({ here: 1, away: 0 });
  });

  it('holds its streams while nobody is there, and loses none of their items', async () => {
    const sessions = new TestSessions([count]);
    const first = await opened(sessions);
    first.send({ op: 'event', id: 1, type: 'count', data: 100, credit: 10 });
    await sessions.settle();
    first.vanish();
    await sessions.settle();
    const second = await backAgain(sessions, welcomeOf(first), 4);
    second.send({ op: 'pull', id: 1, max: 1000 });
    await sessions.settle();
    const items = second.frames.filter(({ op }) => op === 'item').map(({ n }) => n);
    expect(items).toEqual(Array.from({ length: 96 }, (_, i) => i + 5));
    expect(second.frames.at(-1)).toMatchObject({ op: 'end', n: 100, s: 101 });
  });

  it('is taken over from a socket that is open still, which is closed', async () => {
    const sessions = new TestSessions([echo]);
    const first = await opened(sessions);
    const second = await backAgain(sessions, welcomeOf(first), 0);
    expect(first.closeCode).toBe(4009);
    expect(welcomeOf(second).resumed).toBe(true);
    second.send([{ op: 'event', id: 1, type: 'echo' }]);
    await sessions.settle();
    expect(second.frames.at(-1)).toMatchObject({ op: 'end', id: 1, s: 1 });
    expect({ here: sessions.size, away: sessions.away }).toEqual({ here: 1, away: 0 });
  });

  it.each([
    ['another secret', (welcome: Welcome) => ({ ...welcome, secret: 'x'.repeat(24) }), 0],
    ['a session nobody knows', (welcome: Welcome) => ({ ...welcome, session: 's_unknown' }), 0],
    ['more received than was sent', (welcome: Welcome) => welcome, 99],
  ] as const)('is not resumed with %s: a new one begins, with nothing of the old', async (_what, change, received) => {
    const sessions = new TestSessions([echo]);
    const first = await opened(sessions);
    first.send({ op: 'event', id: 1, type: 'echo' });
    await sessions.settle();
    first.vanish();
    const second = await backAgain(sessions, change(welcomeOf(first)), received);
    expect(second.frames).toHaveLength(1);
    expect(welcomeOf(second)).toMatchObject({ resumed: false, received: 0, resumeMs: 30_000 });
    expect(welcomeOf(second).session).not.toBe(welcomeOf(first).session);
    // The old one is not harmed by the attempt.
    const third = await backAgain(sessions, welcomeOf(first), 0);
    expect(welcomeOf(third).resumed).toBe(true);
  });

  it('ends when its time is over, with the events nobody waits for', async () => {
    const sessions = new TestSessions([hold], { resume: { ms: 5000 } });
    const first = await opened(sessions);
    first.send({ op: 'event', id: 1, type: 'hold' });
    await sessions.settle();
    first.vanish();
    sessions.clock.advance(4000);
    expect(sessions.away).toBe(1);
    sessions.clock.advance(2000);
    await sessions.settle();
    expect(sessions.away).toBe(0);
    expect(sessions.counters.failedBy.get('cancelled')).toBe(1);
    held.length = 0;
    const second = await backAgain(sessions, welcomeOf(first), 0);
    expect(welcomeOf(second).resumed).toBe(false);
  });

  it('gives way to those who are here, when there is no room for another', async () => {
    const sessions = new TestSessions([], { budget: { items: 4, reserve: 1 }, window: { initial: 1, max: 1 } });
    const first = await opened(sessions);
    first.vanish();
    const others = [await opened(sessions), await opened(sessions), await opened(sessions)];
    expect(others.map(({ closeCode }) => closeCode)).toEqual([undefined, undefined, undefined]);
    expect({ here: sessions.size, away: sessions.away }).toEqual({ here: 3, away: 0 });
  });
});

describe('a session that cannot be taken up again', () => {
  it('has neither numbers nor a secret, and ends with its socket', async () => {
    const sessions = new TestSessions([echo]);
    const connection = await sessions.welcomed();
    connection.send({ op: 'event', id: 1, type: 'echo' });
    await sessions.settle();
    expect(welcomeOf(connection)).toMatchObject({ resumeMs: 0 });
    expect(welcomeOf(connection)).not.toHaveProperty('secret');
    expect(connection.frames.at(-1)).not.toHaveProperty('s');
    connection.vanish();
    expect({ here: sessions.size, away: sessions.away }).toEqual({ here: 0, away: 0 });
  });

  it('is what the gateway gives where it keeps none', async () => {
    const sessions = new TestSessions([echo], { resume: { ms: 0 } });
    const connection = await opened(sessions);
    expect(welcomeOf(connection)).toMatchObject({ resumed: false, resumeMs: 0 });
  });
});

describe('topics of a session that is taken up again', () => {
  /** Three messages, a mark behind them and what answers it, two more, and the connection is lost. */
  async function comesAgain(answer: (sessions: TestSessions, client: TestConnection) => void): Promise<unknown[]> {
    const sessions = new TestSessions([]);
    const first = await opened(sessions);
    first.send({ op: 'subscribe', id: 1, topic: 'news' });
    await sessions.settle();
    for (let n = 1; n <= 3; n += 1) await sessions.publish('news', n);
    await sessions.settle();
    sessions.clock.advance(1000);
    await sessions.settle();
    expect(first.frames.at(-1)).toEqual({ op: 'ping', at: first.socket.mark });
    answer(sessions, first);
    for (let n = 4; n <= 5; n += 1) await sessions.publish('news', n);
    await sessions.settle();
    expect(first.frames.filter(({ op }) => op === 'message')).toHaveLength(5);
    first.vanish();
    await sessions.publish('news', 6);
    const second = await backAgain(sessions, welcomeOf(first), 1);
    const again = second.frames.filter(({ op }) => op === 'message').map(({ offset }) => offset);
    sessions.clock.advance(1000);
    await sessions.publish('news', 7);
    await sessions.settle();
    expect(second.frames.findLast(({ op }) => op === 'message')).toMatchObject({ offset: 7, data: 7 });
    return again;
  }

  it('go on behind what is known to have arrived: a pong says so', async () => {
    const again = await comesAgain((_, client) => client.send({ op: 'pong', at: client.socket.mark }));
    expect(again).toEqual([4, 5, 6]);
  });

  it('go on behind what has arrived at the socket of a client that answers no ping, a second later', async () => {
    const atOnce = await comesAgain((_, client) => client.pong());
    expect(atOnce).toEqual([1, 2, 3, 4, 5, 6]);
    const later = await comesAgain((sessions, client) => {
      client.pong();
      sessions.clock.advance(1000);
    });
    expect(later).toEqual([4, 5, 6]);
  });

  it('wait for the pong of a client that has given one: its socket may answer for a page that has seen nothing', async () => {
    const sessions = new TestSessions([]);
    const first = await opened(sessions);
    first.send({ op: 'subscribe', id: 1, topic: 'news' });
    await sessions.settle();
    for (let n = 1; n <= 2; n += 1) {
      await sessions.publish('news', n);
      await sessions.settle();
      sessions.clock.advance(1000);
      await sessions.settle();
      if (n === 1) first.send({ op: 'pong', at: first.socket.mark });
      first.pong();
      sessions.clock.advance(3000);
    }
    first.vanish();
    const second = await backAgain(sessions, welcomeOf(first), 1);
    expect(second.frames.filter(({ op }) => op === 'message').map(({ offset }) => offset)).toEqual([2]);
  });

  it('do not outlive a session that their very opening ends', async () => {
    const sessions = new TestSessions([echo], { session: { outboxBytesMax: 2000 }, reply: { bytesMax: 1000 } });
    const connection = await sessions.welcomed();
    connection.socket.takesBytes = false;
    connection.send({ op: 'event', id: 1, type: 'echo', data: 'x'.repeat(900) });
    connection.send({ op: 'event', id: 2, type: 'echo', data: 'x'.repeat(900) });
    await sessions.settle();
    connection.send({ op: 'subscribe', id: 3, topic: 'x'.repeat(200) });
    connection.send({ op: 'subscribe', id: 4, topic: 'y'.repeat(200) });
    await sessions.settle();
    expect(connection.closeCode).toBe(4108);
    expect(sessions.subscriptions).toBe(0);
  });

  it('are not asked about when nothing was delivered', async () => {
    const sessions = new TestSessions([]);
    const first = await opened(sessions);
    first.send({ op: 'subscribe', id: 1, topic: 'news' });
    await sessions.settle();
    for (let round = 0; round < 5; round += 1) sessions.clock.advance(1000);
    expect(first.socket.pings).toBe(0);
  });
});
