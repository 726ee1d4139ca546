/**
 * A market: ticks of many symbols on topics of their own, and their average price of every second, weighted by volume
 * (VWAP), which a stream processor works out. Subscribe to `tick.*` or `vwap.*`, and send `ticks.start`.
 */
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { filter, type OperatorFunction, type SchedulerLike } from 'rxjs';
import { z } from 'zod';
import { defineHandler, defineProcessor, definePublisher, type ProcessorResult, type TopicMessage } from '../index.js';
import { timeWindow } from '../operators.js';

/** One trade. */
export interface Tick {
  readonly symbol: string;
  readonly price: number;
  readonly qty: number;
}

/** What there was of a symbol in a second; `from` and `to` are milliseconds since the epoch. */
export interface Vwap {
  readonly symbol: string;
  readonly vwap: number;
  readonly volume: number;
  readonly trades: number;
  readonly from: number;
  readonly to: number;
}

const symbolsMax = 1000;

/** Publishes ticks, prices walking at random, until its seconds are over or it is cancelled; ends with how many. */
export const startTicks = defineHandler({
  type: 'ticks.start',
  timeoutMs: 70_000,
  order: 'none',
  input: z.object({
    symbols: z.int().min(1).max(symbolsMax),
    perS: z.int().min(1).max(100_000),
    seconds: z.number().positive().max(60),
  }),
  handle: ({ data }, { publish, signal }) =>
    runTicks(data, {
      publish: (tick) => publish(`tick.${tick.symbol}`, tick, { key: tick.symbol }),
      signal,
      nowMs: () => performance.now(),
      // Not a timer of no time: timers that are late run one after the other, and nobody else has a turn.
      pause: (ms) => (ms === 0 ? nextTurn() : wait(ms)),
      random: Math.random,
    }),
});

/** Publishes one tick of a client. */
export const sendTick = definePublisher<Tick>({
  type: 'tick.send',
  topic: ({ data }) => `tick.${data.symbol}`,
  key: ({ data }) => data.symbol,
  input: z.object({
    symbol: z.string().regex(/^[A-Za-z0-9_-]{1,16}$/),
    price: z.number().positive(),
    qty: z.number().positive(),
  }),
});

/** The averages of all symbols, on `vwap.` and the symbol. */
export const vwap = defineProcessor<Tick>({
  from: { topic: 'tick.*' },
  through: (ticks$) => ticks$.pipe(vwapOf()),
});

/** What `vwap` does, with a scheduler to choose. At most 10,000 symbols in a second; ticks that are none are left out. */
export function vwapOf(scheduler?: SchedulerLike): OperatorFunction<TopicMessage<Tick>, ProcessorResult> {
  return (ticks$) =>
    ticks$.pipe(
      filter(({ data }) => isTick(data)),
      timeWindow<TopicMessage<Tick>, { turnover: number; volume: number }, ProcessorResult, string>({
        ms: 1000,
        key: ({ data }) => data.symbol,
        start: () => ({ turnover: 0, volume: 0 }),
        add(sum, { data }) {
          sum.turnover += data.price * data.qty;
          sum.volume += data.qty;
          return sum;
        },
        end({ turnover, volume }, symbol, { fromMs, toMs, count }) {
          const data: Vwap = { symbol, vwap: turnover / volume, volume, trades: count, from: fromMs, to: toMs };
          return { topic: `vwap.${symbol}`, key: symbol, data };
        },
        ...(scheduler === undefined ? {} : { scheduler }),
      }),
    );
}

/** What {@link runTicks} runs on. */
export interface TickParts {
  /** Publishes one tick; the next ones wait until it has, or has failed, which ends the run. */
  readonly publish: (tick: Tick) => Promise<unknown>;
  readonly signal: AbortSignal;
  /** Milliseconds that only go forward. */
  readonly nowMs: () => number;
  /** With 0 until the next turn of the event loop. */
  readonly pause: (ms: number) => Promise<unknown>;
  /** From 0 to 1, exclusive. */
  readonly random: () => number;
}

/** Milliseconds between two looks at how many ticks are due. */
const everyMs = 10;
/** Ticks published after a look; a run that cannot keep up publishes fewer than were asked for. */
const lookTicksMax = 2048;
/** Ticks published in a turn of the event loop: it has others to serve. */
const turnTicksMax = 256;

/** @returns how many ticks were published, and how many were due */
export async function runTicks(
  { symbols, perS, seconds }: { readonly symbols: number; readonly perS: number; readonly seconds: number },
  { publish, signal, nowMs, pause, random }: TickParts,
): Promise<{ published: number; due: number }> {
  const walks = Array.from({ length: symbols }, (_, n) => ({ symbol: `S${n}`, price: 50 + 100 * random() }));
  const startedAtMs = nowMs();
  let published = 0;
  let due = 0;
  for (let passedMs = 0; passedMs < seconds * 1000 && !signal.aborted; ) {
    await pause(everyMs);
    passedMs = Math.min(nowMs() - startedAtMs, seconds * 1000);
    due = Math.floor((passedMs / 1000) * perS);
    const until = Math.min(due, published + lookTicksMax);
    while (published < until && !signal.aborted) {
      const batch: Promise<unknown>[] = [];
      while (published < until && batch.length < turnTicksMax && !signal.aborted) {
        batch.push(publish(nextTick(walks[published % symbols] as Walk, random)));
        published += 1;
      }
      await Promise.all(batch);
      if (published < until) await pause(0);
    }
  }
  return { published, due };
}

interface Walk {
  readonly symbol: string;
  price: number;
}

/** Moves by a thousandth at most, and never below a cent. */
function nextTick(walk: Walk, random: () => number): Tick {
  const moved = walk.price * (1 + (random() - 0.5) * 0.002);
  walk.price = Math.max(0.01, Math.round(moved * 10_000) / 10_000);
  return { symbol: walk.symbol, price: walk.price, qty: 1 + Math.floor(random() * 100) };
}

/** Anybody who may publish to the topic can have published anything. */
function isTick(data: unknown): data is Tick {
  if (typeof data !== 'object' || data === null) return false;
  const { symbol, price, qty } = data as Partial<Tick>;
  return typeof symbol === 'string' && Number.isFinite(price) && Number.isFinite(qty) && (qty as number) > 0;
}
