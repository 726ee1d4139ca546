/** A run as a saturating server would give it: six load levels, the last two over what it can do. Always the same. */
import type {
  BenchPoint,
  BenchRun,
  EventClass,
  LatencyCurve,
  LatencySummary,
  Series,
} from '../../../load/report/bench-run.js';

const capacityPerS = 46_000;
const seconds = 30;
const loadsPerS = [5_000, 10_000, 20_000, 40_000, 48_000, 60_000];

/** The run, with what a test wants to be different. */
export function sampleRun(changes: Partial<BenchRun> = {}): BenchRun {
  return {
    format: 'sluice-bench/1',
    scenario: 'steady-load',
    target: 'sluice',
    startedAt: '2026-11-30T07:24:29.602Z',
    durationMs: 186_400,
    seed: 4242,
    command: 'sluice bench steady-load --rates 5000,10000,20000,40000,48000,60000 --arrivals poisson --seed 4242',
    settings: {
      connections: 200,
      encoding: 'json',
      arrivals: 'poisson',
      payloadBytes: 128,
      deadlineMs: 250,
      isTls: false,
    },
    machine: { cpu: 'Intel(R) Xeon(R) Processor', cores: 2, node: 'v20.20.2', kernel: '6.18.44', isPinned: true },
    points: loadsPerS.map((load, at) => samplePoint(load, at)),
    verdict: { kind: 'ok', seed: 4242, counts: {}, findings: [], checked: 5_210_344 },
    invalid: [],
    ...changes,
  };
}

/** The same scenario at another server: a quarter more capacity is claimed by its figures, two levels have other names. */
export function otherRun(): BenchRun {
  const points = loadsPerS.slice(1).map((load, at) => samplePoint(load, at + 20, 1.25));
  return sampleRun({
    target: 'uws-json',
    startedAt: '2026-11-30T08:02:11.000Z',
    settings: {
      connections: 400,
      encoding: 'json',
      arrivals: 'poisson',
      payloadBytes: 128,
      deadlineMs: 250,
      isTls: false,
    },
    points: [...points, samplePoint(80_000, 30, 1.25)],
  });
}

/** One load level. `speed` multiplies what the server can do. */
export function samplePoint(offeredPerS: number, seed: number, speed = 1): BenchPoint {
  const random = randomNumbers(seed + 1);
  const use = offeredPerS / (capacityPerS * speed);
  const donePerS = use > 1 ? capacityPerS * speed * (0.995 + random() * 0.005) : offeredPerS;
  const sent = offeredPerS * seconds;
  const ok = Math.round(donePerS * seconds);
  const unanswered = use > 1 ? 212 : 0;
  const refused = sent - ok - unanswered;
  const late = Math.round(refused * 0.1);
  const curve = sampleCurve(use, random);
  const latency = summaryOf(curve.percentiles, curve.latencyMs, ok);
  return {
    label: `${offeredPerS.toLocaleString('en-US')}/s`,
    offeredPerS,
    sent,
    ok,
    failed: refused > 0 ? { 'resource_exhausted/credit': refused - late, deadline_exceeded: late } : {},
    unanswered,
    donePerS,
    goodputPerS: donePerS * (use > 1 ? 0.82 : 1),
    latency,
    service: summaryOf(curve.percentiles, curve.serviceMs, ok),
    curve,
    series: sampleSeries({ offeredPerS, donePerS, latency }, random),
    classes: [sampleClass('normal', 0.9, { ok, latency }), sampleClass('high', 0.1, { ok, latency })],
    generator: {
      cpuShare: Math.min(0.97, offeredPerS / 80_000),
      lagP99Ms: 0.08 + offeredPerS / 90_000,
      isBottleneck: false,
    },
    server: { cpuUsPerEvent: (14 + 6 / (0.2 + use)) / speed, rssBytesMax: 78e6 + offeredPerS * 900 },
  };
}

function sampleCurve(use: number, random: () => number): LatencyCurve {
  const percentiles = [0];
  for (let nines = 0; nines < 5; nines += 1) {
    for (let part = 0; part < 20; part += 1) percentiles.push(100 - 10 ** (2 - nines - (part + 1) / 20));
  }
  const rarity = percentiles.map((percentile) => Math.log10(100 / (100 - percentile)));
  const wait = use > 1 ? 180 * (use - 0.9) : 0.4 / (1 - use * 0.98);
  const serviceMs = rarity.map((nines) => 0.18 * (1 + nines ** 1.8) * (1 + random() * 0.01));
  const latencyMs = serviceMs.map(
    (service, at) => service + wait * 0.06 * ((rarity[at] ?? 0) ** 2 + (use > 1 ? 4 : 0)),
  );
  return { percentiles, latencyMs: rising(latencyMs), serviceMs: rising(serviceMs) };
}

function sampleSeries(
  { offeredPerS, donePerS, latency }: Pick<BenchPoint, 'offeredPerS' | 'donePerS' | 'latency'>,
  random: () => number,
): Series {
  const atMs = Array.from({ length: seconds }, (_, at) => (at + 1) * 1000);
  const around = (value: number, spread: number): number[] => atMs.map(() => value * (1 + (random() - 0.5) * spread));
  const slow = (values: number[]): number[] => values.map((value, at) => (at % 11 === 7 ? value * 2.5 : value));
  return {
    atMs,
    offeredPerS: around(offeredPerS, 0.02),
    donePerS: around(donePerS, 0.03),
    p50Ms: around(latency.p50Ms, 0.2),
    p99Ms: slow(around(latency.p99Ms, 0.5)),
  };
}

function sampleClass(name: string, share: number, { ok, latency }: Pick<BenchPoint, 'ok' | 'latency'>): EventClass {
  const faster = name === 'high' ? 0.6 : 1;
  return {
    name,
    sent: Math.round(ok * share),
    ok: Math.round(ok * share),
    donePerS: (ok * share) / seconds,
    latency: {
      count: Math.round(latency.count * share),
      meanMs: latency.meanMs * faster,
      p50Ms: latency.p50Ms * faster,
      p90Ms: latency.p90Ms * faster,
      p99Ms: latency.p99Ms * faster,
      p999Ms: latency.p999Ms * faster,
      maxMs: latency.maxMs * faster,
    },
  };
}

function summaryOf(percentiles: readonly number[], values: readonly number[], count: number): LatencySummary {
  const at = (percentile: number): number => values[percentiles.findIndex((each) => each >= percentile - 1e-9)] ?? 0;
  const p50Ms = at(50);
  return {
    count,
    meanMs: p50Ms * 1.2,
    p50Ms,
    p90Ms: at(90),
    p99Ms: at(99),
    p999Ms: at(99.9),
    maxMs: (values.at(-1) ?? 0) * 1.3,
  };
}

function rising(values: readonly number[]): number[] {
  let highest = 0;
  return values.map((value) => {
    highest = Math.max(highest, value);
    return highest;
  });
}

/** Numbers from 0 to 1 by a linear congruence (Numerical Recipes, 1992). */
function randomNumbers(seed: number): () => number {
  let state = seed * 2_654_435_761;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
