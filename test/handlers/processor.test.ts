import { from, map, merge, NEVER, Observable, of, tap, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { ProcessorResult } from '../../src/handlers/define-processor.js';
import { bad, numbers, out, ProcessorStage, settle } from '../support/processor-stage.js';

describe('Processor', () => {
  it('publishes what its Observable makes of messages', async () => {
    const keys: unknown[] = [];
    const stage = new ProcessorStage((messages$) =>
      messages$.pipe(
        map(({ topic, offset, data }) => ({ topic: 'out', key: `k${data}`, data: [topic, offset, data] })),
      ),
    );
    stage.publish = async (topic, _data, key) => keys.push(topic, key);
    await stage.give(7, 8);
    expect(stage.published).toEqual([
      ['in', 1, 7],
      ['in', 2, 8],
    ]);
    expect(keys).toEqual(['out', 'k7', 'out', 'k8']);
    expect(stage.processor.counts).toEqual({
      handled: 2,
      waiting: 0,
      publishing: 0,
      published: 2,
      unpublished: 0,
      missed: 0,
      restarts: 0,
    });
  });

  it('gives each item to all who listen', async () => {
    const stage = new ProcessorStage((messages$) => merge(messages$.pipe(out()), messages$.pipe(out())));
    await stage.give(1, 2);
    expect(stage.published).toEqual([1, 1, 2, 2]);
  });

  it('keeps items until somebody listens', async () => {
    let listen: () => void = () => undefined;
    const stage = new ProcessorStage(
      (messages$) =>
        new Observable((subscriber) => {
          listen = () => subscriber.add(messages$.pipe(out()).subscribe(subscriber));
        }),
    );
    await stage.give(1, 2);
    expect(stage.published).toEqual([]);
    listen();
    await settle();
    expect(stage.published).toEqual([1, 2]);
  });

  it('logs and counts results that are none, and goes on', async () => {
    const odd = [null, 5, 'text', [], {}, { topic: 5, data: 1 }, { topic: 'a', key: 5, data: 1 }, { topic: 'a' }];
    const throwing = Object.defineProperty({}, 'topic', {
      get() {
        throw bad;
      },
    });
    const stage = new ProcessorStage((messages$) =>
      messages$.pipe(map(({ data }) => [...odd, throwing][data] as never)),
    );
    await stage.give(...numbers(9, 0));
    expect(stage.published).toEqual([]);
    expect(stage.processor.counts).toMatchObject({ handled: 9, unpublished: 9, restarts: 0 });
    const results = stage.logged.filter(({ text }) => text.includes('no result'));
    expect(results.map(({ fields }) => fields)).toEqual([{ got: 'object', times: 1 }]);
    stage.clock.advance(10_000);
    await stage.give(3);
    expect(stage.logged.at(-1)?.fields).toEqual({ got: 'an array', times: 8 });
  });

  it('logs and counts what cannot be published, and goes on', async () => {
    const stage = new ProcessorStage((messages$) => messages$.pipe(out()));
    stage.publish = () => Promise.reject(bad);
    await stage.give(1, 2);
    stage.publish = () => {
      throw bad;
    };
    await stage.give(3);
    stage.publish = async () => undefined;
    await stage.give(4);
    expect(stage.processor.counts).toMatchObject({ handled: 4, published: 1, unpublished: 3, publishing: 0 });
    expect(stage.logged.length).toBe(1);
    expect(stage.logged[0]?.fields).toMatchObject({ err: bad, times: 1 });
  });

  it('holds the inlet while 64 results are being published', async () => {
    const settles: (() => void)[] = [];
    const stage = new ProcessorStage((messages$) => messages$.pipe(out()));
    stage.publish = () => new Promise<void>((resolve) => settles.push(resolve));
    await stage.give(...numbers(100));
    expect(stage.processor.counts).toMatchObject({ handled: 64, publishing: 64, waiting: 36 });
    settles.shift()?.();
    await settle();
    expect(stage.processor.counts).toMatchObject({ handled: 65, publishing: 64, waiting: 35 });
    for (let settling = settles.shift(); settling !== undefined; settling = settles.shift()) {
      settling();
      await Promise.resolve();
    }
    await settle();
    for (const settling of settles) settling();
    await settle();
    expect(stage.published).toEqual(numbers(100));
  });

  it('leaves out results that nobody holds back, beyond a bound', async () => {
    // All at once, as from a window of very many keys.
    const stage = new ProcessorStage(() =>
      merge(NEVER, from(numbers(20_000)).pipe(map((data) => ({ topic: 'out', data })))),
    );
    expect(stage.processor.counts.unpublished).toBe(20_000 - 16_384);
    expect(stage.logged[0]?.fields).toEqual({ underWayMax: 16_384, times: 1 });
  });
});

describe('Processor and its inlet', () => {
  it('is held by user code, and released once', async () => {
    const releases: (() => void)[] = [];
    const stage = new ProcessorStage((messages$, { hold }) =>
      messages$.pipe(
        tap(() => releases.push(hold())),
        out(),
      ),
    );
    await stage.give(1, 2, 3);
    expect(stage.published).toEqual([1]);
    releases[0]?.();
    releases[0]?.();
    await settle();
    expect(stage.published).toEqual([1, 2]);
    releases[0]?.();
    await settle();
    expect(stage.published).toEqual([1, 2]);
    releases[1]?.();
    await settle();
    expect(stage.published).toEqual([1, 2, 3]);
  });

  it('is held while as many asynchronous works run as may', async () => {
    const running = new Map<number, () => void>();
    const stage = new ProcessorStage((messages$, { mapAsync }) =>
      messages$.pipe(
        mapAsync(
          ({ data }) =>
            new Promise<ProcessorResult>((resolve) => running.set(data, () => resolve({ topic: 'o', data }))),
          { concurrency: 2 },
        ),
      ),
    );
    await stage.give(1, 2, 3, 4);
    expect([...running.keys()]).toEqual([1, 2]);
    expect(stage.processor.counts.waiting).toBe(2);
    running.get(2)?.();
    await settle();
    expect([...running.keys()]).toEqual([1, 2, 3]);
    running.get(1)?.();
    running.get(3)?.();
    await settle();
    running.get(4)?.();
    await settle();
    expect(stage.published).toEqual([2, 1, 3, 4]);
  });

  it('is started again when asynchronous work fails, and is not held by what was under way', async () => {
    const stage = new ProcessorStage((messages$, { mapAsync }) =>
      messages$.pipe(
        mapAsync(({ data }) => (data < 0 ? throwError(() => bad) : data === 0 ? NEVER : of({ topic: 'o', data })), {
          concurrency: 2,
        }),
      ),
    );
    await stage.give(0, -1, 5);
    expect(stage.processor.counts).toMatchObject({ restarts: 1, waiting: 1 });
    stage.clock.advance(200);
    await settle();
    expect(stage.published).toEqual([5]);
  });

  it('says when it has room again', async () => {
    let release: (() => void) | undefined;
    const stage = new ProcessorStage(
      (messages$, { hold }) => {
        release = hold();
        return messages$.pipe(out());
      },
      { inlet: { itemsMax: 4 } },
    );
    let rooms = 0;
    stage.processor.onRoom(() => (rooms += 1));
    await stage.give(1, 2, 3);
    expect(stage.processor.hasRoom).toBe(true);
    await stage.give(4, 5, 6);
    expect(stage.processor.hasRoom).toBe(false);
    release?.();
    await settle();
    expect({ rooms, hasRoom: stage.processor.hasRoom }).toEqual({ rooms: 1, hasRoom: true });
  });

  it('logs messages that will not come, with how many', async () => {
    const stage = new ProcessorStage((messages$) => messages$.pipe(out()));
    for (const from of [1, 11, 21])
      stage.processor.gap({ topic: 'in', from, to: from + 9, count: 10, reason: 'dropped' });
    expect(stage.logged.map(({ fields }) => fields)).toEqual([
      { topic: 'in', from: 1, to: 10, reason: 'dropped', times: 10 },
    ]);
    stage.processor.close();
    expect(stage.logged[1]?.fields).toEqual({ times: 20 });
    expect(stage.processor.counts.missed).toBe(30);
  });
});
