import { EMPTY, map, merge, Observable, type Observer, take, tap, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { ProcessorContext, ProcessorResult } from '../../src/handlers/define-processor.js';
import { bad, out, ProcessorStage, settle, type Through, throwBad } from '../support/processor-stage.js';

describe('Processor whose Observable ends', () => {
  it.each<{ name: string; through: Through; text: string }>([
    {
      name: 'fails by a throw of its operator',
      through: (messages$) =>
        messages$.pipe(
          map(({ data }) => {
            if (data === 2) throw bad;
            return { topic: 'out', data };
          }),
        ),
      text: 'failed',
    },
    { name: 'completes', through: (messages$) => messages$.pipe(out(), take(2)), text: 'completed' },
  ])('is started again, with what waits: $name', async ({ through, text }) => {
    const stage = new ProcessorStage(through);
    await stage.give(1, 2, 3, 4);
    const before = [...stage.published];
    expect(stage.logged.length).toBe(1);
    expect(stage.logged[0]).toMatchObject({ fields: { waiting: 2, startsInMs: 150 } });
    expect(stage.logged[0]?.text).toContain(text);
    expect(stage.processor.counts.waiting).toBe(2);
    stage.clock.advance(149);
    await settle();
    expect(stage.published).toEqual(before);
    stage.clock.advance(1);
    await settle();
    expect(stage.published).toEqual([...before, 3, 4]);
  });

  it.each<{ name: string; through: () => unknown }>([
    {
      name: 'throws itself',
      through: () => {
        throw bad;
      },
    },
    { name: 'returns nothing', through: () => undefined },
    { name: 'returns a promise', through: async () => EMPTY },
    { name: 'completes at once', through: () => EMPTY },
    { name: 'fails at once', through: () => throwError(() => bad) },
    {
      name: 'throws when it is subscribed to',
      through: () =>
        new Observable(() => {
          throw bad;
        }),
    },
    {
      name: 'throws from a subscribe of its own',
      through: () => ({
        pipe: () => undefined,
        subscribe() {
          throw bad;
        },
      }),
    },
    {
      name: 'throws in its teardown',
      through: () =>
        new Observable((subscriber) => {
          subscriber.add(() => {
            throw bad;
          });
          subscriber.error(bad);
        }),
    },
  ])('backs off while it does so at once, and throws nothing: $name', async ({ through }) => {
    const stage = new ProcessorStage(through as Through, { restart: { minMs: 10, maxMs: 100 } });
    const waits: unknown[] = [];
    for (let i = 0; i < 6; i += 1) {
      waits.push(stage.logged.filter(({ fields }) => 'startsInMs' in fields).at(-1)?.fields.startsInMs);
      await settle(1);
      stage.clock.advance(waits.at(-1) as number);
    }
    expect(waits).toEqual([15, 25, 45, 55, 55, 55]);
    expect(stage.clock.timers).toBe(1);
    stage.processor.close();
    expect(stage.clock.timers).toBe(0);
  });

  it('throws nothing when a teardown throws at its stop', async () => {
    const stage = new ProcessorStage(() => new Observable(() => () => throwBad()));
    stage.processor.close();
    expect(stage.logged.map(({ fields }) => String(fields.err))).toEqual([expect.stringContaining('bad')]);
  });

  it('begins to back off anew after it has run well for a while', async () => {
    const stage = new ProcessorStage((messages$) => messages$.pipe(tap(throwBad), out()), {
      restart: { minMs: 10, maxMs: 100 },
    });
    const waits: unknown[] = [];
    for (const ranMs of [0, 99, 100]) {
      stage.clock.advance(ranMs);
      await stage.give(1);
      waits.push(stage.logged.at(-1)?.fields.startsInMs);
      stage.clock.advance(waits.at(-1) as number);
    }
    expect(waits).toEqual([15, 25, 15]);
  });

  it('is not held by what it was before, though nobody had listened yet', async () => {
    let runs = 0;
    const stage = new ProcessorStage((messages$, { hold }) => {
      runs += 1;
      if (runs === 1) hold();
      if (runs < 3) throw bad;
      return messages$.pipe(out());
    });
    await stage.give(1, 2);
    stage.clock.advance(1000);
    await settle();
    expect(runs).toBe(3);
    expect(stage.published).toEqual([1, 2]);
  });

  it('hears nothing more from an Observable of another make that goes on after it has failed', async () => {
    let observer: Observer<unknown> | undefined;
    const foreign = {
      pipe: () => foreign,
      subscribe(given: Observer<unknown>) {
        observer ??= given;
        return { unsubscribe: () => undefined };
      },
    };
    const stage = new ProcessorStage(() => foreign as never);
    observer?.next({ topic: 'out', data: 'in time' });
    observer?.error(bad);
    observer?.next({ topic: 'out', data: 'late' });
    observer?.complete();
    expect(stage.published).toEqual(['in time']);
    expect(stage.processor.counts.restarts).toBe(1);
  });

  it('fires its signal, and hears nothing more of what it was', async () => {
    const contexts: ProcessorContext[] = [];
    const late: (() => void)[] = [];
    const stage = new ProcessorStage((messages$, context) => {
      contexts.push(context);
      context.hold();
      return merge(
        messages$.pipe(out()),
        new Observable<ProcessorResult>((subscriber) => {
          late.push(() => subscriber.next({ topic: 'out', data: 'late' }));
          if (contexts.length === 1) subscriber.error(bad);
        }),
      );
    });
    expect(contexts[0]?.signal.aborted).toBe(true);
    stage.clock.advance(200);
    expect(contexts[1]?.signal.aborted).toBe(false);
    late[0]?.();
    contexts[0]?.hold()();
    await stage.give(1);
    expect(stage.published).toEqual([]);
    expect(stage.processor.counts.waiting).toBe(1);
  });
});
