import { describe, expect, it } from 'vitest';
import { RareLog } from '../../src/handlers/rare-log.js';
import { TestClock } from '../support/test-clock.js';

function watch(everyMs?: number) {
  const clock = new TestClock();
  const logged: unknown[] = [];
  const line = (level: string) => (fields: object | string, text?: string) => logged.push([level, text, fields]);
  const log = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
  return { clock, logged, rare: new RareLog(log, clock, everyMs) };
}

describe('RareLog', () => {
  it('logs one line of each kind in a while, with the sum of those it stands for', () => {
    const { clock, logged, rare } = watch(1000);
    rare.warn('a', { n: 1 });
    rare.error('b', { n: 2 }, 5);
    rare.warn('a', { n: 3 }, 2);
    clock.advance(999);
    rare.warn('a', { n: 4 });
    clock.advance(1);
    rare.warn('a', { n: 5 });
    expect(logged).toEqual([
      ['warn', 'a', { n: 1, times: 1 }],
      ['error', 'b', { n: 2, times: 5 }],
      ['warn', 'a', { n: 5, times: 4 }],
    ]);
  });

  it('tells what it has not told when it is flushed, once', () => {
    const { logged, rare } = watch();
    for (let n = 0; n < 3; n += 1) {
      rare.error('a', {});
      rare.warn('b', {});
    }
    logged.length = 0;
    rare.flush();
    rare.flush();
    expect(logged).toEqual([
      ['error', 'a', { times: 2 }],
      ['warn', 'b', { times: 2 }],
    ]);
  });
});
