/** Events over HTTP: one request, one event, one answer, and the same queue as everybody's. */
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { count, echo, fail, never, sleep } from '../../src/demo/basics.js';
import type { Gateway } from '../../src/gateway.js';
import { defineHandler, HandlerError } from '../../src/index.js';
import { mediaTypes, post } from '../support/http-post.js';
import { httpRequest, RawSocket } from '../support/raw-socket.js';
import { TestClient } from '../support/test-client.js';
import { Works } from '../support/test-flow.js';
import { expectConservation, startTestGateway } from '../support/test-gateway.js';

let gateway: Gateway;

const start = async (handlers: readonly unknown[], parts: Record<string, unknown> = {}): Promise<number> => {
  gateway = await startTestGateway(handlers, parts);
  return gateway.port;
};

afterEach(() => expectConservation(gateway).finally(() => gateway.close()));

const data = { text: 'ünïcode 😀', list: [1, -2.5, null, true, 2 ** 40], deep: { a: { b: [] } } };

describe('the answer', () => {
  const both = ['json', 'msgpack'] as const;
  const accepts = [undefined, '*/*', ...Object.values(mediaTypes)] as const;
  const cases = both.flatMap((encoding) =>
    accepts.map((accept) => {
      const named = both.find((each) => accept === mediaTypes[each]);
      return { encoding, accept, answered: named ?? encoding };
    }),
  );
  it.each(cases)(
    'to $encoding with accept $accept is the data as $answered',
    async ({ encoding, accept, answered }) => {
      const port = await start([echo]);
      const options = { encoding, ...(accept === undefined ? {} : { accept }) };
      for (const event of [
        { type: 'echo', data },
        { type: 'echo', data, id: 7 },
      ]) {
        const { status, headers, body } = await post(port, event, options);
        expect([status, headers.get('content-type'), body]).toEqual([200, mediaTypes[answered], data]);
      }
      const refused = await post(port, { type: 'no.such' }, options);
      expect([refused.status, refused.headers.get('content-type')]).toEqual([404, mediaTypes[answered]]);
      expect(refused.body).toMatchObject({
        code: 'not_found',
        retry: 'no',
        started: 'no',
        message: expect.any(String),
      });
    },
  );

  it.each(both)('is 200 over %s when the handler returns nothing', async (encoding) => {
    const port = await start([defineHandler({ type: 'nothing', handle: () => undefined })]);
    const { status, body } = await post(port, { type: 'nothing' }, { encoding });
    expect([status, body ?? null]).toEqual([200, null]);
  });

  it('ignores what it does not know, and takes null in an optional field as absent', async () => {
    const port = await start([echo]);
    const absent = { id: null, ack: null, key: null, priority: null, ttl: null, idem: null, credit: null, trace: null };
    const event = { op: 'dance', type: 'echo', data: 1, extra: { a: 1 }, overflow: null, ...absent };
    expect(await post(port, event)).toMatchObject({ status: 200, body: 1 });
  });

  it('is 202 on acceptance when asked to respond asynchronously, and the event runs though the client goes', async () => {
    const works = new Works();
    const port = await start([defineHandler({ type: 'work', handle: works.handle })]);
    const raw = await RawSocket.connect(port);
    const headers = 'Content-Type: application/json\r\nPrefer: respond-async, wait=10\r\n';
    raw.write(httpRequest('POST', '/v1/events', headers, '{"type":"work","data":"w"}'));
    expect(await raw.answer()).toMatchObject({ status: 202 });
    raw.destroy();
    await vi.waitFor(() => expect(works.names).toEqual(['w']));
    for (let turn = 0; turn < 20; turn += 1) await wait(1);
    expect(works.get('w').signal.aborted).toBe(false);
    works.get('w').end();
    await expectConservation(gateway);
    expect(gateway.counters).toMatchObject({ succeeded: 1, undelivered: 0 });
    expect(await post(port, { type: 'no.such' }, { prefer: 'respond-async' })).toMatchObject({ status: 404 });
  });
});

