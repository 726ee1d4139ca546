/**
 * The case of the article this project grew from: five tasks that take 2, 3, 4, 5 and 6 units, all there at time 0,
 * and a number of slots. With one slot they run one after the other, with five all at once; the article's own sums
 * did not fit, these are what really happens.
 */
import {
  asyncScheduler,
  from,
  fromEvent,
  lastValueFrom,
  map,
  mergeMap,
  type Observable,
  type SchedulerLike,
  takeUntil,
  timer,
  toArray,
} from 'rxjs';
import { z } from 'zod';
import { defineHandler } from '../index.js';

const taskUnits = [2, 3, 4, 5, 6];

/** What became of the five tasks, in units: when each finished, the longest response, tasks per unit. */
export interface ArticleResult {
  readonly slots: number;
  readonly finished: readonly number[];
  readonly responseMax: number;
  readonly throughput: number;
}

/** Runs the tasks in their order, `slots` at a time. Emits once, when the last has finished. */
export function runArticleCase(slots: number, unitMs: number, scheduler: SchedulerLike): Observable<ArticleResult> {
  const startedAtMs = scheduler.now();
  return from(taskUnits).pipe(
    mergeMap((units) => timer(units * unitMs, scheduler), slots),
    map(() => Math.round((scheduler.now() - startedAtMs) / unitMs)),
    toArray(),
    map((finished) => {
      const responseMax = Math.max(...finished);
      return { slots, finished, responseMax, throughput: Number((taskUnits.length / responseMax).toFixed(2)) };
    }),
  );
}

/** Runs the case with real waits: `unitMs` stands for the article's second. */
export const articleCase = defineHandler({
  type: 'article.case',
  input: z.object({ slots: z.int().min(1).max(5), unitMs: z.int().min(1).max(1000).default(100) }),
  handle: ({ data: { slots, unitMs } }, { signal }) =>
    lastValueFrom(runArticleCase(slots, unitMs, asyncScheduler).pipe(takeUntil(fromEvent(signal, 'abort')))),
});
