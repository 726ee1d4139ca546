/** Events that are sent again under one `idem`: done once, answered as often as asked. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Gateway } from '../../src/gateway.js';
import { defineHandler, HandlerError } from '../../src/index.js';
import { endAll } from '../support/end-all.js';
import { post } from '../support/http-post.js';
import { type Frame, TestClient } from '../support/test-client.js';
import { Works } from '../support/test-flow.js';
import { startTestGateway } from '../support/test-gateway.js';

let gateway: Gateway;
let works: Works;
/** Data of each event that reached a handler. */
let runs: unknown[] = [];
const clients: TestClient[] = [];

const noted = (type: string) =>
  defineHandler({
    type,
    handle: ({ data }) => {
      runs.push(data);
      return { run: runs.length };
    },
  });

const failing = defineHandler<{ code: 'failed_precondition' | 'unavailable'; temporary: boolean }>({
  type: 'failing',
  handle: ({ data: { code, temporary } }) => {
    runs.push(code);
    throw new HandlerError(code, `run ${runs.length}`, { temporary, details: { runs: runs.length } });
  },
});

const rows = defineHandler({
  type: 'rows',
  async *handle() {
    runs.push('rows');
    yield 1;
    yield 2;
  },
});

const start = async (parts: Record<string, unknown> = {}): Promise<number> => {
  works = new Works();
  runs = [];
  const work = defineHandler({ type: 'work', handle: works.handle });
  gateway = await startTestGateway([work, noted('note'), noted('other'), failing, rows], parts);
  return gateway.port;
};

const connect = async (port: number, encoding: 'json' | 'msgpack' = 'json'): Promise<TestClient> => {
  const client = await TestClient.connect(port, { encoding });
  clients.push(client);
  return client;
};

afterEach(() => endAll(gateway, clients.splice(0)));

const note = (id: number, idem: string, more: object = {}) => ({ id, type: 'note', idem, data: 'a', ...more });

const told = (client: TestClient, id: unknown): Frame[] => client.framesOf(id);

const duplicate = (id: unknown) => ({ op: 'ack', id, duplicate: true });