describe('an error', () => {
  const statuses = {
    invalid_argument: 400,
    unauthenticated: 401,
    permission_denied: 403,
    not_found: 404,
    already_exists: 409,
    aborted: 409,
    failed_precondition: 412,
    out_of_range: 416,
    resource_exhausted: 429,
    cancelled: 499,
    internal: 500,
    data_loss: 500,
    unimplemented: 501,
    unavailable: 503,
    deadline_exceeded: 504,
  };
  it.each(Object.entries(statuses))('%s of a handler is answered with %i', async (code, status) => {
    const port = await start([fail]);
    const answer = await post(port, { type: 'fail', data: { code, message: 'as told' } });
    expect([answer.status, answer.body]).toEqual([
      status,
      expect.objectContaining({
        code,
        message: 'as told',
        started: 'maybe',
        retry: expect.stringMatching(/^no$|^backoff$/),
      }),
    ]);
    expect(answer.headers.has('retry-after')).toBe('afterMs' in (answer.body as object));
  });

  it.each([
    [1, '1'],
    [1000, '1'],
    [1001, '2'],
    [2400, '3'],
  ])('to be retried after %i ms says so in seconds rounded up: %s', async (afterMs, seconds) => {
    const temporary = defineHandler({
      type: 'busy',
      retry: { attempts: 1, minMs: 1, maxMs: afterMs },
      handle: () => Promise.reject(new HandlerError('unavailable', 'busy', { temporary: true })),
    });
    const port = await start([temporary]);
    const { status, headers, body } = await post(port, { type: 'busy' });
    expect([status, headers.get('retry-after')]).toEqual([503, seconds]);
    expect(body).toMatchObject({ retry: 'backoff', afterMs });
  });

  it('hides the text of an unknown error', async () => {
    const port = await start([fail]);
    const { status, body } = await post(port, { type: 'fail', data: { message: 'secret' } });
    expect(status).toBe(500);
    expect(body).toMatchObject({ code: 'internal', started: 'maybe', retry: 'no' });
    expect(JSON.stringify(body)).not.toContain('secret');
  });

  it.each(['json', 'msgpack'] as const)(
    'whose details cannot be encoded is answered over %s without them',
    async (encoding) => {
      const cycle: Record<string, unknown> = {};
      cycle.self = cycle;
      const odd = defineHandler({
        type: 'odd',
        handle: () => Promise.reject(new HandlerError('out_of_range', 'as told', { details: cycle })),
      });
      const port = await start([odd, echo]);
      const answer = await post(port, { type: 'odd' }, { encoding, signal: AbortSignal.timeout(2000) });
      expect(answer).toMatchObject({ status: 416, body: { code: 'out_of_range', message: 'as told' } });
      expect(await post(port, { type: 'echo', data: 1 })).toMatchObject({ status: 200 });
    },
  );

  it('is 504 when time is over: with started no in the queue, and maybe in the handler', async () => {
    const port = await start([never, echo], { pipelines: { default: { slots: 1, timeoutMs: 80 } } });
    const running = post(port, { type: 'never' });
    await vi.waitFor(() => expect(gateway.inUse().busy).toBe(1));
    const expired = await post(port, { type: 'echo', ttl: 1 });
    expect([expired.status, expired.body]).toMatchObject([504, { code: 'deadline_exceeded', started: 'no' }]);
    expect(await running).toMatchObject({ status: 504, body: { code: 'deadline_exceeded', started: 'maybe' } });
  });

  it('is 406 for a stream when its Accept does not ask for one, and the handler is told to stop', async () => {
    const stopped: string[] = [];
    const endless = defineHandler({
      type: 'endless',
      handle(_event, { signal }) {
        signal.addEventListener('abort', () => stopped.push('signal'));
        const iterator: AsyncIterator<number> = {
          next: async () => ({ done: false, value: 1 }),
          async return() {
            stopped.push('return');
            return { done: true, value: undefined };
          },
        };
        return { [Symbol.asyncIterator]: () => iterator };
      },
    });
    const port = await start([endless, count]);
    const { status, body } = await post(port, { type: 'endless' }, { accept: 'application/json' });
    expect([status, body]).toMatchObject([406, { code: expect.any(String), started: 'maybe' }]);
    expect(stopped.sort()).toEqual(['return', 'signal']);
    for (const accept of ['text/event-stream;q=0', 'text/event-streaming', '*/*']) {
      expect((await post(port, { type: 'count', data: { to: 1 } }, { accept })).status).toBe(406);
    }
    expect((await post(port, { type: 'count', data: { to: 1 } }, { encoding: 'msgpack' })).status).toBe(406);
  });
});

