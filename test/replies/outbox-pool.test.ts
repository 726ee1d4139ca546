import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OutboxPool, type PooledOutbox } from '../../src/replies/outbox-pool.js';

/** An outbox that holds what the test says. */
class HeldOutbox implements PooledOutbox {
  pooledBytes = 0;
  isPooled = false;
  closedWith: number | undefined = undefined;
  flushes = 0;
  /** What its socket takes when it is asked. */
  takesBytes = 0;
  readonly #pool: OutboxPool;

  constructor(pool: OutboxPool) {
    this.#pool = pool;
  }

  hold(bytes: number): void {
    this.#pool.hold(this, bytes);
  }

  flush(): void {
    this.flushes += 1;
    const taken = Math.min(this.pooledBytes, this.takesBytes);
    this.takesBytes -= taken;
    this.#pool.hold(this, this.pooledBytes - taken);
  }

  close(code: number): void {
    this.closedWith = code;
    this.#pool.leave(this);
  }
}

function testPool(count: number, bytesMax = 800) {
  const reliefs: (readonly [closed: number, bytes: number])[] = [];
  const pool = new OutboxPool({ bytesMax, onTooMuch: (...relief) => reliefs.push(relief) });
  const outboxes = Array.from({ length: count }, () => new HeldOutbox(pool));
  const closed = (): number[] => outboxes.flatMap(({ closedWith }, i) => (closedWith === undefined ? [] : [i]));
  return { pool, outboxes, reliefs, closed };
}

