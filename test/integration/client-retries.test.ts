/** Events the gateway refuses before they begin are sent again, within bounds; whatever may have begun is not. */
import { describe, expect, it, vi } from 'vitest';
import { echo, fail, sleep } from '../../src/demo/basics.js';
import { defineHandler } from '../../src/index.js';
import { clientRig, failureOf } from '../support/client-rig.js';
import { Works } from '../support/test-flow.js';

const rig = clientRig();

/** Five events at once, and then one every 20 ms. */
const rated = { limits: { sessionPerS: 50, burstMs: 100 } };
/** One event, and then one every second. */
const slowlyRated = { limits: { sessionPerS: 1, burstMs: 1000 } };
const tenNumbers = Array.from({ length: 10 }, (_, n) => n);

const refusedForRate = { code: 'resource_exhausted', reason: 'rate', started: 'no', retry: 'backoff' } as const;

describe('events refused for their rate', () => {
  it('are sent again until they are taken, and each is done once', async () => {
    const gateway = await rig.start([echo], rated);
    const client = rig.connect();
    expect(await Promise.all(tenNumbers.map((n) => client.request('echo', n)))).toEqual(tenNumbers);
    const { received, refused, succeeded } = gateway.counters;
    expect(succeeded).toBe(10);
    expect(refused).toBeGreaterThanOrEqual(1);
    expect(received).toBe(10 + refused);
    expect(client.usage).toMatchObject({ queued: 0, open: 0 });
  });

  it('are sent again when they were emitted too, and nobody is told of a failure', async () => {
    const gateway = await rig.start([echo], rated);
    const client = rig.connect();
    const failures = vi.fn();
    client.failures$.subscribe(failures);
    for (const n of tenNumbers) await client.emit('echo', n);
    await vi.waitFor(() => expect(gateway.counters.succeeded).toBe(10), 5000);
    await client.close();
    expect(failures).not.toHaveBeenCalled();
    expect(gateway.counters.succeeded).toBe(10);
  });

  it.each([
    ['of the client', { retry: false }, {}],
    ['of the event', {}, { retry: false }],
  ] as const)('fail at once where retry is false, in the options %s', async (_whose, ofClient, ofEvent) => {
    const gateway = await rig.start([echo], slowlyRated);
    const client = rig.connect(ofClient);
    expect(await client.request('echo', 1, ofEvent)).toBe(1);
    const error = await failureOf(client.request('echo', 2, ofEvent));
    expect(error).toMatchObject(refusedForRate);
    expect(error.afterMs).toBeGreaterThan(0);
    expect(gateway.counters.received).toBe(2);
  });

  it('fail without a wait that would end after their time', async () => {
    const gateway = await rig.start([echo], slowlyRated);
    const client = rig.connect({ retry: { withinMs: 200 } });
    await client.request('echo', 1);
    const startedAtMs = performance.now();
    expect(await failureOf(client.request('echo', 2))).toMatchObject(refusedForRate);
    expect(performance.now() - startedAtMs).toBeLessThan(200);
    expect(gateway.counters.received).toBe(2);
  });

  it('with a key are not sent again, unless they say so', async () => {
    const gateway = await rig.start([echo], rated);
    const client = rig.connect();
    const keyed = await Promise.allSettled(tenNumbers.map((n) => client.request('echo', n, { key: 'k' })));
    const failed = keyed.filter(({ status }) => status === 'rejected');
    expect(failed.length).toBeGreaterThanOrEqual(1);
    for (const each of failed) expect(each).toMatchObject({ reason: refusedForRate });
    expect(gateway.counters.received).toBe(10);
    const options = { key: 'k', retry: { attempts: 10 } };
    expect(await Promise.all(tenNumbers.map((n) => client.request('echo', n, options)))).toEqual(tenNumbers);
  });

  it('are let go while they wait to be sent again, when their signal fires', async () => {
    const gateway = await rig.start([echo], slowlyRated);
    const client = rig.connect();
    await client.request('echo', 1);
    const abort = new AbortController();
    const asked = failureOf(client.request('echo', 2, { signal: abort.signal }));
    await vi.waitFor(() => expect(gateway.counters.refused).toBe(1));
    abort.abort();
    expect(await asked).toMatchObject({ code: 'cancelled', started: 'no' });
    expect(gateway.counters.received).toBe(2);
  });

  it('are late when their ttl passes while they wait to be sent again', async () => {
    await rig.start([echo], slowlyRated);
    const client = rig.connect();
    await client.request('echo', 1);
    const startedAtMs = performance.now();
    const error = await failureOf(client.request('echo', 2, { ttlMs: 60 }));
    expect(error.code).toMatch(/^(?:deadline_exceeded|resource_exhausted)$/);
    expect(error.started).toBe('no');
    expect(performance.now() - startedAtMs).toBeLessThan(500);
  });
});

describe('events refused for their memory', () => {
  it('are sent again when there is some', async () => {
    const works = new Works();
    const work = defineHandler({ type: 'work', order: 'none', handle: works.handle });
    const gateway = await rig.start([work, echo], { listen: { payloadBytesMax: 16_000 }, budget: { bytes: 20_000 } });
    const client = rig.connect();
    const first = client.request('work', 'x'.repeat(15_000));
    await vi.waitFor(() => expect(works.all).toHaveLength(1));
    const second = client.request('echo', 'y'.repeat(10_000));
    await vi.waitFor(() => expect(gateway.counters.refusedBy.get('resource_exhausted')).toBe(1));
    works.all[0]?.end('done');
    expect(await first).toBe('done');
    expect(await second).toHaveLength(10_000);
  });
});

describe('events refused again and again', () => {
  it.each([1, 3, 6])('fail when they have been sent %d times', async (attempts) => {
    const works = new Works();
    const work = defineHandler({ type: 'work', order: 'none', handle: works.handle });
    // A circuit whose probe hangs refuses all others, and has them come back soon.
    const breaker = { callsMin: 1, failurePercent: 1, openMs: 10, openMsMax: 10, probeMs: 5 };
    const gateway = await rig.start([work], { breaker });
    const client = rig.connect();
    const broken = failureOf(client.request('work', 'broken'));
    await vi.waitFor(() => expect(works.all).toHaveLength(1));
    works.get('broken').fail(new Error('the disk is gone'));
    expect(await broken).toMatchObject({ code: 'internal' });
    const probe = client.request('work', 'probe', { retry: { attempts: 50 } });
    await vi.waitFor(() => expect(works.names).toEqual(['broken', 'probe']), 2000);
    const before = gateway.counters.received;
    const error = await failureOf(client.request('work', 'more', { retry: { attempts } }));
    expect(error).toMatchObject({ code: 'unavailable', started: 'no', retry: 'backoff' });
    expect(gateway.counters.received - before).toBe(attempts);
    works.get('probe').end('well again');
    expect(await probe).toBe('well again');
  });
});

describe('events that may have begun', () => {
  it('are not sent again, though the handler says that it is temporary', async () => {
    const gateway = await rig.start([fail, sleep]);
    const client = rig.connect();
    const error = await failureOf(client.request('fail', { code: 'unavailable' }));
    expect(error).toMatchObject({ code: 'unavailable', retry: 'backoff', started: 'maybe' });
    expect(await failureOf(client.request('sleep', { ms: 60_000 }, { ttlMs: 20 }))).toMatchObject({ started: 'maybe' });
    expect(gateway.counters.received).toBe(2);
  });
});
