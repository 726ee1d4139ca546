import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pressure, type PressureOptions, type PressureReadings, stageNames } from '../../src/admission/pressure.js';

const everyMs = 50;
const options: PressureOptions = {
  riseMs: 200,
  fallMs: 1000,
  utilisationPercent: 90,
  lagMs: 100,
  lagMsMax: 1000,
  heapPercent: 70,
  heapPercentMax: 95,
  bytesPercent: 50,
  bytesPercentMax: 90,
};
const calm: PressureReadings = { utilisation: 0.3, lagMs: 1, heap: 0.2, bytes: 0 };
/** Stage → bytes in use that call for it, with room on both sides. */
const bytesFor = [0, 0.55, 0.65, 0.75, 0.85, 0.95];

/** A process that is looked at every 50 ms. */
function watched(changed: Partial<PressureOptions> = {}) {
  const pressure = new Pressure({ ...options, ...changed });
  let nowMs = 0;
  const changes: { readonly atMs: number; readonly stage: number }[] = [];
  /** Looks for so long, and sees the same each time. */
  const see = (readings: Partial<PressureReadings>, forMs: number): number => {
    for (const untilMs = nowMs + forMs; nowMs < untilMs; ) {
      nowMs += everyMs;
      const before = pressure.stage;
      const hasChanged = pressure.update({ ...calm, ...readings }, nowMs);
      expect(hasChanged).toBe(pressure.stage !== before);
      if (hasChanged) changes.push({ atMs: nowMs, stage: pressure.stage });
    }
    return pressure.stage;
  };
  return { pressure, see, changes };
}

