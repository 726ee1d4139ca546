import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Deque } from '../../src/collections/deque.js';

describe('a deque', () => {
  it('does what an array does', () => {
    const step = fc.oneof(fc.constant('shift' as const), fc.constant('clear' as const), fc.integer());
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const deque = new Deque<number>();
        const array: number[] = [];
        for (const one of steps) {
          if (one === 'shift') expect(deque.shift()).toBe(array.shift());
          else if (one === 'clear') {
            deque.clear();
            array.length = 0;
          } else {
            deque.push(one);
            array.push(one);
          }
          expect(deque.size).toBe(array.length);
          for (let i = -1; i <= array.length; i += 1) expect(deque.at(i)).toBe(array[i]);
        }
      }),
    );
  });
});
