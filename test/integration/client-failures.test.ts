/** What requests of the client fail with: codes, whether the handler saw the event, and whether to try again. */
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { SluiceError } from '../../src/client.js';
import { msgpackEncoding } from '../../src/client-msgpack.js';
import { echo, fail, never, sleep } from '../../src/demo/basics.js';
import { positionUpdate } from '../../src/demo/market.js';
import { placeOrder } from '../../src/demo/shop.js';
import { sendTick } from '../../src/demo/ticks.js';
import { defineHandler, HandlerError } from '../../src/index.js';
import { type ErrorCode, errorCodes } from '../../src/protocol/error-codes.js';
import { clientRig, failureOf } from '../support/client-rig.js';

const rig = clientRig();

/** Fails with what is in its data. */
const failing = defineHandler({
  type: 'failing',
  input: z.object({ code: z.string(), temporary: z.boolean().optional(), details: z.unknown().optional() }),
  handle({ data: { code, temporary = false, details } }) {
    throw new HandlerError(code as ErrorCode, `it was ${code}`, { temporary, details });
  },
});

const encodings = [
  ['json', {}],
  ['msgpack', { encoding: msgpackEncoding }],
] as const;

describe.each(encodings)('what a handler fails with, over %s,', (_name, options) => {
  it.each(Object.entries(errorCodes))('arrives whole: %s', async (code, { retry }) => {
    await rig.start([failing]);
    const details = { at: [1, 'two', null] };
    const error = await failureOf(rig.connect(options).request('failing', { code, details }));
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'SluiceError', code, message: `it was ${code}`, started: 'maybe', details });
    expect(error.retry).toBe(retry);
    expect(error.afterMs === undefined).toBe(retry === 'no');
    expect(rig.gateway.counters.received).toBe(1);
  });
});

describe('a failure', () => {
  it('says to try again where the handler does', async () => {
    await rig.start([failing]);
    const error = await failureOf(rig.connect().request('failing', { code: 'internal', temporary: true }));
    expect(error).toMatchObject({ code: 'internal', retry: 'backoff', started: 'maybe', afterMs: expect.any(Number) });
  });

  it('the handler did not mean for clients has none of its words', async () => {
    await rig.start([fail]);
    const error = await failureOf(rig.connect().request('fail', { message: 'password of the database' }));
    expect(error).toMatchObject({ code: 'internal', retry: 'no', started: 'maybe' });
    expect(error.message).not.toContain('password');
  });

  it('has nothing that was not said', async () => {
    await rig.start([fail]);
    const error = await failureOf(rig.connect().request('fail', {}));
    expect(error.stack).toContain('SluiceError');
    expect([error.afterMs, error.reason, error.details, error.cause]).toEqual(Array(4).fill(undefined));
  });

  it('of data the route does not want says what was wrong', async () => {
    await rig.start([placeOrder]);
    const error = await failureOf(rig.connect().request('order.place', { customer: 'ada', sku: 'a1', qty: 0 }));
    expect(error).toMatchObject({
      code: 'invalid_argument',
      retry: 'no',
      started: 'no',
      details: { issues: [{ path: 'qty', message: expect.any(String) }] },
    });
  });

  it('is not_found where no route takes the type', async () => {
    await rig.start([echo]);
    expect(await failureOf(rig.connect().request('order.shred'))).toMatchObject({
      code: 'not_found',
      retry: 'no',
      started: 'no',
    });
  });

  it('is permission_denied for a priority, or a topic, nobody may have', async () => {
    await rig.start([echo, sendTick]);
    const client = rig.connect();
    const denied = { code: 'permission_denied', retry: 'no', started: 'no' };
    expect(await failureOf(client.request('echo', 1, { priority: 'critical' }))).toMatchObject(denied);
    const tick = { symbol: 'A', price: 1, qty: 1 };
    expect(await failureOf(client.publish('tick.send', tick))).toMatchObject(denied);
    expect(await client.request('echo', 'normal')).toBe('normal');
  });

  it('is deadline_exceeded: no when the time passed in the queue, maybe when the handler had begun', async () => {
    const gateway = await rig.start([sleep, echo], { pipelines: { default: { slots: 1 } } });
    const client = rig.connect();
    const running = failureOf(client.request('sleep', { ms: 60_000 }, { ttlMs: 150 }));
    await vi.waitFor(() => expect(gateway.inUse().busy).toBe(1));
    const waiting = failureOf(client.request('echo', 1, { ttlMs: 20 }));
    expect(await waiting).toMatchObject({ code: 'deadline_exceeded', retry: 'no', started: 'no' });
    expect(await running).toMatchObject({ code: 'deadline_exceeded', retry: 'no', started: 'maybe' });
  });

  it('is aborted where a newer event took its place', async () => {
    const gateway = await rig.start([sleep, positionUpdate], { pipelines: { default: { slots: 1 } } });
    const client = rig.connect();
    const holding = client.request('sleep', { ms: 80 });
    await vi.waitFor(() => expect(gateway.inUse().busy).toBe(1));
    const older = failureOf(client.request('position.update', { x: 1, y: 1 }, { key: 'van' }));
    const newer = client.request('position.update', { x: 2, y: 1 }, { key: 'van' });
    expect(await older).toMatchObject({ code: 'aborted', retry: 'no', started: 'no' });
    expect(await newer).toEqual({ x: 2, y: 1 });
    await holding;
  });

  it('is already_exists where an idem was used with other data', async () => {
    await rig.start([echo]);
    const client = rig.connect();
    expect(await client.request('echo', 1, { idem: 'one-of-a-kind' })).toBe(1);
    expect(await client.request('echo', 1, { idem: 'one-of-a-kind' })).toBe(1);
    expect(await failureOf(client.request('echo', 2, { idem: 'one-of-a-kind' }))).toMatchObject({
      code: 'already_exists',
      started: 'no',
    });
    expect(await Promise.all([1, 1].map((n) => client.request('echo', n, { idem: true })))).toEqual([1, 1]);
  });

  it('is unavailable, for events that come to a gateway that shuts down and has no other', async () => {
    const gateway = await rig.start([never, echo], { drain: { deadlineMs: 60, spreadMs: 1 } });
    const client = rig.connect({ reconnect: false });
    const open = failureOf(client.request('never'));
    await vi.waitFor(() => expect(gateway.inUse().busy).toBe(1));
    await gateway.drain();
    expect(await open).toMatchObject({ code: 'unavailable', started: 'maybe' });
    expect((await failureOf(client.request('echo'))).code).toMatch(/unavailable|failed_precondition/);
  });

  it('is one an application can make out by its class alone', async () => {
    await rig.start([fail]);
    const thrown = await rig
      .connect()
      .request('fail', { code: 'not_found' })
      .catch((error: unknown) => error);
    if (!(thrown instanceof SluiceError)) throw new Error('expected a SluiceError');
    expect(thrown.code).toBe('not_found');
  });
});
