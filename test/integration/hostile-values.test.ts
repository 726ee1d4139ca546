/** Values outside of the model that both encodings share: refused wherever they stand, and the socket stays. */
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { echo } from '../../src/demo/basics.js';
import type { Gateway } from '../../src/gateway.js';
import { mediaTypes, postBody } from '../support/http-post.js';
import { type Frame, TestClient } from '../support/test-client.js';
import { expectConservation, startTestGateway } from '../support/test-gateway.js';
import { Verbatim, written } from '../support/verbatim.js';

let gateway: Gateway;
const clients: TestClient[] = [];

beforeAll(async () => {
  gateway = await startTestGateway([echo]);
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await expectConservation(gateway);
});

afterAll(() => gateway.close());

/** Arrays inside of arrays. */
const nested = (depth: number): Verbatim =>
  new Verbatim({
    json: `${'['.repeat(depth)}${']'.repeat(depth)}`,
    msgpack: [...new Array(depth - 1).fill(0x91), 0x90],
  });

const nestedMaps = (depth: number): Verbatim =>
  new Verbatim({
    json: `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`,
    msgpack: [...Array.from({ length: depth }, () => [0x81, 0xa1, 0x61]).flat(), 1],
  });

const bytesOf = (text: string): number[] => [...Buffer.from(text)];
const float64 = (value: number): number[] => {
  const bytes = Buffer.alloc(9, 0xcb);
  bytes.writeDoubleBE(value, 1);
  return [...bytes];
};