describe('the room for requests', () => {
  it('is a reserve: when it is used up they are refused with 429, while events inside credit go on', async () => {
    const works = new Works();
    const work = defineHandler({ type: 'work', handle: works.handle });
    const port = await start([work, echo], { budget: { items: 64, reserve: 4 } });
    const answers = Array.from({ length: 8 }, () => post(port, { type: 'work', data: 'w' }));
    const refused: unknown[] = [];
    for (const answer of answers) void answer.then((each) => each.status === 429 && refused.push(each));
    await vi.waitFor(() => expect(refused.length + works.all.length).toBe(8));
    expect(works.all.length).toBeGreaterThanOrEqual(1);
    expect(works.all.length).toBeLessThanOrEqual(4);
    const body = { code: 'resource_exhausted', reason: 'queue', retry: 'backoff', started: 'no' };
    for (const each of refused as Awaited<ReturnType<typeof post>>[]) {
      expect(each.body).toMatchObject({ ...body, afterMs: expect.any(Number) });
      expect(Number(each.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    }
    const client = await TestClient.connect(port);
    expect(await client.request({ id: 1, type: 'echo', data: 'inside' })).toMatchObject({ op: 'end', data: 'inside' });
    await client.close();
    for (const { end } of works.all) end('done');
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(works.all.length);
    expect((await post(port, { type: 'echo' })).status).toBe(200);
  });
});

describe('a client that goes away', () => {
  it('cancels its event: the handler’s signal fires within 50 ms, waiting events never start', async () => {
    const fired: number[] = [];
    const hang = defineHandler({
      type: 'hang',
      handle: (_event, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            fired.push(performance.now());
            reject(signal.reason);
          });
        }),
    });
    const port = await start([hang], { pipelines: { default: { slots: 2 } } });
    const request = httpRequest('POST', '/v1/events', 'Content-Type: application/json\r\n', '{"type":"hang"}');
    const raws = await Promise.all([1, 2, 3].map(() => RawSocket.connect(port)));
    for (const raw of raws) raw.write(request);
    await vi.waitFor(() => expect(gateway.inUse()).toMatchObject({ busy: 2, waiting: 1 }));
    const gone = raws.map(({ socket }) => once(socket, 'close'));
    const goneAtMs = performance.now();
    for (const raw of raws) raw.destroy();
    await Promise.all(gone);
    await expectConservation(gateway);
    expect(fired.length).toBeGreaterThanOrEqual(2);
    expect(Math.max(...fired) - goneAtMs).toBeLessThan(50);
    expect(Object.fromEntries(gateway.counters.failedBy)).toEqual({ cancelled: 3 });
  });
});

describe('requests together', () => {
  it('wait in the common queue by their priority', async () => {
    const order: unknown[] = [];
    const works = new Works();
    const note = defineHandler({ type: 'note', handle: ({ data: name }) => order.push(name) });
    const port = await start([note, defineHandler({ type: 'work', handle: works.handle })], {
      pipelines: { default: { slots: 1 } },
      anonymous: { critical: true },
    });
    const running = [post(port, { type: 'work', data: 'first' })];
    await vi.waitFor(() => expect(works.all).toHaveLength(1));
    for (const priority of ['low', 'normal', 'high', 'critical']) {
      running.push(post(port, { type: 'note', data: priority, priority }));
      await vi.waitFor(() => expect(gateway.inUse().waiting).toBe(running.length - 1));
    }
    works.get('first').end();
    for (const { status } of await Promise.all(running)) expect(status).toBe(200);
    expect(order).toEqual(['critical', 'high', 'normal', 'low']);
  });

  it('may not ask for critical where that is not allowed', async () => {
    const port = await start([echo]);
    const { status, body } = await post(port, { type: 'echo', priority: 'critical' });
    expect([status, body]).toMatchObject([403, { code: 'permission_denied', started: 'no' }]);
  });

  it('one after another on a connection that is kept alive are each answered, errors too', async () => {
    const port = await start([echo, fail]);
    const raw = await RawSocket.connect(port);
    for (let n = 0; n < 50; n += 1) {
      const isBad = n % 5 === 4;
      const event = isBad ? '{"type":"fail"}' : `{"type":"echo","data":${n}}`;
      raw.write(httpRequest('POST', '/v1/events', 'Content-Type: application/json\r\n', event));
      const { status, body } = await raw.answer();
      expect([status, isBad ? '' : body]).toEqual([isBad ? 500 : 200, isBad ? '' : String(n)]);
    }
    raw.destroy();
  });

  it('on 300 connections at once each get their own answer', async () => {
    const port = await start([sleep, echo]);
    const answers = await Promise.all(Array.from({ length: 300 }, (_, n) => post(port, { type: 'echo', data: n })));
    expect(answers.map(({ status, body }) => [status, body])).toEqual(answers.map((_, n) => [200, n]));
  });
});
