import { describe, expect, it } from 'vitest';
import { isHandlerDefinition } from '../../src/handlers/define-handler.js';
import { isProcessorDefinition } from '../../src/handlers/define-processor.js';
import {
  definePublisher,
  handlerOfPublisher,
  isPublisherDefinition,
  type Publisher,
} from '../../src/handlers/define-publisher.js';
import { type HandlerContext, HandlerError, type SluiceEvent } from '../../src/model/handler.js';

interface Tick {
  readonly symbol: string;
}

const event = { type: 'tick.send', data: { symbol: 'A' }, key: 'k', id: 1, session: 's' } as SluiceEvent<Tick>;

/** Calls the handler with the event; what was published is written as topic, data, key. */
async function publish(fields: Omit<Publisher<Tick>, 'type'>) {
  const published: unknown[][] = [];
  const handler = handlerOfPublisher(definePublisher({ type: 'tick.send', ...fields }), async (...args) => {
    published.push(args);
    return { topic: args[0], offset: 7, epoch: 'e', data: args[1] };
  });
  const handle = handler.handle as (event: SluiceEvent<Tick>, context: HandlerContext) => Promise<unknown>;
  return { published, end: await handle(event, { identity: 'me' } as HandlerContext) };
}

describe('definePublisher', () => {
  it('declares what is loaded like a handler, and told apart by its kind', () => {
    const definition = definePublisher({ type: 'tick.send', topic: 'ticks' });
    expect(isHandlerDefinition(definition)).toBe(true);
    expect(isPublisherDefinition(definition)).toBe(true);
    expect(isProcessorDefinition(definition)).toBe(false);
    expect([null, 'x', {}, { kind: 'publisher' }].some(isPublisherDefinition)).toBe(false);
  });

  it('publishes the data and key of an event, and ends with its place', async () => {
    const { published, end } = await publish({ topic: 'ticks' });
    expect(published).toEqual([['ticks', { symbol: 'A' }, 'k']]);
    expect(end).toEqual({ topic: 'ticks', offset: 7, epoch: 'e' });
  });

  it('publishes what its functions make of an event', async () => {
    const { published } = await publish({
      topic: ({ data }) => `tick.${data.symbol}`,
      data: ({ data, session }) => [data.symbol, session],
      key: () => undefined,
    });
    expect(published).toEqual([['tick.A', ['A', 's'], undefined]]);
  });

  it('fails with what publishing fails with, and with what its functions throw', async () => {
    const denied = new HandlerError('permission_denied', 'not yours');
    const handler = handlerOfPublisher(definePublisher({ type: 'a', topic: 'b' }), () => Promise.reject(denied));
    const handle = handler.handle as (event: SluiceEvent, context: HandlerContext) => Promise<unknown>;
    await expect(handle(event, {} as HandlerContext)).rejects.toBe(denied);
    const bad = new Error('bad');
    const topic = (): string => {
      throw bad;
    };
    await expect(publish({ topic })).rejects.toBe(bad);
  });

  it('makes a handler with the other fields as they were', () => {
    const input = { '~standard': { version: 1 as const, vendor: 'x', validate: (value: unknown) => ({ value }) } };
    const fields = { type: 'a.*', priority: 'low', ttlMs: 5, order: 'none', input, retry: { attempts: 2 } } as const;
    const handler = handlerOfPublisher(definePublisher({ ...fields, topic: 'b' }), () => Promise.reject());
    expect(handler).toMatchObject(fields);
    expect(Object.keys(handler).sort()).toEqual([...Object.keys(fields), 'handle'].sort());
    expect(isPublisherDefinition(handler)).toBe(false);
    expect(isHandlerDefinition(handler)).toBe(true);
  });

  it.each<{ fields: object; expected: string }>([
    { fields: { type: 'a b' }, expected: 'publisher "a b": expected type to be dot-separated tokens' },
    { fields: { topic: 'tick.*' }, expected: 'expected topic to be' },
    { fields: { topic: undefined }, expected: 'expected topic to be' },
    { fields: { data: {} }, expected: 'expected data to be a function of the event' },
    { fields: { key: 'k' }, expected: 'expected key to be a function of the event' },
    { fields: { priority: 'urgent' }, expected: 'expected priority' },
    { fields: { retry: { attempts: 0 } }, expected: 'expected retry.attempts' },
    { fields: { retry: 2 }, expected: 'expected retry.attempts to be a whole number, 1 or more' },
  ])('says what is wrong: $expected', ({ fields, expected }) => {
    const declare = (): unknown => definePublisher({ type: 'a', topic: 'b', ...fields } as never);
    expect(declare).toThrow(TypeError);
    expect(declare).toThrow(expected);
  });
});
