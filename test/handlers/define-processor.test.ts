import { EMPTY } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { defineHandler, isHandlerDefinition } from '../../src/handlers/define-handler.js';
import { defineProcessor, isProcessorDefinition, nameOfProcessor } from '../../src/handlers/define-processor.js';
import { isPublisherDefinition } from '../../src/handlers/define-publisher.js';

const through = () => EMPTY;

describe('defineProcessor', () => {
  it('declares what is loaded like a handler, and told apart by its kind', () => {
    const ofEvents = defineProcessor({ from: 'order.*', through, ttlMs: 5, restart: { minMs: 60_000 } });
    const ofTopics = defineProcessor({ from: { topic: 'tick.>' }, through, inlet: { itemsMax: 8 } });
    for (const definition of [ofEvents, ofTopics]) {
      expect(definition.kind).toBe('processor');
      expect(isHandlerDefinition(definition)).toBe(true);
      expect(isProcessorDefinition(definition)).toBe(true);
      expect(isPublisherDefinition(definition)).toBe(false);
      expect(Object.isFrozen(definition)).toBe(true);
    }
    expect([nameOfProcessor(ofEvents), nameOfProcessor(ofTopics)]).toEqual(['order.*', 'tick.>']);
    expect(isProcessorDefinition(defineHandler({ type: 'a', handle: through }))).toBe(false);
    expect([null, 5, {}, { kind: 'processor' }].some(isProcessorDefinition)).toBe(false);
  });

  it.each<{ fields: object; expected: string }>([
    { fields: { from: 'a..b' }, expected: 'processor "a..b": expected from to be a type' },
    { fields: { from: 'x'.repeat(129) }, expected: 'expected from to be a type' },
    { fields: { from: 5 }, expected: 'processor 5: expected from to be a type, or { topic }' },
    { fields: { from: null }, expected: 'expected from to be' },
    { fields: { from: { topic: 'a.>.b' } }, expected: 'processor "a.>.b": expected from to be' },
    { fields: { from: { topic: 'a' }, ttlMs: 5 }, expected: 'expected ttlMs to be absent where from is a topic' },
    { fields: { from: { topic: 'a' }, input: {} }, expected: 'expected input to be absent' },
    { fields: { from: { topic: 'a' }, retry: {} }, expected: 'expected retry to be absent' },
    { fields: { retry: null }, expected: 'expected retry.attempts to be a whole number' },
    { fields: { through: undefined }, expected: 'expected through to be a function' },
    { fields: { inlet: { itemsMax: 0 } }, expected: 'expected inlet.itemsMax to be a whole number from 1' },
    { fields: { inlet: { itemsMax: Infinity } }, expected: 'expected inlet.itemsMax' },
    { fields: { restart: { minMs: 0 } }, expected: 'expected restart.minMs to be milliseconds, 1 or more' },
    { fields: { restart: { minMs: 10, maxMs: 9 } }, expected: 'expected restart.maxMs' },
    { fields: { restart: { maxMs: 2 ** 32 } }, expected: 'expected restart.maxMs' },
    { fields: { input: { parse: through } }, expected: 'expected input to be a schema' },
    { fields: { pipeline: '' }, expected: 'expected pipeline to be the name of a pipeline' },
    { fields: { priority: 'critical' }, expected: "expected priority to be 'high', 'normal' or 'low'" },
    { fields: { ttlMs: -1 }, expected: 'expected ttlMs' },
    { fields: { timeoutMs: Number.NaN }, expected: 'expected timeoutMs' },
    { fields: { order: 'no' }, expected: "expected order to be 'key' or 'none'" },
  ])('says what is wrong: $expected', ({ fields, expected }) => {
    const declare = (): unknown => defineProcessor({ from: 'a', through, ...fields } as never);
    expect(declare).toThrow(TypeError);
    expect(declare).toThrow(expected);
  });
});
