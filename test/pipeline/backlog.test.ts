import { describe, expect, it } from 'vitest';
import { Backlog } from '../../src/pipeline/backlog.js';

const options = {
  delayTargetMs: 50,
  delayIntervalMs: 100,
  shrinkPercent: 200,
  rateWindowMs: 100,
  isControlled: true,
};

/** A pipeline of `slots` that finishes `perMs` and has so much waiting, looked at every 10 ms for so long. */
function watched(
  backlog: Backlog,
  { perMs = 1, waiting = 0, slots = 8, flows = 4, areSlotsFree = false, fromMs = 1000, forMs = 1000 },
) {
  let due = 0;
  for (let nowMs = fromMs; nowMs < fromMs + forMs; nowMs += 10) {
    for (due += perMs * 10; due >= 1; due -= 1) backlog.throughput.finished(nowMs);
    if (waiting === 0) backlog.empty();
    else backlog.look({ waiting, busy: areSlotsFree ? 1 : slots, slots, flows }, areSlotsFree, nowMs);
  }
  return fromMs + forMs;
}

describe('the backlog of a pipeline', () => {
  it('lets credit grow while what waits is done in the target, or there is no more than one for each slot', () => {
    const fast = new Backlog(options);
    watched(fast, { perMs: 4, waiting: 150 });
    expect(fast.advice).toMatchObject({ mayGrow: true, scale: 1 });
    const slow = new Backlog(options);
    watched(slow, { perMs: 0.01, waiting: 8 });
    expect(slow.advice).toMatchObject({ mayGrow: true, scale: 1 });
  });

  it('stops growth with the first event over the mark, and allows it again with the first below', () => {
    const backlog = new Backlog(options);
    let nowMs = watched(backlog, { perMs: 1, waiting: 40 });
    const mark = backlog.mark(8);
    expect(mark).toBeGreaterThanOrEqual(45);
    expect(mark).toBeLessThanOrEqual(55);
    nowMs = watched(backlog, { waiting: mark + 1, fromMs: nowMs, forMs: 10 });
    expect(backlog.advice).toMatchObject({ mayGrow: false, scale: 1 });
    watched(backlog, { waiting: mark, fromMs: nowMs, forMs: 10 });
    expect(backlog.advice.mayGrow).toBe(true);
  });

  it('shrinks credit to what is right where twice as much waits as should, each session to its share at most', () => {
    const backlog = new Backlog(options);
    watched(backlog, { perMs: 1, waiting: 492 });
    const mark = backlog.mark(8);
    expect(backlog.advice.scale).toBeCloseTo((8 + mark) / 500, 5);
    expect(backlog.advice.share).toBe(Math.ceil((8 + mark) / 4));
  });

  it('stands when more than the mark has waited all through an interval, and not after a burst', () => {
    const backlog = new Backlog(options);
    let nowMs = watched(backlog, { perMs: 1, waiting: 40 });
    nowMs = watched(backlog, { perMs: 1, waiting: 300, fromMs: nowMs, forMs: 100 });
    expect(backlog.isStanding(nowMs - 10)).toBe(false);
    expect(backlog.isStanding(nowMs + 10)).toBe(true);
    nowMs = watched(backlog, { perMs: 1, waiting: 10, fromMs: nowMs, forMs: 10 });
    expect(backlog.isStanding(nowMs)).toBe(false);
  });

  it('stands, too, when nothing is finished any more', () => {
    const backlog = new Backlog(options);
    const nowMs = watched(backlog, { perMs: 0, waiting: 20, forMs: 200 });
    expect(backlog.isStanding(nowMs)).toBe(true);
  });

  it('does not stand, nor hold credit back, where what waits only waits for its key', () => {
    const backlog = new Backlog(options);
    const nowMs = watched(backlog, { perMs: 0.02, waiting: 60, areSlotsFree: true });
    expect(backlog.isStanding(nowMs)).toBe(false);
    expect(backlog.advice).toMatchObject({ mayGrow: true, scale: 1 });
  });

  it('never stands, and never shrinks credit, where it is not controlled', () => {
    const backlog = new Backlog({ ...options, isControlled: false });
    const nowMs = watched(backlog, { perMs: 1, waiting: 5000 });
    expect(backlog.advice).toMatchObject({ mayGrow: false, scale: 1 });
    expect(backlog.isStanding(nowMs)).toBe(false);
  });

  it('knows a tenfold slower pipeline within a second, and a tenfold faster one', () => {
    const backlog = new Backlog(options);
    let nowMs = watched(backlog, { perMs: 4, waiting: 300 });
    expect(backlog.throughput.perMs).toBeCloseTo(4, 0);
    nowMs = watched(backlog, { perMs: 0.4, waiting: 300, fromMs: nowMs });
    expect(backlog.throughput.perMs).toBeLessThan(0.6);
    watched(backlog, { perMs: 4, waiting: 300, fromMs: nowMs });
    expect(backlog.throughput.perMs).toBeGreaterThan(3.5);
  });

  it('keeps what it knows while little is asked of it', () => {
    const backlog = new Backlog(options);
    const nowMs = watched(backlog, { perMs: 4, waiting: 300 });
    watched(backlog, { perMs: 0.01, waiting: 0, fromMs: nowMs, forMs: 60_000 });
    expect(backlog.throughput.perMs).toBeCloseTo(4, 0);
  });
});