const outside: Readonly<Record<string, Verbatim>> = {
  'arrays nested too deep': nested(80),
  'arrays nested 5,000 deep': nested(5000),
  'maps nested too deep': nestedMaps(80),
  'maps nested 5,000 deep': nestedMaps(5000),
  'the key __proto__': new Verbatim({
    json: '{"__proto__":{"a":1}}',
    msgpack: [0x81, 0xa9, ...bytesOf('__proto__'), 0x80],
  }),
  'the key __proto__ written with escapes': new Verbatim({
    json: '{"\\u005f_proto__":1}',
    msgpack: [0x81, 0xd9, 9, ...bytesOf('__proto__'), 1],
  }),
  Infinity: new Verbatim({ json: '1e999', msgpack: float64(Number.POSITIVE_INFINITY) }),
  '-Infinity': new Verbatim({ json: '-1e999', msgpack: float64(Number.NEGATIVE_INFINITY) }),
  NaN: new Verbatim({ msgpack: float64(Number.NaN) }),
  'NaN of 32 bits': new Verbatim({ msgpack: [0xca, 0x7f, 0xc0, 0, 0] }),
  'an integer above 2^53': new Verbatim({ json: '9007199254740994', msgpack: [0xcf, 0, 0x20, 0, 0, 0, 0, 0, 1] }),
  'an integer below -2^53': new Verbatim({
    json: '-9007199254740994',
    msgpack: [0xd3, 0xff, 0xdf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  }),
  'the largest integer': new Verbatim({ json: '18446744073709551615', msgpack: [0xcf, ...new Array(8).fill(0xff)] }),
  'a whole float above 2^53': new Verbatim({ json: '1e300', msgpack: float64(1e300) }),
  'an extension of one byte': new Verbatim({ msgpack: [0xd4, 5, 1] }),
  'an extension of 300 bytes': new Verbatim({ msgpack: [0xc8, 1, 44, 7, ...new Array(300).fill(1)] }),
  'an empty extension': new Verbatim({ msgpack: [0xc7, 0, 9] }),
  'a timestamp': new Verbatim({ msgpack: [0xd6, 0xff, 0x65, 0, 0, 0] }),
  'what a library takes for undefined': new Verbatim({ msgpack: [0xd4, 0, 0] }),
  'what a library takes for a record definition': new Verbatim({ msgpack: [0xd4, 0x72, 0x40] }),
  'a map with a number for a key': new Verbatim({ msgpack: [0x81, 1, 2] }),
  'a map with nil for a key': new Verbatim({ msgpack: [0x81, 0xc0, 2] }),
  'a map with a map for a key': new Verbatim({ msgpack: [0x81, 0x80, 2] }),
};

const cases = (['json', 'msgpack'] as const).flatMap((encoding) =>
  Object.entries(outside)
    .filter(([, value]) => value.isIn(encoding))
    .map(([name, value]) => ({ encoding, name, value })),
);

const connect = async (encoding: 'json' | 'msgpack'): Promise<TestClient> => {
  const client = await TestClient.connect(gateway.port, { encoding });
  clients.push(client);
  return client;
};

let echoes = 0;
/** @returns what came for a message before the answer to an echo behind it, but for `credit` */
const answersTo = async (client: TestClient, encoding: 'json' | 'msgpack', message: unknown): Promise<Frame[]> => {
  const before = client.frames.length;
  echoes += 1;
  const id = `echo ${echoes}`;
  client.socket.send(encoding === 'json' ? written(message, encoding).toString() : written(message, encoding));
  await client.request({ id, type: 'echo' });
  return client.frames.slice(before, -1).filter(({ op }) => op !== 'credit');
};

const event = { op: 'event', id: 'e', type: 'echo' };

describe.each(cases)('over $encoding, $name', ({ encoding, value }) => {
  const invalid = { op: 'error', code: 'invalid_argument', retry: 'no', started: 'no', message: expect.any(String) };

  it.each([
    { place: 'the data of an event', field: 'data', frame: { ...event, data: value } },
    { place: 'an array in its data', field: 'data', frame: { ...event, data: [1, { a: [value] }] } },
    { place: 'a field before its op', field: 'data', frame: { data: value, ...event } },
    { place: 'its key', field: 'key', frame: { ...event, key: value } },
    { place: 'a field nobody knows', field: 'extra', frame: { ...event, extra: value } },
  ])('as $place is refused under its id, by the name of the field', async ({ field, frame }) => {
    const client = await connect(encoding);
    const answers = await answersTo(client, encoding, frame);
    expect(answers).toEqual([{ ...invalid, id: 'e', message: expect.stringContaining(field) }]);
  });

  it.each([
    { place: 'an id', frame: { op: 'event', type: 'echo', id: value } },
    { place: 'a type', frame: { op: 'event', type: value } },
    { place: 'an op', frame: { op: value, id: 'e' } },
    { place: 'what a ping carries', frame: { op: 'ping', at: value } },
    { place: 'the id of a cancel', frame: { op: 'cancel', id: value } },
    { place: 'a whole message', frame: value },
  ])('as $place is refused without an id', async ({ frame }) => {
    const client = await connect(encoding);
    const [answer, ...more] = await answersTo(client, encoding, frame);
    expect(answer).toMatchObject(invalid);
    expect(answer).not.toHaveProperty('id');
    expect(more).toEqual([]);
  });

  it('in one frame of an array leaves the others alone', async () => {
    const client = await connect(encoding);
    const good = [1, 2].map((id) => ({ op: 'event', type: 'echo', id, data: id }));
    const answers = await answersTo(client, encoding, [good[0], { ...event, data: value }, good[1], { op: value }]);
    expect(answers.filter(({ op }) => op === 'end')).toEqual([1, 2].map((id) => ({ op: 'end', id, data: id })));
    expect(answers.filter(({ op }) => op === 'error').map(({ id, code }) => [id, code])).toEqual([
      ['e', 'invalid_argument'],
      [undefined, 'invalid_argument'],
    ]);
  });

  it('in a hello is refused, and the session begins all the same', async () => {
    const client = await TestClient.connect(gateway.port, { encoding, isSilent: true });
    clients.push(client);
    const answers = await answersTo(client, encoding, { op: 'hello', extra: value });
    expect(answers.map(({ op, code }) => [op, code])).toEqual([
      ['welcome', undefined],
      ['error', 'invalid_argument'],
    ]);
  });

  it('in the body of a request is answered with 400', async () => {
    const body = written({ type: 'echo', data: value }, encoding);
    const answer = await postBody(gateway.port, new Uint8Array(body), { 'content-type': mediaTypes[encoding] });
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_argument', started: 'no', retry: 'no' } });
  });
});

describe('values inside of the model', () => {
  const inside: readonly unknown[] = [
    2 ** 53,
    -(2 ** 53),
    2 ** 53 - 1,
    0.1,
    -1e15,
    '',
    'é😀',
    '\u0000',
    [],
    {},
    { constructor: 1, toString: 2 },
  ];
  it.each(['json', 'msgpack'] as const)('come back over %s as they went', async (encoding) => {
    const client = await connect(encoding);
    for (const data of inside) {
      expect(await answersTo(client, encoding, { ...event, data })).toEqual([{ op: 'end', id: 'e', data }]);
    }
    for (const deep of [nested(60), nestedMaps(60)]) {
      expect(await answersTo(client, encoding, { ...event, data: deep })).toMatchObject([{ op: 'end', id: 'e' }]);
    }
  });

  it('may nest as deep in one encoding as in the other, in a frame, an array of frames, and a request', async () => {
    for (const [depth, isFine] of [
      [60, true],
      [62, true],
      [65, false],
    ] as const) {
      for (const encoding of ['json', 'msgpack'] as const) {
        const client = await connect(encoding);
        const frame = { ...event, data: nested(depth) };
        const told = { op: isFine ? 'end' : 'error' };
        expect(await answersTo(client, encoding, frame)).toMatchObject([told]);
        expect(await answersTo(client, encoding, [frame])).toMatchObject([told]);
        const body = new Uint8Array(written({ type: 'echo', data: nested(depth) }, encoding));
        const answer = await postBody(gateway.port, body, { 'content-type': mediaTypes[encoding] });
        expect(answer.status).toBe(isFine ? 200 : 400);
      }
    }
  });

  it('are bytes too, where the encoding has them', async () => {
    const client = await connect('msgpack');
    const data = Buffer.from([0, 255, 128]);
    const [end] = await answersTo(client, 'msgpack', { ...event, data });
    expect(Buffer.from(end?.data as Uint8Array)).toEqual(data);
  });

  it('compare by value: 1.0 is the id 1, and whole numbers are written as integers', async () => {
    const client = await connect('msgpack');
    const raw = once(client.socket, 'message');
    const [one, large] = [new Verbatim({ msgpack: float64(1) }), new Verbatim({ msgpack: float64(2 ** 53) })];
    client.socket.send(written({ op: 'event', type: 'echo', id: one, data: [one, large] }, 'msgpack'));
    const [bytes] = (await raw) as [Buffer];
    expect(await client.outcome(1)).toEqual({ op: 'end', id: 1, data: [1, 2 ** 53] });
    const [first, head, ...rest] = bytes.subarray(-10);
    expect([first, rest]).toEqual([1, [0, 0x20, 0, 0, 0, 0, 0, 0]]);
    // Either of the two integers of 64 bits.
    expect([0xcf, 0xd3]).toContain(head);
  });
});
