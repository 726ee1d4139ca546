import { describe, expect, it } from 'vitest';
import { createMemoryEngine } from '../../src/engine/memory-engine.js';
import { message, wideBounds } from '../conformance/engine-bounds.js';
import { lateEngine } from '../support/late-engine.js';
import { TestClock } from '../support/test-clock.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the late engine', () => {
  it('lets turns go by before a call arrives, and before its answer comes back', async () => {
    const engine = createMemoryEngine({ clock: new TestClock(), ...wideBounds });
    const arrived: string[] = [];
    engine.logs.follow({ appended: ({ topic }) => arrived.push(topic), reset: () => undefined });
    const late = lateEngine(engine);
    const told: string[] = [];
    late.logs.follow({ appended: () => told.push('followed'), reset: () => undefined });
    const answer = late.logs.append(message('a'));
    expect(answer).toBeInstanceOf(Promise);
    void Promise.resolve(answer).then(() => told.push('answered'));
    await turn();
    expect(arrived).toEqual([]);
    while (arrived.length === 0) await turn();
    expect(told).toEqual([]);
    while (told.length < 2) await turn();
    expect(told).toEqual(['followed', 'answered']);
  });

  it('tells of nothing else before what an answer sets off has happened', async () => {
    const late = lateEngine(createMemoryEngine({ clock: new TestClock(), ...wideBounds }));
    const seen: string[] = [];
    late.logs.follow({ appended: ({ offset }) => seen.push(`entry ${offset}`), reset: () => undefined });
    const asked = (async () => {
      const { last } = await late.logs.position('a');
      await Promise.resolve();
      seen.push(`at ${last}`);
    })();
    await Promise.all([asked, late.logs.append(message('a'))]);
    expect(seen).toEqual(['at 0', 'entry 1']);
  });
});
