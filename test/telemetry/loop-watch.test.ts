import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Blocked, LoopWatch, type WatchedTurn } from '../../src/telemetry/loop-watch.js';

/** An event loop made by hand: time passes as the test says, and turns end when it says. */
class ByHand implements WatchedTurn {
  nowMs = 5000;
  idleMs = 1000;
  startedMs = 0;
  readonly seen: Blocked[] = [];
  idleReads = 0;
  readonly watch = new LoopWatch({
    turn: this,
    blockedMs: 100,
    onBlocked: (blocked) => this.seen.push(blocked),
    now: () => this.nowMs,
    idleMs: () => {
      this.idleReads += 1;
      return this.idleMs;
    },
  });
  #isAsked = false;
  #turn = 1;

  now(): number {
    if (!this.#isAsked) this.startedMs = this.nowMs;
    this.#isAsked = true;
    return this.#turn;
  }

  work(ms: number): void {
    this.nowMs += ms;
  }

  /** The turn ends, and the event loop waits for something to do. */
  endTurn(waitMs = 0): void {
    this.#isAsked = false;
    this.#turn += 1;
    vi.advanceTimersToNextTimer();
    this.nowMs += waitMs;
    this.idleMs += waitMs;
  }
}

const started: LoopWatch[] = [];

function byHand(): ByHand {
  const loop = new ByHand();
  started.push(loop.watch);
  loop.watch.start();
  return loop;
}

afterEach(() => {
  for (const watch of started.splice(0)) watch.stop();
});

describe('a handler that keeps the event loop busy', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setImmediate', 'clearImmediate'] });
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('is named when its call took more than blockedMs', () => {
    const loop = byHand();
    loop.now();
    loop.work(100);
    loop.watch.mark('fair');
    loop.work(101);
    loop.watch.mark('slow');
    expect(loop.seen).toEqual([{ route: 'slow', ms: 101, leftOut: 0 }]);
  });

  it('is not blamed for the handlers before it in the same turn', () => {
    const loop = byHand();
    loop.now();
    for (let call = 0; call < 50; call += 1) {
      loop.work(10);
      loop.watch.mark(`route.${call}`);
    }
    expect(loop.seen).toEqual([]);
  });

  it('is named with the few others it may have been in a turn of many, and exactly the next time', () => {
    const loop = byHand();
    const busyTurn = (): void => {
      loop.now();
      for (let call = 0; call < 50; call += 1) {
        loop.work(call === 30 ? 150 : 0);
        loop.watch.mark(call === 30 ? 'slow' : `route.${call % 2}`);
      }
      loop.endTurn();
    };
    busyTurn();
    expect(loop.seen[0]?.route?.split(' or ').toSorted()).toEqual(['route.0', 'route.1', 'slow']);
    loop.work(2000);
    loop.endTurn();
    busyTurn();
    expect(loop.seen.at(-1)).toEqual({ route: 'slow', ms: 150, leftOut: 0 });
  });

  it('is named when its turn ends, where nothing was looked at since', () => {
    const loop = byHand();
    loop.now();
    for (let call = 0; call < 6; call += 1) loop.watch.mark('quick');
    loop.work(150);
    loop.watch.mark('slow');
    loop.endTurn();
    expect(loop.seen.map(({ route }) => route)).toEqual(['quick or slow']);
  });

  it('is not blamed for what its turn, or an earlier one, did before anybody asked for the turn', () => {
    const loop = byHand();
    loop.work(300);
    loop.endTurn();
    loop.work(300);
    loop.now();
    loop.work(0.2);
    loop.watch.mark('quick');
    expect(loop.seen).toEqual([]);
  });

  it('is not blamed for the time in which the event loop had nothing to do', () => {
    const loop = byHand();
    loop.watch.mark('one');
    loop.endTurn(60_000);
    loop.watch.mark('two');
    loop.endTurn(60_000);
    loop.now();
    loop.work(50);
    loop.watch.mark('three');
    expect(loop.seen).toEqual([]);
  });

  it('is named when it went on by itself in a turn nobody else asked for', () => {
    const loop = byHand();
    for (let turn = 0; turn < 20; turn += 1) loop.endTurn(3000);
    loop.work(250);
    loop.watch.mark('resumed');
    expect(loop.seen).toEqual([{ route: 'resumed', ms: 250, leftOut: 0 }]);
  });

  it('is not blamed for turns of others that were busy without a mark', () => {
    const loop = byHand();
    for (let turn = 0; turn < 20; turn += 1) {
      loop.work(90);
      loop.endTurn(5);
    }
    loop.work(10);
    loop.watch.mark('resumed');
    expect(loop.seen).toEqual([]);
  });

  it('is named once a second, with the number of times that were left out', () => {
    const loop = byHand();
    for (let call = 0; call < 25; call += 1) {
      loop.now();
      loop.work(200);
      loop.watch.mark('slow');
      loop.endTurn();
    }
    expect(loop.seen.map(({ leftOut }) => leftOut)).toEqual([0, 4, 4, 4, 4]);
  });

  it('is named beside others that are named', () => {
    const loop = byHand();
    loop.now();
    for (const route of ['a', 'b', 'a', 'c']) {
      loop.work(150);
      loop.watch.mark(route);
    }
    expect(loop.seen.map(({ route }) => route)).toEqual(['a', 'b', 'c']);
  });

  it('costs no look at the idle time while marks are close to each other', () => {
    const loop = byHand();
    const { idleReads } = loop;
    for (let call = 0; call < 1000; call += 1) loop.watch.mark('quick');
    expect(loop.idleReads).toBe(idleReads);
  });

  it.each([
    [1023, 1],
    [1024, 0],
  ])('is remembered while %i others are named, with what was left out: %i', (others, leftOut) => {
    const loop = byHand();
    const block = (route: string): void => {
      loop.now();
      loop.work(101);
      loop.watch.mark(route);
      loop.endTurn();
    };
    for (let call = 0; call < 2; call += 1) block('first');
    for (let n = 0; n < others; n += 1) block(`other.${n}`);
    block('first');
    expect(loop.seen.at(-1)).toEqual({ route: 'first', ms: 101, leftOut });
  });

  it('stops, and stamps no more', () => {
    const loop = byHand();
    loop.watch.stop();
    expect(vi.getTimerCount()).toBe(0);
    loop.watch.start();
    loop.watch.start();
    expect(vi.getTimerCount()).toBe(1);
  });
});

