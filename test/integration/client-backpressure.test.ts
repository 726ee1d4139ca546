/** A producer that awaits its emits runs at the speed of the handlers, over the gateway's credit, and loses nothing. */
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { msgpackEncoding } from '../../src/client-msgpack.js';
import { echo } from '../../src/demo/basics.js';
import { defineHandler } from '../../src/index.js';
import { clientRig, failureOf, settledAt } from '../support/client-rig.js';
import { Works } from '../support/test-flow.js';

const rig = clientRig();

const slots = 4;
const windowMax = 16;
const narrow = { pipelines: { default: { slots } }, window: { initial: windowMax, max: windowMax } };

/** A handler that takes two milliseconds, and what it saw: events in their order, its own time, and how many at once. */
function slowHandler() {
  const seen: { readonly n: number; readonly key: string | undefined }[] = [];
  const peak = { busyMs: 0, underWay: 0 };
  const handler = defineHandler<number>({
    type: 'slow',
    async handle({ data, key }) {
      seen.push({ n: data, key });
      peak.underWay = Math.max(peak.underWay, rig.gateway.inUse().events);
      const beganAtMs = performance.now();
      await wait(2);
      peak.busyMs += performance.now() - beganAtMs;
    },
  });
  return { handler, seen, peak };
}

/** Resolves to whether a promise is settled within some turns of the event loop. */
async function isSettledSoon(promise: Promise<unknown>): Promise<boolean> {
  let isSettled = false;
  void promise.finally(() => {
    isSettled = true;
  });
  for (let turn = 0; turn < 20 && !isSettled; turn += 1) await wait(1);
  return isSettled;
}

describe.each([
  ['json', {}, 2000],
  ['msgpack', { encoding: msgpackEncoding }, 500],
] as const)('a loop that awaits its emits, over %s,', (_name, options, events) => {
  it('runs at the speed of the handlers, never beyond its window, and each event is seen once, in order', async () => {
    const { handler, seen, peak } = slowHandler();
    const gateway = await rig.start([handler], narrow);
    const client = rig.connect(options);
    await client.ready;
    const startedAtMs = performance.now();
    for (let n = 0; n < events; n += 1) {
      await client.emit('slow', n, { key: `k${n % 8}` });
      if (client.usage.queued > 1) throw new Error(`expected at most one event to wait, got ${client.usage.queued}`);
    }
    const tookMs = performance.now() - startedAtMs;
    await client.close();
    const handlersMs = peak.busyMs / slots;
    expect(tookMs).toBeGreaterThan(0.8 * ((events - windowMax) / events) * handlersMs);
    expect(tookMs).toBeLessThan(2 * handlersMs);
    expect(peak.underWay).toBeLessThanOrEqual(windowMax);
    expect(peak.underWay).toBeGreaterThan(slots);
    expect(seen.map(({ n }) => n).sort((a, b) => a - b)).toEqual(Array.from({ length: events }, (_, n) => n));
    for (let k = 0; k < 8; k += 1) {
      const own = seen.filter(({ key }) => key === `k${k}`).map(({ n }) => n);
      expect(own).toEqual(own.toSorted((a, b) => a - b));
    }
    expect(gateway.counters).toMatchObject({ received: events, refused: 0, succeeded: events });
  });
});

describe('a loop that does not await its emits', () => {
  it('is refused at the bound of the queue, with what to do about it, and all that was taken is done', async () => {
    const { handler, seen } = slowHandler();
    const gateway = await rig.start([handler], narrow);
    const client = rig.connect({ queue: { items: 100 } });
    await client.ready;
    const emits = Array.from({ length: 400 }, (_, n) => client.emit('slow', n));
    expect(client.usage).toMatchObject({ queued: 100 });
    const outcomes = await Promise.allSettled(emits);
    const refused = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    expect(refused.length).toBeGreaterThanOrEqual(400 - 100 - windowMax);
    expect(refused.length).toBeLessThanOrEqual(300);
    for (const error of refused) {
      expect(error).toMatchObject({ code: 'resource_exhausted', reason: 'queue', started: 'no', retry: 'backoff' });
    }
    expect(refused[0].afterMs).toBeGreaterThan(0);
    expect(refused[0].message).toMatch(/await/);
    expect(refused[0].message).toContain('100');
    await client.close();
    // The first ones were taken, in their order.
    expect(seen.map(({ n }) => n)).toEqual(Array.from({ length: 400 - refused.length }, (_, n) => n));
    expect(gateway.counters).toMatchObject({ received: 400 - refused.length, refused: 0 });
  });

  it('is refused before there is a connection as well', async () => {
    await rig.start([echo]);
    const client = rig.connect({ queue: { items: 10 } });
    const outcomes = await Promise.allSettled(Array.from({ length: 15 }, (_, n) => client.request('echo', n)));
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...Array(10).fill('fulfilled'),
      ...Array(5).fill('rejected'),
    ]);
    expect(outcomes.at(-1)).toMatchObject({ reason: { code: 'resource_exhausted', reason: 'queue', started: 'no' } });
  });
});

