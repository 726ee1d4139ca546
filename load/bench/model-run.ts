/**
 * The queueing model beside the running gateway: a pipeline of a few slots, handlers of known service time, Poisson
 * arrivals at rising utilisation. What is predicted uses the rate and the service time as they turned out, and no other
 * figure of the run.
 */
import * as hdr from 'hdr-histogram-js';
import { type Prediction, predict, type ServiceKind } from '../model/predict.js';
import type { BenchAnswer } from './bench-loop.js';
import type { BenchOrder } from './bench-order.js';
import { runWorkers } from './bench-workers.js';
import { histogram } from './latency-recorder.js';
import { QueueSampler } from './queue-sampler.js';
import { type Target, withTarget } from './target.js';

export interface ModelOptions {
  readonly slots: number;
  readonly service: ServiceKind;
  readonly serviceMs: number;
  readonly utilisations: readonly number[];
  /** Events of each level. */
  readonly events: number;
  readonly seed: number;
}

/** Prediction and measurement at one utilisation. Times are milliseconds. */
export interface ModelRow {
  readonly utilisation: number;
  readonly ratePerS: number;
  readonly serviceMs: number;
  readonly events: number;
  readonly predicted: Prediction;
  readonly measured: Measured;
}

export interface Measured {
  readonly waitMeanMs: number;
  readonly waitP95Ms: number;
  /** Events in the queue, on average over the samples taken. */
  readonly queueLengthMean: number;
  readonly throughputPerS: number;
}

const warmUpMs = 1500;
const drainMs = 15_000;
const msPerS = 1000;
/** More than can ever run at once. */
const slotsForAll = 1000;
/** The load of the run before the others, in which nothing waits. */
const calibration = { utilisation: 0.5, events: 2000 };

/** Runs all levels against one gateway. @throws when an event is not answered */
export async function runModel(options: ModelOptions, say: (text: string) => void): Promise<ModelRow[]> {
  const transportMs = await withGateway(slotsForAll, (target) => transport(target, options));
  say(`from client to handler with a slot for everyone: ${transportMs.toFixed(3)} ms, taken off every wait`);
  return withGateway(options.slots, async (target) => {
    const rows: ModelRow[] = [];
    for (const [index, utilisation] of options.utilisations.entries()) {
      say(`utilisation ${utilisation}`);
      const run = await level(target, options, { utilisation, events: options.events, seed: options.seed + index });
      rows.push(row(options, utilisation, { ...run, transportMs }));
    }
    return rows;
  });
}

/** A gateway whose only pipeline has so many slots. */
function withGateway<T>(slots: number, use: (target: Target) => Promise<T>): Promise<T> {
  return withTarget({ target: 'gateway' }, ['--pipelines.default.slots', String(slots)], use);
}

/** What an event takes from client to handler when it never waits, under the same arrivals: the median. */
async function transport(target: Target, options: ModelOptions): Promise<number> {
  const { answer } = await level(target, options, { ...calibration, seed: options.seed });
  return waitsOf(answer).getValueAtPercentile(50) / msPerS;
}

/** How far the measured mean wait is from the predicted one, as a share of that. */
export function waitError({ predicted, measured }: ModelRow): number {
  return measured.waitMeanMs / predicted.waitMeanMs - 1;
}

interface Level {
  readonly utilisation: number;
  readonly events: number;
  readonly seed: number;
}

interface LevelRun {
  readonly answer: BenchAnswer;
  readonly order: BenchOrder;
  readonly queueLengthMean: number;
}

async function level(target: Target, options: ModelOptions, { utilisation, events, seed }: Level): Promise<LevelRun> {
  const ratePerS = (utilisation * options.slots * msPerS) / options.serviceMs;
  const order: BenchOrder = {
    host: target.host,
    port: target.port,
    encoding: 'json',
    client: 'raw',
    dialect: 'sluice',
    seed,
    warmUpMs,
    durationMs: Math.ceil((events / ratePerS) * msPerS),
    drainMs,
    deadlineMs: 0,
    groups: [
      {
        name: 'clients',
        connections: 16,
        pace: { arrivals: { kind: 'poisson', ratePerS } },
        kinds: [
          {
            name: 'service',
            type: 'service',
            weight: 1,
            keys: 0,
            fillBytes: 0,
            data: {},
            service: { kind: options.service, meanMs: options.serviceMs },
          },
        ],
      },
    ],
    worker: { index: 0, of: 1 },
    numbersAfter: 0,
    eventsMax: 1,
  };
  const sampler = new QueueSampler(target);
  const running = runWorkers([order]);
  sampler.start(warmUpMs + 1000, order.durationMs - 1000);
  const [answer] = await running;
  const queueLengthMean = await sampler.mean();
  if (answer === undefined || answer.counts.ok < answer.counts.offered) {
    throw new Error(`expected all events to be answered, got ${JSON.stringify(answer?.failed)}`);
  }
  return { answer, order, queueLengthMean };
}

function row(options: ModelOptions, utilisation: number, run: LevelRun & { readonly transportMs: number }): ModelRow {
  const { service, counts } = run.answer;
  const ratePerS = (counts.offered * msPerS) / run.order.durationMs;
  const serviceMs = service.heldUs / service.count / 1000;
  return {
    utilisation,
    ratePerS,
    serviceMs,
    events: service.count,
    predicted: predict({ slots: options.slots, ratePerS, serviceMs, service: options.service }),
    measured: {
      waitMeanMs: Math.max(0, service.waitedUs / service.count / 1000 - run.transportMs),
      waitP95Ms: Math.max(0, waitsOf(run.answer).getValueAtPercentile(95) / msPerS - run.transportMs),
      queueLengthMean: run.queueLengthMean,
      throughputPerS: (counts.doneInside * msPerS) / run.order.durationMs,
    },
  };
}

function waitsOf({ service }: BenchAnswer): hdr.Histogram {
  const waits = histogram(3);
  waits.add(hdr.decodeFromCompressedBase64(service.waits));
  return waits;
}
