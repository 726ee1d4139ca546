/** What every engine has to do, as its documentation says. One suite for all; it waits for every answer. */
import { describe, expect, it } from 'vitest';
import { type MakeEngine, message, wideBounds } from './engine-bounds.js';
import { logBounds } from './engine-log-bounds.js';
import { logOrder } from './engine-log-order.js';
import { outcomeDuties } from './engine-outcomes.js';
import { presenceDuties } from './engine-presence.js';

export function describeEngine(name: string, makeEngine: MakeEngine): void {
  describe(`the ${name}`, () => {
    describe('keeps logs in order:', () => logOrder(makeEngine));
    describe('keeps logs within bounds:', () => logBounds(makeEngine));
    describe('keeps outcomes:', () => outcomeDuties(makeEngine));
    describe('keeps presence:', () => presenceDuties(makeEngine));

    it('calls nobody once it is closed', async () => {
      const { engine } = makeEngine(wideBounds);
      const called: string[] = [];
      engine.logs.follow({ appended: ({ topic }) => called.push(topic), reset: (topic) => called.push(topic) });
      await engine.outcomes.claim('k', 'x');
      engine.outcomes.wait('k', () => called.push('k'));
      const asked = Promise.all([engine.logs.append(message('a')), engine.outcomes.complete('k', value)]);
      engine.close();
      const calledBefore = [...called];
      await asked;
      expect(called).toEqual(calledBefore);
    });
  });
}

const value = { value: 1, items: -1 };