describe('the stage of pressure', () => {
  it('is 0 while nothing is too much, however long', () => {
    const { see, changes } = watched();
    expect(see({ utilisation: 0.89, lagMs: 5000, heap: 0.699, bytes: 0.499 }, 60_000)).toBe(0);
    expect(changes).toEqual([]);
  });

  it.each([
    ['lag', [99, 100, 324, 325, 549, 550, 774, 775, 999, 1000, 9999].map((lagMs) => ({ lagMs, utilisation: 1 }))],
    ['heap', [69.9, 70, 76.2, 76.25, 82.4, 82.5, 88.7, 88.75, 94.9, 95, 99].map((heap) => ({ heap: heap / 100 }))],
    ['bytes', [49.9, 50, 59.9, 60, 69.9, 70, 79.9, 80, 89.9, 90, 100].map((bytes) => ({ bytes: bytes / 100 }))],
  ])('begins at equal steps of the %s between its start and its max', (_, steps) => {
    const stages = steps.map((readings) => watched().see(readings, 10_000));
    expect(stages).toEqual([0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
  });

  it('rises by one stage after each riseMs, up to the one that is called for', () => {
    const { see, changes } = watched();
    see({ bytes: 0.75 }, 5000);
    expect(changes).toEqual([
      { atMs: 250, stage: 1 },
      { atMs: 450, stage: 2 },
      { atMs: 650, stage: 3 },
    ]);
  });

  it('rises by single stages to the last one for a late event loop, which may come round again', () => {
    const { see, changes } = watched();
    see({ utilisation: 1, lagMs: 3000 }, 5000);
    expect(changes.map(({ stage }) => stage)).toEqual([1, 2, 3, 4, 5]);
    expect(changes[4]?.atMs).toBe(1050);
  });

  it.each([{ heap: 0.95 }, { bytes: 0.9 }])('goes to the last stage at once when %o has lasted for riseMs', (full) => {
    const { see, changes } = watched();
    see(full, 5000);
    expect(changes).toEqual([{ atMs: 250, stage: 5 }]);
  });

  it('waits for riseMs in which the heap was full: before that it only goes on by single stages', () => {
    const { see, changes } = watched();
    see({ heap: 0.8 }, 200);
    see({ heap: 0.96 }, 5000);
    expect(changes).toEqual([
      { atMs: 250, stage: 1 },
      { atMs: 450, stage: 5 },
    ]);
  });

  it('does not rise for what is over in less than riseMs, again and again', () => {
    const { see, changes } = watched();
    for (let round = 0; round < 100; round += 1) {
      see({ bytes: 1, heap: 1, utilisation: 1, lagMs: 5000 }, 200);
      see({}, 50);
    }
    expect(changes).toEqual([]);
  });

  it('does not count one long block of an event loop that is idle otherwise', () => {
    const { pressure, see } = watched();
    see({}, 1000);
    pressure.update({ ...calm, utilisation: 1, lagMs: 2500 }, 3500);
    expect(see({ lagMs: 0 }, 1000)).toBe(0);
  });

  it('rises and falls with the first look where the times are 0, by a stage each', () => {
    const { see, changes } = watched({ riseMs: 0, fallMs: 0 });
    see({ bytes: 0.65 }, 100);
    see({}, 100);
    expect(changes.map(({ atMs, stage }) => [atMs, stage])).toEqual([
      [50, 1],
      [100, 2],
      [150, 1],
      [200, 0],
    ]);
  });

  it('falls by one stage after each fallMs, all the way back', () => {
    const { see, changes } = watched();
    see({ bytes: 1 }, 1000);
    changes.length = 0;
    see({}, 10_000);
    expect(changes).toEqual([
      { atMs: 2050, stage: 4 },
      { atMs: 3050, stage: 3 },
      { atMs: 4050, stage: 2 },
      { atMs: 5050, stage: 1 },
      { atMs: 6050, stage: 0 },
    ]);
  });

  it.each([
    [1, 0],
    [2, 1],
    [3, 1],
    [3, 2],
    [4, 3],
    [5, 2],
    [5, 4],
  ])('falls from %i to the %i that is called for, and no further', (from, to) => {
    const { pressure, see } = watched();
    expect(see({ bytes: bytesFor[from] as number }, 2000)).toBe(from);
    expect(see({ bytes: bytesFor[to] as number }, 20_000)).toBe(to);
    expect(pressure.signal).toBe('bytes');
  });

  it('does not fall for what is better for less than fallMs, again and again', () => {
    const { see, changes } = watched();
    see({ heap: 0.9 }, 1000);
    changes.length = 0;
    for (let round = 0; round < 50; round += 1) {
      see({}, 1000);
      see({ heap: 0.9 }, 100);
    }
    expect(changes).toEqual([]);
  });

  it('falls only when a signal is clearly below where the stage began', () => {
    const { see } = watched();
    see({ bytes: 0.71 }, 2000);
    expect(see({ bytes: 0.6601 }, 20_000)).toBe(3);
    expect(see({ bytes: 0.6599 }, 20_000)).toBe(2);
  });

  it('has a way back from a wide range over a low start', () => {
    const { see } = watched({ lagMs: 10, lagMsMax: 10_000 });
    expect(see({ utilisation: 1, lagMs: 20 }, 1000)).toBe(1);
    expect(see({ utilisation: 1, lagMs: 8 }, 20_000)).toBe(1);
    expect(see({ utilisation: 1, lagMs: 7 }, 2000)).toBe(0);
  });

  it('falls when the event loop has idle time again, late as it may be', () => {
    const { see } = watched();
    expect(see({ utilisation: 1, lagMs: 1000 }, 2000)).toBe(5);
    expect(see({ utilisation: 0.8, lagMs: 1000 }, 10_000)).toBe(0);
  });

  it('changes rarely while a signal wavers about a border', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.68, max: 0.72, noNaN: true }), { minLength: 400 }), (bytes) => {
        const { see, changes } = watched();
        for (const part of bytes) see({ bytes: part }, everyMs);
        // Up to the border, and once over it: never back.
        expect(changes.map(({ stage }) => stage)).toEqual([1, 2, 3].slice(0, changes.length));
      }),
      { seed: 41, numRuns: 30 },
    );
  });

  it('never moves by more than its times allow, nor farther than it was called to', () => {
    const reading = fc.record({
      utilisation: fc.double({ min: 0, max: 1, noNaN: true }),
      lagMs: fc.integer({ min: 0, max: 2000 }),
      heap: fc.double({ min: 0, max: 1, noNaN: true }),
      bytes: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    const looks = fc.record({ reading, forMs: fc.integer({ min: 50, max: 2500 }) });
    fc.assert(
      fc.property(fc.array(looks, { maxLength: 40 }), (all) => {
        const { see, changes } = watched();
        for (const { reading: readings, forMs } of all) see(readings, forMs);
        let before = { atMs: 0, stage: 0 };
        for (const change of changes) {
          const isRise = change.stage > before.stage;
          expect(change.atMs - before.atMs).toBeGreaterThanOrEqual(isRise ? options.riseMs : options.fallMs);
          if (!isRise) expect(change.stage).toBe(before.stage - 1);
          else if (change.stage !== 5) expect(change.stage).toBe(before.stage + 1);
          before = change;
        }
        expect(see({}, 6000)).toBe(0);
      }),
      { seed: 42, numRuns: 100 },
    );
  });

  it('says which signal called for it, and keeps to it while falling', () => {
    const { pressure, see } = watched();
    see({ utilisation: 1, lagMs: 600, bytes: 0.6 }, 2000);
    expect(pressure.signal).toBe('loop');
    see({ heap: 0.9, utilisation: 1, lagMs: 600 }, 2000);
    expect(pressure.signal).toBe('heap');
    see({ heap: 0.8, bytes: 0.75 }, 500);
    expect([pressure.stage, pressure.signal]).toEqual([4, 'heap']);
    see({ heap: 0.8, bytes: 0.75 }, 2000);
    expect([pressure.stage, pressure.signal]).toEqual([3, 'bytes']);
    see({}, 10_000);
    expect([pressure.stage, pressure.signal]).toEqual([0, 'bytes']);
  });

  it('has a word for each stage', () => {
    expect(new Set(stageNames).size).toBe(6);
  });
});
