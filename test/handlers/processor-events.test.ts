import { EMPTY, interval, map, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { HandlerDefinition } from '../../src/handlers/define-handler.js';
import { defineProcessor, routeOf } from '../../src/handlers/define-processor.js';
import { Processor } from '../../src/handlers/processor.js';
import { buildRoutes } from '../../src/handlers/routes.js';
import type { SluiceEvent } from '../../src/model/handler.js';
import { numbers, settle } from '../support/processor-stage.js';
import { TestClock } from '../support/test-clock.js';
import { outcomeOf, TestFlow } from '../support/test-flow.js';

describe('Processor of events', () => {
  /** A gateway's middle with the route of a processor that holds until it is released. */
  function watch(itemsMax: number, timeoutMs = 1000) {
    const seen: unknown[] = [];
    let release: () => void = () => undefined;
    const definition = defineProcessor<number>({
      from: 'count.*',
      inlet: { itemsMax },
      order: 'none',
      timeoutMs,
      through(events$: Observable<SluiceEvent<number>>, { hold }) {
        release = hold();
        return events$.pipe(map(({ type, data }) => ({ topic: 'out', data: [type, data] })));
      },
    });
    const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
    const processor = new Processor(definition, {
      clock: new TestClock(),
      log,
      publish: async (_topic, data) => seen.push(data),
      random: () => 0,
    });
    processor.start();
    const route = routeOf(definition, (event, context) => processor.offer(event, context));
    const flow = new TestFlow([route], { slots: 1 });
    return { processor, flow, seen, release: () => release() };
  }

  it('ends an event when the inlet took it, and lets it keep its slot until then', async () => {
    const { flow, seen, release } = watch(2);
    const records = numbers(4).map((data) => flow.send({ type: 'count.up', data }));
    await flow.settle();
    expect(records.map(outcomeOf)).toEqual([undefined, undefined, 'running', 'waiting']);
    release();
    await settle();
    await flow.settle();
    expect(records.map(outcomeOf)).toEqual([undefined, undefined, undefined, undefined]);
    await settle();
    expect(seen).toEqual(numbers(4).map((data) => ['count.up', data]));
    flow.expectAtRest();
  });

  it('does not take an event whose time was over before there was room', async () => {
    const { processor, flow, seen, release } = watch(1, 50);
    const records = numbers(2).map((data) => flow.send({ type: 'count.up', data }));
    await flow.settle();
    await flow.pass(100);
    expect(records.map(outcomeOf)).toEqual([undefined, 'deadline_exceeded/maybe']);
    expect(processor.counts.waiting).toBe(1);
    release();
    await settle();
    expect(seen).toEqual([['count.up', 1]]);
    flow.expectAtRest();
  });

  it('has a route with the fields of its declaration; one of topics has none', () => {
    const definition = defineProcessor({
      from: 'a.>',
      priority: 'high',
      ttlMs: 9,
      through: () => interval(1) as never,
    });
    const handlers = [routeOf(definition, () => undefined) as HandlerDefinition];
    const { all } = buildRoutes({ handlers, overrides: {}, pipelines: { default: { timeoutMs: 5 } } });
    expect(all[0]).toMatchObject({ pattern: 'a.>', priority: 'high', ttlMs: 9, timeoutMs: 5 });
    expect(routeOf(defineProcessor({ from: { topic: 'x' }, through: () => EMPTY }), () => undefined)).toBeUndefined();
  });
});
