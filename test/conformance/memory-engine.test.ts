import { createMemoryEngine } from '../../src/engine/memory-engine.js';
import { lateEngine } from '../support/late-engine.js';
import { TestClock } from '../support/test-clock.js';
import { describeEngine } from './engine-suite.js';

describeEngine('memory engine', (bounds) => {
  const clock = new TestClock();
  return { engine: createMemoryEngine({ clock, ...bounds }), advance: (byMs) => clock.advance(byMs) };
});

describeEngine('memory engine behind a slow line', (bounds) => {
  const clock = new TestClock();
  return { engine: lateEngine(createMemoryEngine({ clock, ...bounds })), advance: (byMs) => clock.advance(byMs) };
});
