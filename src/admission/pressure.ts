/**
 * How hard pressed the process is, as one of six stages: the control of last resort, for when credit and short queues
 * were not enough. It looks at the event loop, the heap and the bytes that wait; what comes in is refused by stages,
 * the least important first, and what was accepted is never touched. It only says the stage: others act on it.
 *
 * Each signal calls for a stage: for none below its start, for the first at its start, for the last at its max, for the
 * others at equal steps in between. The greatest call counts, once it has lasted for `riseMs`, and only for one stage
 * at a time; but a heap or a budget that is at its max for as long goes to the last at once, since what comes after it
 * is the end of the process. Going down takes `fallMs` for each stage, and a signal that is clearly below.
 */

/** 0 calm; 5 the last. Each stage does what those before it do. */
export type Stage = 0 | 1 | 2 | 3 | 4 | 5;

/** What is looked at. */
export type PressureSignal = 'loop' | 'heap' | 'bytes';

/** Times in ms, percents from 1 to 100; each start is less than its max. */
export interface PressureOptions {
  readonly riseMs: number;
  readonly fallMs: number;
  /** Utilisation of the event loop below which its lag does not count. */
  readonly utilisationPercent: number;
  readonly lagMs: number;
  readonly lagMsMax: number;
  readonly heapPercent: number;
  readonly heapPercentMax: number;
  readonly bytesPercent: number;
  readonly bytesPercentMax: number;
}

/** One look at the process. All but the lag are parts of a whole, 0 to 1. */
export interface PressureReadings {
  /** Part of the time since the last look in which the event loop was busy. */
  readonly utilisation: number;
  /** How late the event loop was. */
  readonly lagMs: number;
  /** Of the heap's limit, in use. */
  readonly heap: number;
  /** Of the budget that is fullest, in use. */
  readonly bytes: number;
}

/**
 * Stage → its word in the log and in metrics: what it adds to the stage before. No credit for more `low` events; no
 * `low` events; no new result streams; no events but `critical` ones; no new connections.
 */
export const stageNames = [
  'calm',
  'credit_held',
  'low_refused',
  'streams_refused',
  'events_refused',
  'connections_refused',
] as const;

const lastStage = 5;
/** Steps from the start of a signal to its max: one for each stage after the first. */
const steps = lastStage - 1;
/** How far a signal has to be below where a stage begins for that to be better, as a part of its range. */
const marginPart = 0.1;
/** The same as a part of its start, so that a wide range over a low start has a way back. */
const startMarginPart = 0.25;

export class Pressure {
  /** The stage there is now. */
  stage: Stage = 0;
  /** What called for the stage; at stage 0, for the last one there was. */
  signal: PressureSignal = 'loop';
  readonly #options: PressureOptions;
  readonly #loop: Gauge;
  readonly #heap: Gauge;
  readonly #bytes: Gauge;
  /** Since when a higher stage is called for, without a break; undefined while it is not. Likewise the others. */
  #higherSinceMs: number | undefined = undefined;
  #lowerSinceMs: number | undefined = undefined;
  /** Heap or bytes at their max. */
  #fullSinceMs: number | undefined = undefined;

  constructor(options: PressureOptions) {
    this.#options = options;
    this.#loop = new Gauge(options.lagMs, options.lagMsMax);
    this.#heap = new Gauge(options.heapPercent, options.heapPercentMax);
    this.#bytes = new Gauge(options.bytesPercent, options.bytesPercentMax);
  }

  /**
   * Takes one look into account; `nowMs` never goes back. How often that is done decides only how soon it is noticed:
   * nothing rises or falls by a single look, unless `riseMs` or `fallMs` is 0.
   * @returns whether the stage changed
   */
  update({ utilisation, lagMs, heap, bytes }: PressureReadings, nowMs: number): boolean {
    // One long block of a loop that is idle otherwise makes lag as well, and is over when it is seen.
    this.#loop.look(utilisation * 100 >= this.#options.utilisationPercent ? lagMs : 0);
    this.#heap.look(heap * 100);
    this.#bytes.look(bytes * 100);
    const called = Math.max(this.#loop.called, this.#heap.called, this.#bytes.called);
    const held = Math.max(this.#loop.held, this.#heap.held, this.#bytes.held);
    const isFull = Math.max(this.#heap.called, this.#bytes.called) === lastStage;
    this.#higherSinceMs = called > this.stage ? (this.#higherSinceMs ?? nowMs) : undefined;
    this.#lowerSinceMs = held < this.stage ? (this.#lowerSinceMs ?? nowMs) : undefined;
    this.#fullSinceMs = isFull ? (this.#fullSinceMs ?? nowMs) : undefined;

    const before = this.stage;
    if (this.#higherSinceMs !== undefined && nowMs - this.#higherSinceMs >= this.#options.riseMs) this.#rise(nowMs);
    else if (this.#lowerSinceMs !== undefined && nowMs - this.#lowerSinceMs >= this.#options.fallMs) this.#fall(nowMs);
    if (this.stage !== 0 && held >= this.stage) this.signal = this.#strongest();
    return this.stage !== before;
  }

  #rise(nowMs: number): void {
    const isFull = this.#fullSinceMs !== undefined && nowMs - this.#fullSinceMs >= this.#options.riseMs;
    this.stage = isFull ? lastStage : ((this.stage + 1) as Stage);
    this.#higherSinceMs = nowMs;
  }

  #fall(nowMs: number): void {
    this.stage = (this.stage - 1) as Stage;
    this.#lowerSinceMs = nowMs;
  }

  #strongest(): PressureSignal {
    const { part: loop } = this.#loop;
    const { part: heap } = this.#heap;
    const { part: bytes } = this.#bytes;
    if (loop >= heap && loop >= bytes) return 'loop';
    return heap >= bytes ? 'heap' : 'bytes';
  }
}

/** One signal: which stage it calls for. */
class Gauge {
  /** 0 at its start, 1 at its max. */
  part = 0;
  /** The stage it calls for. */
  called: number = 0;
  /** The stage it does not let go of: the same, were it worse by the margin. */
  held: number = 0;
  readonly #start: number;
  readonly #range: number;
  readonly #margin: number;

  constructor(start: number, max: number) {
    this.#start = start;
    this.#range = max - start;
    this.#margin = Math.min(this.#range * marginPart, start * startMarginPart);
  }

  look(value: number): void {
    this.part = (value - this.#start) / this.#range;
    this.called = stageAt(this.part);
    this.held = stageAt((value + this.#margin - this.#start) / this.#range);
  }
}

function stageAt(part: number): number {
  if (part < 0) return 0;
  return part >= 1 ? lastStage : 1 + Math.floor(part * steps);
}
