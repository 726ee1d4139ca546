import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CreditLedger, type CreditLedgerOptions } from '../../src/admission/credit-ledger.js';
import type { CreditAdvice, CreditWindow } from '../../src/model/credit-window.js';

const options: CreditLedgerOptions = {
  capacity: 1000,
  initial: 64,
  min: 1,
  max: 512,
  idleMs: 10_000,
  longIdleMs: 30_000,
  graceMs: 5000,
  newcomersPercent: 25,
  roundTripMs: 250,
  now: () => 0,
};

/** Nothing speaks against more credit. */
const free: CreditAdvice = { mayGrow: true, scale: 1, share: 1 };
/** As much waits as should. */
const full: CreditAdvice = { mayGrow: false, scale: 1, share: 1 };

/** What the ledger should say, summed up from the windows themselves. */
function outstanding(windows: readonly CreditWindow[]): number {
  return windows.reduce((sum, window) => sum + Math.max(window.max, window.honoured, window.sent) - window.finished, 0);
}

describe('the credit ledger', () => {
  it('gives the first session the initial window', () => {
    expect(new CreditLedger(options).open(0)?.max).toBe(64);
  });

  it('gives newcomers less as room fills, and refuses only when nothing is left', () => {
    const ledger = new CreditLedger(options);
    const firsts: number[] = [];
    for (;;) {
      const window = ledger.open(0);
      if (window === undefined) break;
      firsts.push(window.max);
    }
    expect(firsts.slice(1).every((first, i) => first <= (firsts[i] as number))).toBe(true);
    expect(firsts.at(-1)).toBe(1);
    expect(ledger.outstanding).toBe(1000);
  });

  it('lets 10,000 sessions in at once on the default budget', () => {
    const ledger = new CreditLedger({ ...options, capacity: 61_440, max: 1024 });
    for (let i = 0; i < 10_000; i += 1) expect(ledger.open(0)).toBeDefined();
  });

  it('accepts exactly as many events as it told, then refuses', () => {
    const ledger = new CreditLedger(options);
    const window = ledger.open(0) as CreditWindow;
    const accepted = Array.from({ length: 65 }, () => ledger.spend(window));
    expect(accepted.filter(Boolean)).toHaveLength(64);
    expect(accepted[64]).toBe(false);
  });

  it('doubles a window that is in use, up to its maximum', () => {
    const ledger = new CreditLedger(options);
    const window = ledger.open(0) as CreditWindow;
    for (let i = 0; i < 5000; i += 1) {
      while (window.sent < window.max) ledger.spend(window);
      ledger.finish(window, free);
    }
    expect(window.target).toBe(512);
  });

  it('does not grow a window while queues are pressed', () => {
    const ledger = new CreditLedger(options);
    const window = ledger.open(0) as CreditWindow;
    for (let i = 0; i < 1000; i += 1) {
      while (window.sent < window.max) ledger.spend(window);
      ledger.finish(window, full);
    }
    expect(window.target).toBe(64);
  });

  it('lets windows shrink to the part of what is under way that is right, and grow again', () => {
    const ledger = new CreditLedger(options);
    const window = ledger.open(0) as CreditWindow;
    const use = (advice: CreditAdvice, events: number) => {
      for (let i = 0; i < events; i += 1) {
        while (window.sent < window.max) ledger.spend(window);
        ledger.finish(window, advice);
      }
    };
    use(free, 5000);
    expect(window.target).toBe(512);
    // A tenth of what is under way would do: clients are told of no more credit until that is what they have.
    const told = window.max;
    use({ mayGrow: false, scale: 0.1, share: 1 }, 1);
    expect(window.target).toBe(52);
    use(full, 512 - 52 - 1);
    expect(window.max).toBe(told);
    use(full, 100);
    expect(window.max - window.finished).toBeLessThanOrEqual(52);
    use(free, 5000);
    expect(window.target).toBe(512);
  });

  it('leaves a session alone that has no more under way than its share', () => {
    const ledger = new CreditLedger(options);
    const [quiet, noisy] = [ledger.open(0), ledger.open(0)] as [CreditWindow, CreditWindow];
    for (let i = 0; i < 4; i += 1) ledger.spend(quiet);
    for (let i = 0; i < 60; i += 1) ledger.spend(noisy);
    const advice = { mayGrow: false, scale: 0.25, share: 10 };
    ledger.finish(quiet, advice);
    ledger.finish(noisy, advice);
    expect([quiet.target, noisy.target]).toEqual([10, 15]);
  });

  it('takes nearly all back from a session that stays idle, though much is free', () => {
    const ledger = new CreditLedger(options);
    const window = ledger.open(0) as CreditWindow;
    expect(ledger.sweep(window, 10_000)).toBe(false);
    expect(ledger.sweep(window, 29_000)).toBe(false);
    expect(ledger.sweep(window, 30_000)).toBe(true);
    expect(window.max).toBe(1);
  });

  it('shares the default budget between 10,000 busy sessions, and has room for every event inside their credit', () => {
    const ledger = new CreditLedger({ ...options, capacity: 61_440, max: 1024 });
    const windows = Array.from({ length: 10_000 }, () => ledger.open(0) as CreditWindow);
    let underWay = 0;
    let beyondCredit = 0;
    for (let round = 0; round < 20; round += 1) {
      for (const window of windows) {
        while (window.sent < window.max) {
          if (!ledger.spend(window)) beyondCredit += 1;
          underWay += 1;
        }
      }
      expect(underWay).toBeLessThanOrEqual(61_440);
      for (const window of windows) {
        const finishes = window.sent - window.finished;
        for (let i = 0; i < finishes; i += 1) ledger.finish(window, round % 2 === 0 ? free : full);
        underWay -= finishes;
      }
    }
    expect(beyondCredit).toBe(0);
    // However early they came, each can go on.
    expect(windows.every(({ max, sent }) => max > sent)).toBe(true);
  });

  it('raises credit in steps, not with every event', () => {
    const ledger = new CreditLedger(options);
    const window = ledger.open(0) as CreditWindow;
    let frames = 0;
    for (let i = 0; i < 32; i += 1) ledger.spend(window);
    for (let i = 0; i < 10_000; i += 1) {
      if (ledger.finish(window, free)) frames += 1;
      ledger.spend(window);
    }
    expect(frames).toBeLessThan(10_000 / 20);
  });

  it('gives a session that was idle the window of a newcomer again, at its first event', () => {
    const ledger = new CreditLedger(options);
    const window = ledger.open(0) as CreditWindow;
    ledger.sweep(window, 30_000);
    ledger.sweep(window, 35_000);
    expect(ledger.outstanding).toBe(1);
    expect(ledger.spend(window)).toBe(true);
    // 64 of what is free, cubed: nearly all is.
    expect(window.max).toBe(64);
    expect(ledger.outstanding).toBe(outstanding([window]));
    ledger.sweep(window, 36_000);
    expect(ledger.spend(window)).toBe(true);
    expect(window.max).toBe(64);
  });

  it('takes idle credit back only after ten seconds, and honours it for another five', () => {
    const ledger = new CreditLedger(options);
    const others = Array.from({ length: 40 }, () => ledger.open(0));
    expect(others.every((window) => window !== undefined)).toBe(true);
    const window = others[0] as CreditWindow;
    expect(ledger.sweep(window, 9_999)).toBe(false);
    expect(ledger.sweep(window, 10_000)).toBe(true);
    expect(window.max).toBe(1);
    expect(ledger.spend(window)).toBe(true);
    expect(ledger.spend(window)).toBe(true);
    ledger.sweep(window, 15_000);
    while (window.sent < window.max) expect(ledger.spend(window)).toBe(true);
    expect(ledger.spend(window)).toBe(false);
  });

  it('gives a session that wakes up in that time its credit back at once', () => {
    const ledger = new CreditLedger({ ...options, capacity: 100 });
    const window = ledger.open(0) as CreditWindow;
    ledger.sweep(window, 10_000);
    expect(window.max).toBe(1);
    for (let i = 0; i < 64; i += 1) expect(ledger.spend(window)).toBe(true);
    let isTold = false;
    for (let i = 0; i < 64; i += 1) isTold = ledger.finish(window, free) || isTold;
    expect(isTold).toBe(true);
    expect(window.max).toBeGreaterThan(64);
    expect(window.honoured).toBe(0);
  });

  it('never has more outstanding than its capacity, and always knows how much, whatever happens', () => {
    const step = fc.record({
      kind: fc.constantFrom('open', 'spend', 'spend', 'spend', 'finish', 'finish', 'refuse', 'close', 'sweep'),
      pick: fc.nat(1000),
      advice: fc.record({
        mayGrow: fc.boolean(),
        scale: fc.constantFrom(1, 1, 0.9, 0.5, 0.01),
        share: fc.constantFrom(1, 5, 100),
      }),
      elapsedMs: fc.nat(4000),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), fc.integer({ min: 5, max: 300 }), (steps, capacity) => {
        const ledger = new CreditLedger({ ...options, capacity });
        const windows: CreditWindow[] = [];
        let nowMs = 0;
        let refusedUnderWay = 0;
        for (const { kind, pick, advice, elapsedMs } of steps) {
          nowMs += elapsedMs;
          const window = windows[pick % Math.max(1, windows.length)];
          if (kind === 'open') {
            const opened = ledger.open(nowMs);
            if (opened !== undefined) windows.push(opened);
          } else if (window === undefined) continue;
          else if (kind === 'spend' && window.isOpen) {
            if (!ledger.spend(window)) {
              refusedUnderWay += 1;
              ledger.refuse(window);
            }
          } else if (kind === 'finish' && window.finished < window.sent) ledger.finish(window, advice);
          else if (kind === 'refuse' && window.finished < window.sent) ledger.refuse(window);
          else if (kind === 'close') ledger.close(window);
          else if (kind === 'sweep' && window.isOpen) ledger.sweep(window, nowMs);
          expect(ledger.outstanding).toBe(outstanding(windows));
          for (const each of windows) {
            const isIdle = each.isOpen && each.finished === each.sent;
            if (isIdle) expect(each.max).toBeGreaterThan(each.sent);
          }
          expect(ledger.outstanding).toBeLessThanOrEqual(capacity);
        }
        for (const window of windows) {
          ledger.close(window);
          while (window.finished < window.sent) ledger.finish(window, free);
        }
        expect(ledger.outstanding).toBe(0);
        expect(refusedUnderWay).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 500 },
    );
  });
});