describe('the pool of outboxes', () => {
  it('adds up what all of them hold, up and down', () => {
    const { pool, outboxes } = testPool(3);
    for (const [i, outbox] of outboxes.entries()) outbox.hold(100 * (i + 1));
    expect(pool.bytes).toBe(600);
    outboxes[2]?.hold(50);
    expect(pool.bytes).toBe(350);
    outboxes[1]?.close(4200);
    expect(pool.bytes).toBe(150);
    for (const outbox of outboxes) pool.leave(outbox);
    expect(pool.bytes).toBe(0);
  });

  it('closes nobody at the bound, and the one that holds most beyond it', () => {
    const { outboxes, closed, reliefs } = testPool(4);
    for (const [i, bytes] of [150, 350, 200, 100].entries()) outboxes[i]?.hold(bytes);
    expect(closed()).toEqual([]);
    outboxes[3]?.hold(101);
    expect(closed()).toEqual([1]);
    expect(outboxes[1]?.closedWith).toBe(4108);
    expect(reliefs).toEqual([[1, 801]]);
  });

  it('closes the next largest ones until seven eighths are left', () => {
    const { pool, outboxes, closed, reliefs } = testPool(20);
    for (const [i, outbox] of outboxes.entries()) outbox.hold(30 + i);
    expect(closed()).toEqual([]);
    outboxes[0]?.hold(60);
    expect(closed()).toEqual([0, 18, 19]);
    expect(pool.bytes).toBe(820 - 60 - 49 - 48);
    expect(reliefs).toEqual([[3, 820]]);
  });

  it('asks a socket first: whose frames are taken then is not slow', () => {
    const { pool, outboxes, closed, reliefs } = testPool(2);
    const [gathering, slow] = outboxes as [HeldOutbox, HeldOutbox];
    gathering.takesBytes = 1000;
    gathering.hold(500);
    slow.hold(301);
    expect(closed()).toEqual([]);
    expect(gathering.flushes).toBe(1);
    expect(pool.bytes).toBe(301);
    expect(reliefs).toEqual([]);
  });

  it('asks again when it was taken in part, and closes it when that does not help', () => {
    const { pool, outboxes, closed } = testPool(2);
    const [first, second] = outboxes as [HeldOutbox, HeldOutbox];
    first.takesBytes = 50;
    second.takesBytes = 50;
    first.hold(500);
    second.hold(400);
    expect(closed()).toEqual([0]);
    expect(pool.bytes).toBe(350);
  });

  it('may close the one that is just being told of', () => {
    const { pool, outboxes, closed } = testPool(2);
    outboxes[0]?.hold(10);
    outboxes[1]?.hold(900);
    expect(closed()).toEqual([1]);
    expect(pool.bytes).toBe(10);
  });

  it('does not ask those that hold nothing any more', () => {
    const { outboxes } = testPool(3);
    outboxes[0]?.hold(100);
    outboxes[0]?.hold(0);
    outboxes[1]?.hold(900);
    expect(outboxes[0]?.flushes).toBe(0);
    expect(outboxes[0]?.isPooled).toBe(false);
    outboxes[0]?.hold(700);
    outboxes[2]?.hold(200);
    expect(outboxes[0]?.closedWith).toBe(4108);
  });

  it('bears that a close makes others hold more, and goes on when a close has thrown', () => {
    const { pool, outboxes, closed } = testPool(3);
    const [first, second, third] = outboxes as [HeldOutbox, HeldOutbox, HeldOutbox];
    const close = first.close.bind(first);
    first.close = (code) => {
      close(code);
      second.hold(750);
    };
    first.hold(500);
    second.hold(250);
    third.hold(60);
    expect(closed()).toEqual([0, 1]);
    expect(pool.bytes).toBe(60);
    second.close = () => {
      throw new Error('broken');
    };
    expect(() => second.hold(1000)).toThrow('broken');
    second.close = HeldOutbox.prototype.close;
    second.hold(1001);
    expect(pool.bytes).toBe(60);
  });

  it('does not close again what the close of another has ended', () => {
    const { pool, outboxes, reliefs } = testPool(3);
    const [first, second, third] = outboxes as [HeldOutbox, HeldOutbox, HeldOutbox];
    const close = first.close.bind(first);
    first.close = (code) => {
      close(code);
      pool.leave(second);
      third.hold(750);
    };
    first.hold(400);
    second.hold(350);
    third.hold(60);
    expect(second.closedWith).toBeUndefined();
    expect(third.closedWith).toBe(4108);
    expect(reliefs).toEqual([[2, 810]]);
  });

  it('looks through its outboxes once in a while only, whatever comes', () => {
    const { outboxes, reliefs } = testPool(1000, 100_000);
    let added = 0;
    for (let round = 0; round < 100; round += 1) {
      for (const outbox of outboxes) {
        outbox.hold(outbox.pooledBytes + 10);
        added += 10;
      }
    }
    expect(reliefs.length).toBeGreaterThan(1);
    expect(reliefs.length).toBeLessThanOrEqual(added / (100_000 / 8));
  });

  it('never holds more than its bound, and closes only what is among the largest', () => {
    const change = fc.tuple(fc.nat(9), fc.nat(300));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
        const { pool, outboxes } = testPool(10);
        for (const [i, bytes] of changes) {
          const held = outboxes.map(({ pooledBytes }) => pooledBytes);
          held[i] = bytes;
          const wasOpen = outboxes.map(({ closedWith }) => closedWith === undefined);
          outboxes[i]?.hold(bytes);
          const kept = outboxes.filter((outbox, n) => wasOpen[n] && outbox.closedWith === undefined);
          const dropped = held.filter((_, n) => wasOpen[n] && outboxes[n]?.closedWith !== undefined);
          const most = Math.max(0, ...kept.map(({ pooledBytes }) => pooledBytes));
          expect(dropped.every((one) => one >= most)).toBe(true);
          expect(pool.bytes).toBe(outboxes.reduce((sum, { pooledBytes }) => sum + pooledBytes, 0));
          expect(pool.bytes).toBeLessThanOrEqual(800);
          for (const outbox of outboxes) outbox.closedWith = undefined;
        }
      }),
      { seed: 43, numRuns: 100 },
    );
  });
});
