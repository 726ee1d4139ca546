import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type ArticleResult, runArticleCase } from '../../src/demo/article.js';
import { defineHandler } from '../../src/handlers/define-handler.js';
import { TestFlow } from '../support/test-flow.js';

/** Tasks of 2, 3, 4, 5 and 6 units: when each finishes with so many slots, the last response, tasks per unit. */
const table = [
  { slots: 1, finished: [2, 5, 9, 14, 20], responseMax: 20, throughput: 0.25 },
  { slots: 3, finished: [2, 3, 4, 7, 9], responseMax: 9, throughput: 0.56 },
  { slots: 5, finished: [2, 3, 4, 5, 6], responseMax: 6, throughput: 0.83 },
];

describe('the case of the article', () => {
  it.each(table)('finishes as computed by hand with $slots slots, in the demo handler', (expected) => {
    const clock = new VirtualTimeScheduler();
    const results: ArticleResult[] = [];
    runArticleCase(expected.slots, 1000, clock).subscribe((result) => results.push(result));
    clock.flush();
    expect(results).toEqual([expected]);
  });

  it.each(table)('finishes the same with $slots slots in a pipeline of the gateway', async ({ slots, finished }) => {
    const unitMs = 100;
    const ends: number[] = [];
    const flow: TestFlow = new TestFlow(
      [
        defineHandler<number>({
          type: 'task',
          timeoutMs: 60_000,
          handle: ({ data }) => new Promise((resolve) => flow.clock.after(data * unitMs, () => resolve(data))),
        }),
      ],
      { slots },
    );
    const startedAtMs = flow.clock.nowMs();
    for (const data of [2, 3, 4, 5, 6]) flow.send({ type: 'task', data });
    while (ends.length < 5) {
      await flow.pass(unitMs);
      const units = (flow.clock.nowMs() - startedAtMs) / unitMs;
      while (ends.length < flow.origin.settledRecords.length) ends.push(units);
    }
    expect(ends).toEqual(finished);
    flow.expectAtRest();
  });
});