describe('an event that is sent again', () => {
  it.each(['json', 'msgpack'] as const)(
    'over %s, when it has ended, is answered from memory with the same',
    async (encoding) => {
      const client = await connect(await start(), encoding);
      expect(await client.request(note(1, 'k'))).toEqual({ op: 'end', id: 1, data: { run: 1 } });
      expect(told(client, 1)).toHaveLength(1);
      await client.request(note(2, 'k'));
      expect(told(client, 2)).toEqual([duplicate(2), { op: 'end', id: 2, data: { run: 1 } }]);
      client.send({ op: 'event', ...note(1, 'k', { ack: true }) });
      await client.until(() => told(client, 1).length >= 3 || undefined);
      expect(told(client, 1).slice(1)).toEqual([duplicate(1), { op: 'end', id: 1, data: { run: 1 } }]);
      expect(runs).toHaveLength(1);
    },
  );

  it('while it runs waits for the same outcome, on this connection and on others', async () => {
    const port = await start();
    const [first, second] = [await connect(port), await connect(port, 'msgpack')];
    first.send({ op: 'event', id: 1, type: 'work', data: 'w', idem: 'k' });
    await vi.waitFor(() => expect(works.all).toHaveLength(1));
    first.send({ op: 'event', id: 2, type: 'work', data: 'w', idem: 'k' });
    second.send({ op: 'event', id: 3, type: 'work', data: 'w', idem: 'k' });
    await first.next(({ op, id }) => op === 'ack' && id === 2);
    await second.next(({ op }) => op === 'ack');
    works.get('w').end('outcome');
    for (const [client, id] of [
      [first, 1],
      [first, 2],
      [second, 3],
    ] as const) {
      expect(await client.outcome(id)).toEqual({ op: 'end', id, data: 'outcome' });
    }
    expect([told(first, 1).length, told(first, 2)[0], told(second, 3)[0]]).toEqual([1, duplicate(2), duplicate(3)]);
    expect(works.all).toHaveLength(1);
  });

  it('with other content is refused, and the outcome stays', async () => {
    const client = await connect(await start());
    await client.request(note(1, 'k'));
    const refusal = { op: 'error', code: 'already_exists', retry: 'no', started: 'no' };
    expect(await client.request(note(2, 'k', { data: 'b' }))).toMatchObject({ ...refusal, id: 2 });
    expect(await client.request(note(3, 'k', { data: { a: 1 } }))).toMatchObject({ ...refusal, id: 3 });
    expect(await client.request(note(4, 'k'))).toMatchObject({ data: { run: 1 } });
    expect(runs).toEqual(['a']);
  });

  it('is the same content whatever its encoding, and however its numbers are written', async () => {
    const port = await start();
    const [json, msgpack] = [await connect(port), await connect(port, 'msgpack')];
    json.socket.send('{"op":"event","id":1,"type":"note","idem":"k","data":{"a":null,"b":[1.0,{"x":"ü","y":2e1}]}}');
    await json.outcome(1);
    expect(await msgpack.request(note(2, 'k', { data: { a: null, b: [1, { x: 'ü', y: 20 }] } }))).toMatchObject({
      op: 'end',
      data: { run: 1 },
    });
    expect(runs).toHaveLength(1);
  });

  it('is the same content in whatever order its maps were written, for maps have none', async () => {
    const client = await connect(await start());
    await client.request(note(1, 'k', { data: { a: 1, b: { x: 1, y: 2 } } }));
    expect(await client.request(note(2, 'k', { data: { b: { y: 2, x: 1 }, a: 1 } }))).toMatchObject({
      data: { run: 1 },
    });
  });

  it('under another type, or under no or another idem, is another event', async () => {
    const client = await connect(await start());
    await client.request(note(1, 'k'));
    expect(await client.request(note(2, 'k', { type: 'other' }))).toMatchObject({ data: { run: 2 } });
    expect(await client.request(note(3, 'k2'))).toMatchObject({ data: { run: 3 } });
    expect(await client.request({ id: 4, type: 'note', data: 'a' })).toMatchObject({ data: { run: 4 } });
    expect(client.frames.filter(({ op }) => op === 'ack')).toEqual([]);
  });

  it('without an id is not done again either', async () => {
    const client = await connect(await start());
    for (let n = 0; n < 5; n += 1) client.send({ op: 'event', type: 'note', idem: 'k', data: 'a' });
    expect(await client.request(note(1, 'k'))).toMatchObject({ data: { run: 1 } });
    expect(runs).toEqual(['a']);
  });

  it('over HTTP is the same event: once done, the others have its answer', async () => {
    const port = await start();
    const client = await connect(port);
    const event = { type: 'note', idem: 'k', data: 'a' };
    const [first, second] = [await post(port, event), await post(port, event, { encoding: 'msgpack' })];
    for (const { status, body } of [first, second]) expect([status, body]).toEqual([200, { run: 1 }]);
    expect(await client.request(note(1, 'k'))).toMatchObject({ data: { run: 1 } });
    expect(await post(port, { ...event, data: 'b' })).toMatchObject({ status: 409, body: { code: 'already_exists' } });
    expect(runs).toEqual(['a']);
  });

  it('gives its credit back like any other', async () => {
    const client = await connect(await start({ window: { initial: 2, min: 1, max: 2 } }));
    for (let id = 1; id <= 20; id += 1) {
      await client.until(() => client.creditMax >= id || undefined);
      expect(await client.request(note(id, 'k'))).toMatchObject({ op: 'end' });
    }
    expect(runs).toEqual(['a']);
  });

  it('and is cancelled leaves the one that runs alone', async () => {
    const client = await connect(await start());
    for (const id of [1, 2]) {
      client.send({ op: 'event', id, type: 'work', data: 'w', idem: 'k' });
      await vi.waitFor(() => expect(works.all).toHaveLength(1));
    }
    await client.next(({ op }) => op === 'ack');
    client.send({ op: 'cancel', id: 2 });
    expect(await client.outcome(2)).toMatchObject({ op: 'error', code: 'cancelled' });
    expect(works.get('w').signal.aborted).toBe(false);
    works.get('w').end('outcome');
    expect(await client.outcome(1)).toEqual({ op: 'end', id: 1, data: 'outcome' });
  });
});

