/** Processors over the real topics of a gateway that stops. */
import { concatMap, delay, map, mergeMap, NEVER, of, scan } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { jsonCodec, msgpackCodec } from '../../src/codec/codecs.js';
import { resolveConfig } from '../../src/config/schema.js';
import { createMemoryEngine } from '../../src/engine/memory-engine.js';
import { defineProcessor, type ProcessorResult, type TopicProcessor } from '../../src/handlers/define-processor.js';
import { systemClock } from '../../src/model/clock.js';
import type { Codec } from '../../src/model/codec.js';
import { LoopTurn } from '../../src/model/loop-turn.js';
import { countWindow } from '../../src/operators/count-window.js';
import { TopicFlow } from '../../src/topic-flow.js';
import { lateEngine } from '../support/late-engine.js';
import { numbers, settle } from '../support/processor-stage.js';

let flow: TopicFlow;
let logged: { text: string; fields: Record<string, unknown> }[] = [];

afterEach(() => flow.close());

/** The topics of a gateway with processors, in memory that answers at once or later. */
function start(processors: readonly TopicProcessor<number>[], { isLate = false } = {}): void {
  logged = [];
  const line = (fields: object, text: string) => logged.push({ text, fields: fields as Record<string, unknown> });
  const log = { debug: line, info: line, warn: line, error: line, child: () => log };
  const turn = new LoopTurn();
  const clock = systemClock(turn);
  const retention = () => ({ messages: 2000, bytes: 2 ** 20, ageMs: 60_000 });
  const memory = createMemoryEngine({
    clock,
    logs: { topicsMax: 100, allBytesMax: 2 ** 24, idleMs: 60_000, retention },
    outcomes: { entriesMax: 10, bytesMax: 1000, ms: 1000 },
  });
  const engine = isLate ? lateEngine(memory) : memory;
  flow = new TopicFlow({ config: resolveConfig({}), clock, turn, log: log as never, engine });
  flow.handlersOf(processors.map((processor) => defineProcessor(processor)));
  flow.start();
}

/** What is published on a topic from now on. */
async function follow(topic: string, codec: Codec = jsonCodec): Promise<unknown[]> {
  const came: unknown[] = [];
  const told = (): void => undefined;
  flow.topics.subscribe(
    { topic, overflow: 'wait' },
    {
      codec,
      hasRoom: true,
      member: undefined,
      opened: told,
      deliver: (_, { entries }) => came.push(...entries.map(({ data }) => data)),
      gap: told,
      failed: told,
    },
  );
  await settle(8);
  return came;
}

async function publish(topic: string, all: readonly unknown[]): Promise<void> {
  for (const data of all) await flow.publish(topic, data);
}

const to =
  (topic: string) =>
  (data: unknown): ProcessorResult => ({ topic, data });

/** From a topic to another, one after the other, each a little later; at most four wait for that. */
const slowly = (from: string, topic: string): TopicProcessor<number> => ({
  from: { topic: from },
  inlet: { itemsMax: 4 },
  through: (messages$, { mapAsync }) =>
    messages$.pipe(mapAsync(({ data }) => of(to(topic)(data)).pipe(delay(1)), { concurrency: 1 })),
});

/** Sums of ten, and of what is left at the end, each published later. */
const sums = (from: string, topic: string): TopicProcessor<number> => ({
  from: { topic: from },
  through: (messages$) =>
    messages$.pipe(
      countWindow<{ data: number }, number, number>({
        size: 10,
        start: () => 0,
        add: (sum, { data }) => sum + data,
        end: (sum) => sum,
      }),
      concatMap((sum) => of(to(topic)(sum)).pipe(delay(1))),
    ),
});

