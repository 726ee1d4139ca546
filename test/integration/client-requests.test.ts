/** Requests of the client: what goes in comes out at the handler, and its answer here. */
import { describe, expect, it, vi } from 'vitest';
import { msgpackEncoding } from '../../src/client-msgpack.js';
import { count, echo, never } from '../../src/demo/basics.js';
import { defineHandler } from '../../src/index.js';
import { clientRig, failureOf } from '../support/client-rig.js';
import { Works } from '../support/test-flow.js';

const rig = clientRig();

/** Says what kind of value its data was. */
const kind = defineHandler({
  type: 'kind',
  handle: ({ data }) => (data === undefined ? 'undefined' : data === null ? 'null' : typeof data),
});
const fields = defineHandler({
  type: 'fields',
  handle: ({ type, data, key, priority }, { trace }) => ({ type, data, key, priority, trace }),
});
const nothing = defineHandler({ type: 'nothing', handle: () => undefined });

const encodings = [
  ['json', {}],
  ['msgpack', { encoding: msgpackEncoding }],
] as const;

describe.each(encodings)('a request over %s', (_name, options) => {
  it.each([
    ['text', 'ünïcode 😀 \u2028 "quoted"'],
    ['a number', -2.5],
    ['the largest integer', 2 ** 53 - 1],
    ['no', false],
    ['null', null],
    ['an empty list', []],
    ['a tree', { list: [1, [2, { three: null }]], empty: {}, text: '' }],
  ])('brings %s back as it was', async (_what, data) => {
    await rig.start([echo]);
    expect(await rig.connect(options).request('echo', data)).toEqual(data);
  });

  it('tells the handler what belongs to the event', async () => {
    await rig.start([fields]);
    const client = rig.connect(options);
    const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const event = { type: 'fields', data: 1, key: 'k', priority: 'low', trace };
    expect(await client.request('fields', 1, { key: 'k', priority: 'low', trace })).toEqual(event);
    expect(await client.request('fields', 1)).toMatchObject({ type: 'fields', data: 1, priority: 'normal' });
  });

  it('leaves out data that is not given, and sends null as null', async () => {
    await rig.start([kind, nothing]);
    const client = rig.connect(options);
    expect(await client.request('kind')).toBe('undefined');
    expect(await client.request('kind', undefined)).toBe('undefined');
    expect(await client.request('kind', null)).toBe('null');
    expect((await client.request('nothing')) ?? null).toBeNull();
  });

  it('is answered whenever its handler is ready, whatever was asked before', async () => {
    const works = new Works();
    await rig.start([defineHandler({ type: 'work', handle: works.handle })]);
    const client = rig.connect(options);
    const ended: string[] = [];
    const names = ['a', 'b', 'c', 'd'];
    const asked = names.map((name) =>
      client.request('work', name).then((answer) => {
        ended.push(name);
        return answer;
      }),
    );
    await vi.waitFor(() => expect(works.names).toEqual(names));
    for (const name of ['c', 'a', 'd', 'b']) {
      works.get(name).end(`answer to ${name}`);
      await vi.waitFor(() => expect(ended).toContain(name));
    }
    expect(ended).toEqual(['c', 'a', 'd', 'b']);
    expect(await Promise.all(asked)).toEqual(names.map((name) => `answer to ${name}`));
  });

  it('is one of a thousand, and each gets its own answer', async () => {
    const gateway = await rig.start([echo]);
    const client = rig.connect(options);
    const numbers = Array.from({ length: 1000 }, (_, n) => n);
    expect(await Promise.all(numbers.map((n) => client.request('echo', { n })))).toEqual(numbers.map((n) => ({ n })));
    expect(gateway.counters).toMatchObject({ received: 1000, refused: 0, succeeded: 1000 });
    expect(client.usage).toMatchObject({ queued: 0, queuedBytes: 0, open: 0 });
  });

  it('is too large: it is refused before it is sent, and the connection lives on', async () => {
    const gateway = await rig.start([echo], { listen: { payloadBytesMax: 4096 } });
    const client = rig.connect(options);
    await client.ready;
    const { session } = client.state as { readonly session?: string };
    const error = await failureOf(client.request('echo', 'x'.repeat(5000)));
    expect(error).toMatchObject({ code: 'invalid_argument', retry: 'no', started: 'no' });
    expect(error.message).toContain('4096');
    expect(await client.request('echo', 'x'.repeat(3000))).toHaveLength(3000);
    expect(client.state).toMatchObject({ status: 'open', session });
    expect(gateway.counters).toMatchObject({ received: 1, sessionsOpened: 1 });
  });

  it('is too large, which shows only when the gateway has said what it takes', async () => {
    const gateway = await rig.start([echo], { listen: { payloadBytesMax: 4096 } });
    const client = rig.connect(options);
    const large = failureOf(client.request('echo', 'x'.repeat(5000)));
    const small = client.request('echo', 'fine');
    expect(await large).toMatchObject({ code: 'invalid_argument', started: 'no' });
    expect(await small).toBe('fine');
    expect(gateway.counters).toMatchObject({ received: 1, sessionsOpened: 1 });
  });

  it('of a stream fails, and the stream is cancelled at the gateway', async () => {
    const gateway = await rig.start([count, echo]);
    const client = rig.connect(options);
    const error = await failureOf(client.request('count', { to: 1_000_000 }));
    expect(error).toMatchObject({ code: 'failed_precondition', retry: 'no', started: 'maybe' });
    expect(error.message).toContain('stream');
    await vi.waitFor(() => expect(gateway.inUse()).toMatchObject({ events: 0 }));
    expect(gateway.counters.failedBy.get('cancelled')).toBe(1);
    expect(gateway.counters.itemsSent).toBeLessThanOrEqual(32);
    expect(await client.request('echo', 'still here')).toBe('still here');
  });
});

