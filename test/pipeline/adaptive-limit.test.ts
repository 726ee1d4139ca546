/** The adaptive limit before simulated backends, whose right limit is known: as many slots as they have places. */
import { describe, expect, it } from 'vitest';
import { AdaptiveLimit, type AdaptiveLimitOptions } from '../../src/pipeline/adaptive-limit.js';
import { type Kind, type Noise, SimulatedBackend } from '../support/simulated-backend.js';

const defaults: AdaptiveLimitOptions = {
  min: 2,
  max: 1000,
  windowMs: 100,
  samplesMin: 16,
  tolerancePercent: 5,
  growthPercent: 5,
  probeEveryMs: 5000,
};

interface Setting {
  readonly places: number;
  readonly serviceMs: number;
  readonly noise?: Noise;
  readonly isShared?: boolean;
  readonly seed?: number;
}

interface Observed {
  readonly mean: number;
  readonly least: number;
  readonly most: number;
  /** Part of the time that the places of the backend were in use, as far as the mean service time tells. */
  readonly utilisation: number;
}

class Trial {
  readonly limit: AdaptiveLimit;
  readonly backend: SimulatedBackend;

  constructor(setting: Setting, options: Partial<AdaptiveLimitOptions> = {}) {
    this.limit = new AdaptiveLimit({ ...defaults, ...options });
    const { places, serviceMs, seed = 1 } = setting;
    this.backend = new SimulatedBackend(this.limit, { places, kinds: only(serviceMs), seed });
    this.backend.noise = setting.noise ?? 'jittery';
    this.backend.isShared = setting.isShared ?? false;
  }

  run(ms: number): Observed {
    const { backend, limit } = this;
    const startMs = backend.nowMs;
    const finishedBefore = backend.finishedCount;
    let [lastMs, slots, sum, least, most] = [startMs, limit.slots, 0, limit.slots, limit.slots];
    const note = (nowMs: number): void => {
      sum += slots * (nowMs - lastMs);
      lastMs = nowMs;
      slots = limit.slots;
      least = Math.min(least, slots);
      most = Math.max(most, slots);
    };
    backend.run(ms, note);
    note(backend.nowMs);
    const work = backend.kinds.reduce((all, kind) => all + kind.share * kind.serviceMs, 0);
    const jitterMs = backend.noise === 'jittery' ? 0.5 : 0;
    const done = backend.finishedCount - finishedBefore;
    return { mean: sum / ms, least, most, utilisation: (done * (work + jitterMs)) / ms / backend.places };
  }

  /** Time until the slots have first been within 15 % of what is right, or one off. */
  settledAfterMs(withinMs: number): number {
    const startMs = this.backend.nowMs;
    let foundMs = Number.POSITIVE_INFINITY;
    this.backend.run(withinMs, (nowMs) => {
      const off = Math.abs(this.limit.slots - this.backend.places);
      if (foundMs > withinMs && off <= Math.max(1, 0.15 * this.backend.places)) foundMs = nowMs - startMs;
    });
    return foundMs;
  }
}

function only(serviceMs: number): readonly Kind[] {
  return [{ route: 1, serviceMs, share: 1 }];
}

function expectNear(mean: number, places: number, part = 0.15): void {
  expect(mean / places).toBeGreaterThan(1 - part);
  expect(mean / places).toBeLessThan(1 + part);
}

const table = [4, 20, 50, 200].flatMap((places) => [2, 20, 200].map((serviceMs) => ({ places, serviceMs })));

describe('with a steady backend, the limit', () => {
  it.each(table)('settles within 15 % of $places places of $serviceMs ms', ({ places, serviceMs }) => {
    for (const isShared of [false, true]) {
      for (const noise of ['none', 'jittery', 'spread'] as const) {
        const trial = new Trial({ places, serviceMs, noise, isShared });
        // Short attempts say as much in less time.
        const ms = Math.max(3000, Math.min(10_000, 200 * serviceMs));
        trial.run(ms);
        expectNear(trial.run(ms).mean, places);
      }
    }
  });

  it.each([
    { places: 50, serviceMs: 5, part: 0.2 },
    { places: 200, serviceMs: 20, part: 0.2 },
    { places: 20, serviceMs: 20, part: 0.4 },
    { places: 4, serviceMs: 20, part: 0.5 },
  ])('settles within $part of $places places with exponential $serviceMs ms', ({ places, serviceMs, part }) => {
    for (const isShared of [false, true]) {
      const trial = new Trial({ places, serviceMs, noise: 'exponential', isShared });
      trial.run(20_000);
      expectNear(trial.run(60_000).mean, places, part);
    }
  });

  it.each([
    { places: 4, serviceMs: 2, withinMs: 300 },
    { places: 50, serviceMs: 5, withinMs: 800 },
    { places: 200, serviceMs: 20, withinMs: 1000 },
    { places: 20, serviceMs: 200, withinMs: 4000 },
    { places: 200, serviceMs: 200, withinMs: 4000 },
  ])('gets from 2 to $places within $withinMs ms', ({ places, serviceMs, withinMs }) => {
    expect(new Trial({ places, serviceMs }).settledAfterMs(10_000)).toBeLessThan(withinMs);
  });

  it.each([
    { places: 20, serviceMs: 20, noise: 'spread' as const },
    { places: 40, serviceMs: 20, noise: 'jittery' as const },
    { places: 8, serviceMs: 50, noise: 'spread' as const },
  ])('does not drift in ten minutes of overload: $places places, $serviceMs ms, $noise', (setting) => {
    const { places, serviceMs, noise } = setting;
    const trial = new Trial(setting);
    trial.run(5000);
    for (let at = 0; at < 120; at += 1) {
      const seen = trial.run(5000);
      expectNear(seen.mean, places);
      expect(seen.most).toBeLessThanOrEqual(Math.max(places + 2, 1.3 * places));
      expect(seen.least).toBeGreaterThanOrEqual(Math.floor(0.6 * places));
    }
    expectNear(trial.limit.baselineMs(1), serviceMs + (noise === 'jittery' ? 0.5 : 0), 0.1);
  });

  it('keeps nearly all of the throughput, probes and all', () => {
    const trial = new Trial({ places: 50, serviceMs: 20 });
    trial.run(5000);
    expect(trial.run(30_000).utilisation).toBeGreaterThan(0.95);
  });

  it('stays where it is when it may not move', () => {
    const trial = new Trial({ places: 20, serviceMs: 20 }, { min: 30, max: 30 });
    expect(trial.run(10_000)).toMatchObject({ least: 30, most: 30 });
  });
});

