/** Frames that decode and are wrong: one error each that names the field and the kind found, and the socket stays. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { echo } from '../../src/demo/basics.js';
import type { Gateway } from '../../src/gateway.js';
import { defineHandler } from '../../src/index.js';
import { badFields } from '../support/bad-fields.js';
import { post } from '../support/http-post.js';
import { type Frame, TestClient } from '../support/test-client.js';
import { Works } from '../support/test-flow.js';
import { expectConservation, startTestGateway } from '../support/test-gateway.js';

let gateway: Gateway;
const works = new Works();
const clients: TestClient[] = [];

beforeAll(async () => {
  gateway = await startTestGateway([echo, defineHandler({ type: 'work', handle: works.handle })]);
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await expectConservation(gateway);
});

afterAll(() => gateway.close());

const without = (frame: object, field: string): Record<string, unknown> =>
  Object.fromEntries(Object.entries(frame).filter(([name]) => name !== field));

const withField = (frame: object, field: string, value: unknown): Record<string, unknown> =>
  value === undefined ? without(frame, field) : { ...frame, [field]: value };

describe.each(['json', 'msgpack'] as const)('over %s', (encoding) => {
  const connect = async (isSilent = false): Promise<TestClient> => {
    const client = await TestClient.connect(gateway.port, { encoding, isSilent });
    clients.push(client);
    return client;
  };

  let echoes = 0;
  /** Sends something, and an echo behind it. @returns what came before the echo's answer, but for `welcome` */
  const answersTo = async (client: TestClient, message: unknown): Promise<Frame[]> => {
    const before = client.frames.length;
    echoes += 1;
    const id = `echo ${echoes}`;
    client.send(message);
    expect(await client.request({ id, type: 'echo', data: id })).toEqual({ op: 'end', id, data: id });
    return client.frames.slice(before, -1).filter(({ op }) => op !== 'welcome' && op !== 'credit');
  };

  const invalid = (field: string) => ({
    op: 'error',
    code: 'invalid_argument',
    message: expect.stringContaining(field),
    retry: 'no',
    started: 'no',
  });

  it.each(badFields)('$op is refused for a bad $field', async ({ op, field, frame, cases }) => {
    // A second hello is refused for being that; refusals without an id are told one by one only once a second.
    const needsFresh = op === 'hello' || (op === 'event' && field === 'id');
    let client = await connect(needsFresh);
    for (const { value, called } of cases) {
      const answers = await answersTo(client, withField(frame, field, value));
      const shown = `${field}: ${JSON.stringify(value)}`;
      expect(answers, shown).toEqual([expect.objectContaining(invalid(field))]);
      expect(answers[0]?.message, shown).toMatch(called);
      const hasId = op === 'event' && field !== 'id';
      if (op !== 'subscribe') expect(answers[0]?.id, shown).toBe(hasId ? 'bad' : undefined);
      if (needsFresh) client = await connect(true);
    }
  });

  it.each(badFields.filter(({ op }) => op === 'pull' || op === 'cancel'))(
    'a malformed $op ($field) leaves the operation it may have meant alone',
    async ({ field, frame, cases }) => {
      const client = await connect();
      client.send({ op: 'event', id: 'none', type: 'work', data: works.all.length });
      for (const { value } of cases) {
        const [answer] = await answersTo(client, withField(frame, field, value));
        expect(answer).not.toHaveProperty('id');
        if (field !== 'id') expect(answer).toMatchObject({ details: { id: 'none' } });
      }
      works.all.at(-1)?.end('unharmed');
      expect(await client.outcome('none')).toEqual({ op: 'end', id: 'none', data: 'unharmed' });
    },
  );

  it.each([{}, { op: null }, { op: 5 }, { op: true }, { op: [] }, { op: {} }, { type: 'echo', id: 1 }])(
    'a frame whose op is no string is refused for its op: %j',
    async (frame) => {
      const client = await connect();
      const [answer, ...more] = await answersTo(client, frame);
      expect([answer, more]).toEqual([expect.objectContaining(invalid('op')), []]);
      expect(answer).not.toHaveProperty('id');
    },
  );

  it.each([null, true, 5, 'event', [[]], [null], [5], [['event']]])(
    'what is no map is refused: %j',
    async (message) => {
      const client = await connect();
      const [answer, ...more] = await answersTo(client, message);
      expect(answer).toMatchObject({ op: 'error', code: 'invalid_argument', started: 'no', retry: 'no' });
      expect(more).toEqual([]);
    },
  );

  it.each(['dance', '', 'EVENT', 'toString', 'constructor', '__proto__', 'welcome', 'end', 'x'.repeat(5000)])(
    'an op nobody knows is unimplemented: %s',
    async (op) => {
      const client = await connect();
      const [answer, ...more] = await answersTo(client, { op, id: 1, type: 'echo' });
      expect(answer).toMatchObject({ op: 'error', code: 'unimplemented', started: 'no', retry: 'no' });
      expect(more).toEqual([]);
    },
  );

  it.each(['toString', 'constructor', '__proto__', 'hasOwnProperty', 'echo.more', 'Echo'])(
    'a type no handler has is not found: %s',
    async (type) => {
      const client = await connect();
      const answers = await answersTo(client, { op: 'event', id: 1, type });
      expect(answers).toMatchObject([{ op: 'error', id: 1, code: 'not_found', started: 'no', retry: 'no' }]);
    },
  );

  it('ignores fields nobody knows, and takes null in an optional field as absent', async () => {
    const client = await connect(true);
    const extra = { extra: { deep: [1] }, toString: 1, constructor: null, n: -1, code: 'internal', message: 5 };
    const hello = { op: 'hello', token: null, batch: null, resume: null, ...extra };
    expect(await answersTo(client, hello)).toEqual([]);
    const absent = {
      ack: null,
      key: null,
      priority: null,
      ttl: null,
      idem: null,
      credit: null,
      overflow: null,
      trace: null,
    };
    const event = { op: 'event', id: 'e', type: 'echo', data: null, ...absent, ...extra };
    expect(await answersTo(client, event)).toEqual([{ op: 'end', id: 'e', data: null }]);
    expect(await answersTo(client, { ...event, id: null })).toEqual([]);
    expect(await answersTo(client, { op: 'ping', at: null, ...extra })).toEqual([{ op: 'pong' }]);
    expect(await answersTo(client, { op: 'pull', id: 'none', max: 1, ...extra })).toEqual([]);
    expect(await answersTo(client, { op: 'cancel', id: 'none', ...extra })).toEqual([]);
    expect(await answersTo(client, { op: 'pong', at: 1, ...extra })).toEqual([]);
    expect(await answersTo(client, { op: 'received', s: 0, ...extra })).toEqual([]);
  });

  it('takes what lies just inside the bounds', async () => {
    const client = await connect();
    const fields = { key: 'é'.repeat(128), ttl: 2 ** 53, credit: 0, trace: '00-0-0-00' };
    for (const id of ['x'.repeat(64), 'é'.repeat(32), 2 ** 53 - 1, 0]) {
      const idem = randomUUID().padEnd(128, 'x');
      const answers = await answersTo(client, { op: 'event', id, type: 'echo', data: 1, idem, ...fields });
      expect(answers).toEqual([{ op: 'end', id, data: 1 }]);
    }
    const [long] = await answersTo(client, { op: 'event', id: 1, type: 'x'.repeat(128) });
    expect(long).toMatchObject({ code: 'not_found' });
  });

  it('handles the good frames of an array in order, whatever stands between them', async () => {
    const client = await connect();
    const good = [1, 2, 3].map((id) => ({ op: 'event', id, type: 'echo', data: id }));
    const bad = [
      { op: 'event', id: 'a', type: 'echo', ttl: 'x' },
      5,
      { op: 'dance' },
      null,
      [],
      { op: 'ping', at: {} },
    ];
    const last = { op: 'event', id: 'b', type: 5 };
    const answers = await answersTo(client, [good[0], bad[0], bad[1], good[1], ...bad.slice(2), good[2], last]);
    const ends = answers.filter(({ op }) => op === 'end');
    expect(ends).toEqual([1, 2, 3].map((id) => ({ op: 'end', id, data: id })));
    const errors = answers.filter(({ op }) => op === 'error').map(({ id, code }) => [id, code]);
    const invalidOf = (id?: string) => [id, 'invalid_argument'];
    expect(errors).toEqual([
      invalidOf('a'),
      invalidOf(),
      [undefined, 'unimplemented'],
      ...[1, 2, 3].map(() => invalidOf()),
      invalidOf('b'),
    ]);
  });
});

describe('over HTTP', () => {
  it.each(badFields.filter(({ op }) => op === 'event'))(
    'a bad $field is answered with 400 and its name, in both encodings',
    async ({ field, frame, cases }) => {
      for (const encoding of ['json', 'msgpack'] as const) {
        for (const { value, called } of cases) {
          const event = withField(without(frame, 'op'), field, value);
          const { status, body } = await post(gateway.port, event, { encoding });
          expect([status, body]).toMatchObject([400, { code: 'invalid_argument', started: 'no', retry: 'no' }]);
          expect((body as { message: string }).message).toContain(field);
          expect((body as { message: string }).message).toMatch(called);
        }
      }
    },
  );
});