describe('a late event loop', () => {
  it('is reported without a route when no mark explains it', () => {
    const loop = byHand();
    loop.watch.lag(100);
    expect(loop.seen).toEqual([]);
    loop.watch.lag(250);
    expect(loop.seen).toEqual([{ route: undefined, ms: 250, leftOut: 0 }]);
    loop.watch.lag(260);
    loop.work(1000);
    loop.watch.lag(270);
    expect(loop.seen[1]).toEqual({ route: undefined, ms: 270, leftOut: 1 });
  });

  it('is not reported again when a handler was named for it', () => {
    const loop = byHand();
    loop.now();
    loop.work(300);
    loop.watch.mark('slow');
    loop.watch.lag(280);
    expect(loop.seen.map(({ route }) => route)).toEqual(['slow']);
    loop.watch.lag(280);
    expect(loop.seen.map(({ route }) => route)).toEqual(['slow', undefined]);
  });

  it('is not reported when many handlers took a little each: that is load, and no block', () => {
    const loop = byHand();
    loop.now();
    for (let call = 0; call < 30; call += 1) {
      loop.work(10);
      loop.watch.mark('busy');
    }
    loop.watch.lag(300);
    expect(loop.seen).toEqual([]);
  });
});

it('names a handler of a real event loop that goes on after something it awaited', async () => {
  const seen: Blocked[] = [];
  const watch = new LoopWatch({
    turn: { now: () => 0, startedMs: Number.MAX_SAFE_INTEGER },
    blockedMs: 30,
    onBlocked: (blocked) => seen.push(blocked),
  });
  started.push(watch);
  watch.start();
  const handler = async (busyMs: number): Promise<void> => {
    await readFile(import.meta.filename);
    for (const untilMs = performance.now() + busyMs; performance.now() < untilMs; );
  };
  await handler(0);
  watch.mark('quick');
  await handler(60);
  watch.mark('slow');
  const slow = seen.find(({ route }) => route === 'slow');
  expect(slow?.ms).toBeGreaterThan(50);
});