describe('the outcome of an event', () => {
  it('that failed for good is remembered like any other', async () => {
    const client = await connect(await start());
    const event = { type: 'failing', idem: 'k', data: { code: 'failed_precondition', temporary: false } };
    const { id: _first, ...failure } = await client.request({ id: 1, ...event });
    expect(failure).toMatchObject({ code: 'failed_precondition', details: { runs: 1 }, started: 'maybe' });
    const { id: _second, ...again } = await client.request({ id: 2, ...event });
    expect(again).toEqual(failure);
    expect(told(client, 2)[0]).toEqual(duplicate(2));
    expect(runs).toHaveLength(1);
  });

  it('that may be tried again is not remembered', async () => {
    const client = await connect(await start());
    const event = { type: 'failing', idem: 'k', data: { code: 'unavailable', temporary: true } };
    for (const id of [1, 2, 3]) {
      expect(await client.request({ id, ...event })).toMatchObject({ retry: 'backoff', details: { runs: id } });
      expect(told(client, id)).toHaveLength(1);
    }
  });

  it('that no handler saw is not remembered: refused, too late, or taken back in time', async () => {
    const client = await connect(await start({ pipelines: { default: { slots: 1 } } }));
    client.send({ op: 'event', id: 'busy', type: 'work', data: 'busy' });
    await vi.waitFor(() => expect(works.all).toHaveLength(1));
    client.send({ op: 'event', ...note(1, 'late', { ttl: 20 }) });
    client.send({ op: 'event', ...note(2, 'taken back') });
    client.send({ op: 'event', ...note(3, 'bad', { ttl: 0 }) });
    client.send({ op: 'cancel', id: 2 });
    for (const id of [1, 2, 3]) expect(await client.outcome(id)).toMatchObject({ op: 'error', started: 'no' });
    works.get('busy').end();
    for (const [id, idem] of [
      [4, 'late'],
      [5, 'taken back'],
      [6, 'bad'],
    ] as const) {
      expect(await client.request(note(id, idem))).toMatchObject({ op: 'end' });
      expect(told(client, id)).toHaveLength(1);
    }
    expect(runs).toHaveLength(3);
  });

  it('of a stream is not there any more: out of range', async () => {
    const client = await connect(await start());
    expect(await client.request({ id: 1, type: 'rows', idem: 'k' })).toMatchObject({ op: 'end', n: 2 });
    expect(await client.request({ id: 2, type: 'rows', idem: 'k' })).toMatchObject({
      op: 'error',
      code: 'out_of_range',
    });
    expect(client.frames.filter(({ op }) => op === 'item')).toHaveLength(2);
    expect(runs).toEqual(['rows']);
  });

  it('is remembered for its time', async () => {
    const client = await connect(await start({ idempotency: { ms: 60 } }));
    await client.request(note(1, 'k'));
    await client.request(note(2, 'k'));
    expect(runs).toHaveLength(1);
    for (let id = 3; runs.length === 1; id += 1) await client.request(note(id, 'k'));
    expect(runs).toHaveLength(2);
  });

  it('is remembered with so many others, and the oldest go first', async () => {
    const client = await connect(await start({ idempotency: { entriesMax: 3 } }));
    for (let id = 1; id <= 4; id += 1) await client.request(note(id, `k${id}`));
    expect(await client.request(note(14, 'k4'))).toMatchObject({ data: { run: 4 } });
    expect(await client.request(note(13, 'k3'))).toMatchObject({ data: { run: 3 } });
    expect(await client.request(note(11, 'k1'))).toMatchObject({ data: { run: 5 } });
  });
});