describe('with one event of credit, which is in use,', () => {
  const one = { window: { initial: 1, max: 1 } };
  /** A client whose only credit is held by an event named `first`. */
  const held = async (options: Parameters<typeof rig.connect>[0] = {}, parts: Record<string, unknown> = {}) => {
    const works = new Works();
    await rig.start([defineHandler({ type: 'work', order: 'none', handle: works.handle }), echo], { ...one, ...parts });
    const client = rig.connect(options);
    const first = client.request('work', 'first');
    await vi.waitFor(() => expect(works.names).toEqual(['first']));
    const release = async () => {
      works.get('first').end(undefined);
      await first;
    };
    return { client, works, release };
  };

  it('an emit waits, and so does whoever asks for room', async () => {
    const { client, release } = await held();
    const [emitted, room] = [client.emit('echo', 'x'), client.writable()];
    expect(await isSettledSoon(Promise.race([emitted, room]))).toBe(false);
    expect(client.usage).toMatchObject({ queued: 1, open: 1, credit: 0 });
    expect(client.usage.queuedBytes).toBeGreaterThan(0);
    await release();
    await emitted;
    await room;
    await vi.waitFor(() => expect(client.usage).toEqual({ queued: 0, queuedBytes: 0, open: 0, credit: 1 }));
    await client.writable();
  });

  it('events leave by their priority, and in one by their order', async () => {
    const { client, works, release } = await held();
    const names = ['low', 'normal', 'high'].flatMap((priority) => [`${priority} 1`, `${priority} 2`]);
    const asked = names.map((name) =>
      client.request('work', name, { priority: name.split(' ')[0] as 'low' | 'normal' | 'high' }),
    );
    await release();
    for (let done = 1; done <= names.length; done += 1) {
      await vi.waitFor(() => expect(works.all).toHaveLength(done + 1));
      works.all[done]?.end(undefined);
    }
    await Promise.all(asked);
    expect(works.names).toEqual(['first', 'high 1', 'high 2', 'normal 1', 'normal 2', 'low 1', 'low 2']);
  });

  it('a critical event goes all the same', async () => {
    const { client, release } = await held({}, { anonymous: { critical: true } });
    const waiting = client.request('echo', 'normal');
    expect(await client.request('echo', 'critical', { priority: 'critical' })).toBe('critical');
    expect(client.usage).toMatchObject({ queued: 1, open: 1, credit: 0 });
    await release();
    expect(await waiting).toBe('normal');
  });

  it('the bytes that wait are bounded too', async () => {
    const { client, release } = await held({ queue: { bytes: 10_000 } });
    const text = 'x'.repeat(4000);
    const taken = [client.request('echo', text), client.request('echo', text)];
    const error = await failureOf(client.request('echo', text));
    expect(error).toMatchObject({ code: 'resource_exhausted', reason: 'queue', started: 'no', retry: 'backoff' });
    expect(error.message).toMatch(/bytes/);
    const small = client.request('echo', 'small');
    expect(client.usage.queued).toBe(3);
    expect(client.usage.queuedBytes).toBeLessThanOrEqual(10_000);
    await release();
    expect(await Promise.all([...taken, small])).toEqual([text, text, 'small']);
  });

  it('an event whose time passes in the queue fails there, and is never sent', async () => {
    const { client, release } = await held();
    const late = failureOf(client.request('echo', 'late', { ttlMs: 20 }));
    const lateEmit = failureOf(client.emit('echo', 'late', { ttlMs: 20 }));
    for (const error of await Promise.all([late, lateEmit])) {
      expect(error).toMatchObject({ code: 'deadline_exceeded', started: 'no' });
    }
    expect(client.usage).toMatchObject({ queued: 0, queuedBytes: 0 });
    await release();
    expect(rig.gateway.counters.received).toBe(1);
  });

  it('a signal takes an event out of the queue', async () => {
    const { client, release } = await held();
    const abort = new AbortController();
    const { signal } = abort;
    const gone = [client.request('echo', 1, { signal }), client.emit('echo', 2, { signal })].map(failureOf);
    expect(client.usage.queued).toBe(2);
    abort.abort();
    for (const error of await Promise.all(gone)) expect(error).toMatchObject({ code: 'cancelled', started: 'no' });
    expect(client.usage).toMatchObject({ queued: 0, queuedBytes: 0 });
    await release();
    expect(await settledAt(() => rig.gateway.counters.received, 3)).toBe(1);
  });
});