describe('when the backend changes, the limit', () => {
  it.each([
    { places: 20, from: 2, to: 20 },
    { places: 100, from: 2, to: 20 },
    { places: 20, from: 20, to: 200 },
    { places: 100, from: 20, to: 200 },
    { places: 100, from: 20, to: 2 },
    { places: 20, from: 200, to: 20 },
    { places: 200, from: 200, to: 20 },
  ])('is back 2.5 s after latency went from $from to $to ms ($places places)', ({ places, from, to }) => {
    const trial = new Trial({ places, serviceMs: from, noise: 'spread' });
    trial.run(20_000);
    trial.backend.kinds = only(to);
    trial.run(2500);
    const after = trial.run(5000);
    expectNear(after.mean, places);
    expect(after.utilisation).toBeGreaterThan(0.8);
  });

  it('is not led down by latency that rose by less', () => {
    const trial = new Trial({ places: 100, serviceMs: 20, noise: 'spread' });
    trial.run(20_000);
    trial.backend.kinds = only(26);
    trial.run(2000);
    expectNear(trial.run(5000).mean, 100);
  });

  it.each([
    { from: 20, to: 80, serviceMs: 20 },
    { from: 100, to: 400, serviceMs: 2 },
    { from: 80, to: 20, serviceMs: 20 },
    { from: 400, to: 100, serviceMs: 20 },
    { from: 16, to: 4, serviceMs: 20 },
    { from: 20, to: 200, serviceMs: 20 },
  ])('follows from $from to $to places within 3 s', ({ from, to, serviceMs }) => {
    for (const isShared of [false, true]) {
      const trial = new Trial({ places: from, serviceMs, noise: 'spread', isShared });
      trial.run(20_000);
      trial.backend.places = to;
      trial.run(3000);
      const after = trial.run(1500);
      expectNear(after.mean, to);
      expect(after.utilisation).toBeGreaterThan(0.85);
    }
  });
});

describe('with traffic that says little, the limit', () => {
  it.each([1, 2])('is not moved by 5 % of requests that do nothing, on route %d', (route) => {
    const trial = new Trial({ places: 40, serviceMs: 20, noise: 'spread' });
    trial.run(10_000);
    trial.backend.kinds = [
      { route: 1, serviceMs: 20, share: 0.95 },
      { route, serviceMs: 0.05, share: 0.05 },
    ];
    for (let at = 0; at < 12; at += 1) expectNear(trial.run(5000).mean, 40);
    trial.backend.kinds = only(20);
    for (let at = 0; at < 12; at += 1) expectNear(trial.run(5000).mean, 40);
  });

  it('is not moved by the mix of fast and slow routes', () => {
    const trial = new Trial({ places: 40, serviceMs: 20, noise: 'spread' });
    for (const fast of [0.5, 0.95, 0.1, 0.99, 0.5]) {
      trial.backend.kinds = [
        { route: 1, serviceMs: 1, share: fast },
        { route: 2, serviceMs: 50, share: 1 - fast },
      ];
      trial.run(4000);
      expectNear(trial.run(6000).mean, 40);
    }
  });

  it('is there within 2 s after ten idle minutes', () => {
    const trial = new Trial({ places: 50, serviceMs: 20 });
    trial.run(10_000);
    trial.backend.clients = 0;
    trial.run(600_000);
    trial.backend.clients = Number.MAX_SAFE_INTEGER;
    trial.run(2000);
    expectNear(trial.run(3000).mean, 50);
  });

  it.each([1, 2])('is there within 2 s after ten minutes with a trickle of no-ops on route %d', (route) => {
    const trial = new Trial({ places: 50, serviceMs: 20 });
    trial.run(10_000);
    Object.assign(trial.backend, { clients: 1, thinkMs: 100, noise: 'spread' });
    trial.backend.kinds = [{ route, serviceMs: 0.05, share: 1 }];
    trial.run(1000);
    const idle = trial.run(600_000);
    expect(idle.most).toBe(idle.least);
    Object.assign(trial.backend, { clients: Number.MAX_SAFE_INTEGER, thinkMs: 0, kinds: only(20) });
    trial.run(2000);
    expectNear(trial.run(3000).mean, 50);
  });

  it('does not grow while its slots are not used', () => {
    const trial = new Trial({ places: 50, serviceMs: 20 }, { min: 10 });
    trial.backend.clients = 5;
    expect(trial.run(60_000)).toMatchObject({ least: 10, most: 10 });
  });
});
