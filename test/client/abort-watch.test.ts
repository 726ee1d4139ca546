import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { AbortWatch } from '../../src/client/abort-watch.js';

const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

describe('a watch over signals', () => {
  it('has one listener for each signal, and calls back all who want to hear of it, once', () => {
    const watch = new AbortWatch();
    const controller = new AbortController();
    const told: number[] = [];
    for (let i = 0; i < 100; i += 1) watch.add(controller.signal, () => told.push(i));
    expect(listeners(controller.signal)).toBe(1);
    controller.abort();
    expect(told).toEqual(Array.from({ length: 100 }, (_, index) => index));
    expect(listeners(controller.signal)).toBe(0);
  });

  it('does not call back who has gone, and listens no more when all have', () => {
    const watch = new AbortWatch();
    const controller = new AbortController();
    const told: string[] = [];
    const undo = ['a', 'b'].map((name) => watch.add(controller.signal, () => told.push(name)));
    undo[0]?.();
    undo[0]?.();
    expect(listeners(controller.signal)).toBe(1);
    undo[1]?.();
    expect(listeners(controller.signal)).toBe(0);
    watch.add(controller.signal, () => told.push('c'));
    controller.abort();
    expect(told).toEqual(['c']);
  });

  it('does not call back whom another lets go', () => {
    const watch = new AbortWatch();
    const controller = new AbortController();
    const told: string[] = [];
    watch.add(controller.signal, () => {
      told.push('a');
      undo();
    });
    const undo = watch.add(controller.signal, () => told.push('b'));
    controller.abort();
    expect(told).toEqual(['a']);
  });
});
