import { describe, expect, it } from 'vitest';
import { handlerFailure } from '../../src/handlers/handler-failure.js';
import { publishing } from '../../src/handlers/publishing.js';
import { RareLog } from '../../src/handlers/rare-log.js';
import { type Failure, failure } from '../../src/protocol/error-codes.js';
import { logEntry } from '../support/fake-topics.js';
import { TestClock } from '../support/test-clock.js';

/** `ctx.publish` over topics that answer as they are told. */
function watch(answer: Failure | ReturnType<typeof logEntry>) {
  const logged: unknown[] = [];
  const clock = new TestClock();
  const line = (level: string) => (fields: object | string, text?: string) => logged.push([level, fields, text]);
  const log = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
  return { logged, clock, publish: publishing(() => answer, new RareLog(log, clock, 1000)) };
}

const full = failure('resource_exhausted', 'no room', { reason: 'memory' });

describe('publishing from handlers', () => {
  it('answers where the message stands', async () => {
    const { publish, logged } = watch(logEntry('a', 3));
    expect(await publish('a', 1)).toEqual({ topic: 'a', epoch: 'e1', offset: 3 });
    expect(logged).toEqual([]);
  });

  it('rejects with what a client would be told, with the bound that was reached', async () => {
    const error: unknown = await watch(full)
      .publish('a', 1)
      .catch((why: unknown) => why);
    expect(error).toMatchObject({ code: 'resource_exhausted', temporary: true, details: { reason: 'memory' } });
    expect(handlerFailure(error, 50).failure).toMatchObject({ details: { reason: 'memory' }, retry: 'backoff' });
    const bad = watch(failure('invalid_argument', 'no topic', { details: { at: 2 } })).publish('..', 1);
    await expect(bad).rejects.toMatchObject({ temporary: false, details: { at: 2 } });
  });

  it('logs what failed at most once a second, with how many there were', async () => {
    const { publish, logged, clock } = watch(full);
    for (let n = 0; n < 500; n += 1) void publish('a', n).catch(() => undefined);
    await Promise.allSettled([publish('a', 0)]);
    clock.advance(1000);
    await Promise.allSettled([publish('a', 0)]);
    const line = (times: number) => [
      'warn',
      { err: expect.anything(), topic: 'a', times },
      'messages were not published',
    ];
    expect(logged).toEqual([line(1), line(501)]);
  });
});
