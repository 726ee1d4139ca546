import { concatMap, delay, merge, NEVER, Observable, of, scan, throwError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import type { ProcessorResult, TopicMessage } from '../../src/handlers/define-processor.js';
import { conflate } from '../../src/operators/conflate.js';
import { countWindow } from '../../src/operators/count-window.js';
import { bad, out, ProcessorStage, settle, type Through, throwBad } from '../support/processor-stage.js';

/** Sums of two numbers. */
const pairs = countWindow<TopicMessage<number>, number, ProcessorResult>({
  size: 2,
  start: () => 0,
  add: (sum, { data }) => sum + data,
  end: (data) => ({ topic: 'out', data }),
});

const untilFinished = (stage: ProcessorStage) =>
  vi.waitFor(() => expect(stage.processor.isFinished).toBe(true), { interval: 1 });

describe('Processor that finishes', () => {
  it('publishes what it has gathered, and its signal fires', async () => {
    const signals: AbortSignal[] = [];
    const stage = new ProcessorStage((messages$, { signal }) => {
      signals.push(signal);
      return messages$.pipe(pairs);
    });
    await stage.give(1, 2, 3);
    stage.processor.finish();
    await untilFinished(stage);
    expect(stage.published).toEqual([3, 3]);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(stage.clock.timers).toBe(0);
    stage.processor.close();
    expect(stage.logged).toEqual([]);
    expect(stage.processor.counts.restarts).toBe(0);
  });

  const later = (result: ProcessorResult) => new Promise<ProcessorResult>((done) => setImmediate(() => done(result)));
  it.each<{ operator: string; through: Through }>([
    { operator: 'mapAsync', through: (messages$, { mapAsync }) => messages$.pipe(pairs, mapAsync(later)) },
    { operator: 'concatMap', through: (messages$) => messages$.pipe(pairs, concatMap(later)) },
    { operator: 'conflate', through: (messages$) => messages$.pipe(pairs, conflate({ work: later })) },
    { operator: 'delay', through: (messages$) => messages$.pipe(pairs, delay(5)) },
  ])('waits for what comes later of what it has gathered: $operator', async ({ through }) => {
    const stage = new ProcessorStage(through);
    await stage.give(1);
    stage.processor.finish();
    expect(stage.processor.isFinished).toBe(false);
    expect(stage.published).toEqual([]);
    await untilFinished(stage);
    expect(stage.published).toEqual([1]);
  });

  it('first takes what waits, and waits until all is published', async () => {
    const steps: (() => void)[] = [];
    const stage = new ProcessorStage((messages$) => messages$.pipe(pairs));
    stage.publish = () => new Promise<void>((resolve) => steps.push(resolve));
    stage.processor.deliver([1, 2, 3].map((data) => ({ topic: 'in', offset: data, key: undefined, data })));
    stage.processor.finish();
    await settle();
    expect(stage.published).toEqual([3, 3]);
    for (const step of steps) {
      expect(stage.processor.isFinished).toBe(false);
      step();
      await settle();
    }
    expect(stage.processor.isFinished).toBe(true);
  });

  it('begins anew for what comes later, and completes again', async () => {
    const stage = new ProcessorStage((messages$) =>
      messages$.pipe(
        out(),
        scan((sum, { data }) => ({ topic: 'out', data: (sum.data as number) + (data as number) })),
      ),
    );
    await stage.give(1, 2);
    stage.processor.finish();
    await untilFinished(stage);
    await stage.give(10, 20);
    await untilFinished(stage);
    expect(stage.published).toEqual([1, 3, 10, 30]);
    expect(stage.logged).toEqual([]);
  });

  it('keeps what comes while its last work is done, for when it begins anew', async () => {
    const running: (() => void)[] = [];
    const stage = new ProcessorStage((messages$) =>
      messages$.pipe(
        out(),
        concatMap((result) => new Promise<ProcessorResult>((resolve) => running.push(() => resolve(result)))),
      ),
    );
    await stage.give(1);
    stage.processor.finish();
    await stage.give(2);
    running.shift()?.();
    await settle();
    expect(stage.processor.counts.waiting).toBe(1);
    stage.clock.advance(150);
    await settle();
    running.shift()?.();
    await untilFinished(stage);
    expect(stage.published).toEqual([1, 2]);
  });

  it('is not started again when it fails at its end, or is down with nothing to do', async () => {
    const failing = new ProcessorStage((messages$) =>
      messages$.pipe(
        pairs,
        concatMap(() => throwError(() => bad)),
      ),
    );
    await failing.give(1);
    failing.processor.finish();
    expect(failing.processor.isFinished).toBe(true);
    expect(failing.logged).toMatchObject([{ level: 'error', fields: { err: bad } }]);
    const down = new ProcessorStage(() => throwError(() => bad));
    expect(down.clock.timers).toBe(1);
    down.processor.finish();
    expect([down.processor.isFinished, down.clock.timers]).toEqual([true, 0]);
  });
});

describe('Processor that is closed', () => {
  it('still publishes what leaves at once, and takes nothing more', async () => {
    const stage = new ProcessorStage((messages$) => messages$.pipe(pairs));
    await stage.give(1, 2, 3);
    stage.processor.close();
    stage.processor.close();
    expect(stage.published).toEqual([3, 3]);
    await stage.give(4);
    stage.clock.advance(60_000);
    expect(stage.published).toEqual([3, 3]);
    expect(stage.clock.timers).toBe(0);
    expect(stage.logged).toEqual([]);
  });

  it('tells once how many items were not handled, and those who waited for room', async () => {
    const stage = new ProcessorStage(() => NEVER, { inlet: { itemsMax: 1 } });
    await stage.give(1);
    const waiting = stage.processor.offer({ topic: 'in', offset: 2, key: undefined, data: 2 });
    stage.processor.close(40);
    stage.processor.close(40);
    await expect(waiting).rejects.toMatchObject({ code: 'unavailable', temporary: true });
    expect(stage.logged.map(({ fields }) => fields)).toEqual([{ items: 42, working: 0 }]);
    await expect(stage.processor.offer({ topic: 'in', offset: 3, key: undefined, data: 3 })).rejects.toThrow('stopped');
  });

  it('cuts what is under way, though it was to finish', async () => {
    const stage = new ProcessorStage((messages$, { mapAsync }) => messages$.pipe(mapAsync(() => NEVER)));
    await stage.give(1, 2);
    stage.processor.finish();
    await settle();
    expect(stage.processor.isFinished).toBe(false);
    stage.processor.close();
    expect(stage.processor.isFinished).toBe(true);
    expect(stage.logged.map(({ fields }) => fields)).toEqual([{ items: 0, working: 2 }]);
  });

  it('throws nothing when it fails at its end, or its teardown throws', () => {
    const stages = [
      new ProcessorStage((messages$) => merge(messages$, of(0)).pipe(pairsOfBad)),
      new ProcessorStage(() => new Observable(() => () => throwBad())),
    ];
    for (const { processor } of stages) processor.close();
    for (const { logged } of stages) {
      expect(logged.map(({ fields }) => String(fields.err))).toEqual([expect.stringContaining('Error: bad')]);
    }
  });

  it('is idle when nothing waits, is worked on, or is being published', async () => {
    const steps: (() => void)[] = [];
    const stage = new ProcessorStage((messages$, { mapAsync }) =>
      messages$.pipe(
        out(),
        mapAsync((result) => new Promise<ProcessorResult>((resolve) => steps.push(() => resolve(result)))),
      ),
    );
    stage.publish = () => new Promise<void>((resolve) => steps.push(resolve));
    expect(stage.processor.isIdle).toBe(true);
    stage.processor.deliver([{ topic: 'in', offset: 1, key: undefined, data: 1 }]);
    for (const step of [0, 1]) {
      expect(stage.processor.isIdle).toBe(false);
      await settle();
      expect(stage.processor.isIdle).toBe(false);
      steps[step]?.();
    }
    await settle();
    expect(stage.processor.isIdle).toBe(true);
    expect(stage.published).toEqual([1]);
  });
});

/** Fails when what goes in completes. */
const pairsOfBad = countWindow<unknown, number, ProcessorResult>({
  size: 2,
  start: () => 0,
  add: (sum) => sum,
  end: throwBad,
});
