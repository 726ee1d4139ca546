/**
 * The case of the article this project grew from: five tasks that take 2, 3, 4, 5 and 6 units, all there at time 0,
 * and a number of slots. With one slot they run one after the other, with five all at once; the article's own sums
 * did not fit, these are what really happens.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { from, lastValueFrom, mergeMap, toArray } from 'rxjs';
import { z } from 'zod';
import { defineHandler } from '../index.js';

const taskUnits = [2, 3, 4, 5, 6];

/** Runs the case with real waits: `unitMs` stands for the article's second. Finish times are in units. */
export const articleCase = defineHandler({
  type: 'article.case',
  input: z.object({ slots: z.int().min(1).max(5), unitMs: z.int().min(1).max(1000).default(100) }),
  async handle({ data: { slots, unitMs } }, { signal }) {
    const startedAtMs = performance.now();
    const finish$ = from(taskUnits).pipe(
      mergeMap(async (units) => {
        await wait(units * unitMs, undefined, { signal });
        return Math.round((performance.now() - startedAtMs) / unitMs);
      }, slots),
      toArray(),
    );
    const finished = await lastValueFrom(finish$);
    const makespan = Math.max(...finished);
    return { slots, finished, responseMax: makespan, throughput: Number((taskUnits.length / makespan).toFixed(2)) };
  },
});