describe('bytes', () => {
  it('go through MessagePack as they are', async () => {
    await rig.start([echo]);
    const client = rig.connect({ encoding: msgpackEncoding });
    const bytes = Uint8Array.from({ length: 300 }, (_, n) => n % 256);
    const answer = (await client.request('echo', { bytes })) as { readonly bytes: Uint8Array };
    expect(answer.bytes).toBeInstanceOf(Uint8Array);
    expect([...answer.bytes]).toEqual([...bytes]);
  });
});

const circle: Record<string, unknown> = {};
circle.self = circle;

describe('what cannot be sent', () => {
  it.each([
    ['a circle', circle],
    ['a bigint', 10n ** 30n],
  ])('is refused at once where the data is %s, and the client lives on', async (_what, data) => {
    const gateway = await rig.start([echo]);
    const client = rig.connect();
    expect(await failureOf(client.request('echo', data))).toMatchObject({
      code: 'invalid_argument',
      retry: 'no',
      started: 'no',
    });
    expect(await failureOf(client.emit('echo', data))).toMatchObject({ code: 'invalid_argument' });
    expect(await client.request('echo', 1)).toBe(1);
    expect(gateway.counters.received).toBe(1);
  });

  it.each([
    ['an empty type', '', {}],
    ['a type with a space', 'a b', {}],
    ['a type of 129 characters', 'x'.repeat(129), {}],
    ['a key of 257 bytes', 'echo', { key: `${'ä'.repeat(128)}x` }],
    ['a ttl of 0', 'echo', { ttlMs: 0 }],
    ['an idem of 129 bytes', 'echo', { idem: 'x'.repeat(129) }],
  ])('is refused with what was expected where there is %s', async (_what, type, options) => {
    const gateway = await rig.start([echo]);
    const client = rig.connect();
    const error = await failureOf(client.request(type, 1, options));
    expect(error).toMatchObject({ code: 'invalid_argument', started: 'no' });
    expect(error.message).toMatch(/expected/);
    expect(await client.request('echo', 1)).toBe(1);
    expect(gateway.counters.succeeded).toBe(1);
  });
});

describe('a request whose signal fires', () => {
  it('before it is made is never sent', async () => {
    const gateway = await rig.start([echo]);
    const client = rig.connect();
    const reason = new Error('not any more');
    const error = await failureOf(client.request('echo', 1, { signal: AbortSignal.abort(reason) }));
    expect(error).toMatchObject({ code: 'cancelled', started: 'no', cause: reason });
    await client.request('echo', 2);
    expect(gateway.counters.received).toBe(1);
  });

  it('while its handler runs is cancelled at the gateway', async () => {
    const gateway = await rig.start([never]);
    const client = rig.connect();
    const abort = new AbortController();
    const asked = failureOf(client.request('never', 1, { signal: abort.signal }));
    await vi.waitFor(() => expect(gateway.inUse().busy).toBe(1));
    abort.abort();
    expect(await asked).toMatchObject({ code: 'cancelled', started: 'maybe' });
    await vi.waitFor(() => expect(gateway.inUse().busy).toBe(0));
    expect(gateway.counters.failedBy.get('cancelled')).toBe(1);
  });
});