describe.each([{ isLate: false }, { isLate: true }])('processors that settle, over an engine: %o', (options) => {
  it('handle all that they are behind on, and what others make of it', async () => {
    // The second one stands before the first, from which it has everything.
    start([slowly('b', 'c'), slowly('a', 'b')], options);
    const came = await follow('c');
    await publish('a', numbers(40));
    await flow.settle();
    await settle(8);
    expect(came).toEqual(numbers(40));
    flow.close();
    expect(logged).toEqual([]);
  });

  it('publish what they have gathered, one after the other', async () => {
    const total: TopicProcessor<number> = {
      from: { topic: 'sums' },
      through: (messages$) =>
        messages$.pipe(
          scan((sum, { data }) => sum + data, 0),
          map(to('total')),
        ),
    };
    start([sums('a', 'sums'), total], options);
    const came = await follow('total');
    await publish('a', numbers(25));
    await flow.settle();
    await settle(8);
    expect(came).toEqual([55, 210, 325]);
    flow.close();
    expect(logged).toEqual([]);
  });

  it('handle what comes from one that finishes later', async () => {
    start([sums('sums', 'total'), sums('a', 'sums')], options);
    const came = await follow('total');
    await publish('a', numbers(25));
    await flow.settle();
    await settle(8);
    expect((came as number[]).reduce((sum, n) => sum + n, 0)).toBe(325);
  });
});

describe('processors that cannot settle', () => {
  it('are cut, and tell how much was not handled, once each', async () => {
    const stuck: TopicProcessor<number> = {
      from: { topic: 'a' },
      inlet: { itemsMax: 4 },
      through: (messages$, { mapAsync }) => messages$.pipe(mapAsync(() => NEVER, { concurrency: 1 })),
    };
    start([stuck]);
    await publish('a', numbers(20));
    const settled = flow.settle();
    await settle();
    flow.close();
    await settled;
    expect(logged).toEqual([
      { text: 'a processor was stopped: so many items were not handled', fields: { items: 19, working: 1 } },
    ]);
  });

  it('still publish what leaves at once, where another one feeds itself for ever', async () => {
    const cycle: TopicProcessor<number> = {
      from: { topic: 'cycle' },
      through: (messages$) => messages$.pipe(mergeMap(({ data }) => of(to('cycle')(data)))),
    };
    const gathers: TopicProcessor<number> = {
      from: { topic: 'a' },
      through: (messages$) =>
        messages$.pipe(
          countWindow<{ data: number }, number, ProcessorResult>({
            size: 9,
            start: () => 0,
            add: (n) => n + 1,
            end: to('n'),
          }),
        ),
    };
    start([cycle, gathers]);
    const appended: string[] = [];
    flow.engine.logs.follow({ appended: ({ topic }) => appended.push(topic), reset: () => undefined });
    await publish('cycle', [1]);
    await publish('a', [1, 2]);
    const settled = flow.settle();
    await settle();
    flow.close();
    await settled;
    expect(appended).toContain('n');
  });
});

describe('what fails in topics', () => {
  it('is logged at most once a second, with how many there were', async () => {
    start([]);
    flow.engine.logs.append = () => Promise.reject(new Error('disk'));
    await Promise.allSettled(numbers(500).map((n) => flow.publish('a', n)));
    flow.close();
    const times = (text: string) =>
      logged.filter((line) => line.text === text).map(({ fields }) => fields.times as number);
    expect(times('the engine of topics failed')).toEqual([1, 499]);
    expect(times('messages were not published')).toEqual([1, 499]);
    expect(logged[0]?.fields).toMatchObject({ err: new Error('disk') });
  });

  it('and messages that an encoding cannot take, apart from it', async () => {
    start([]);
    const message: Codec['message'] = (topic, offset, data) => {
      if (typeof (data as { run?: unknown }).run === 'function') throw new TypeError('expected no function');
      return msgpackCodec.message(topic, offset, data, undefined);
    };
    const came = await follow('a', { ...msgpackCodec, message });
    const odd = { run: () => 1 };
    await publish('a', [odd, odd, odd]);
    await settle();
    expect(came.length).toBe(3);
    flow.close();
    expect(logged.map(({ text, fields }) => [text, fields.times])).toEqual([
      ['messages cannot be encoded as they are', 1],
      ['messages cannot be encoded as they are', 2],
    ]);
  });
});
