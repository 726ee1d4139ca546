/** Publishing over HTTP, in front of topics that a test plays: what is refused, and what is answered. */

import { describe, expect, it, vi } from 'vitest';
import { TopicRights } from '../../src/admission/topic-rights.js';
import { failure } from '../../src/protocol/error-codes.js';
import { logEntry } from '../support/fake-topics.js';
import { mediaTypes, postTo } from '../support/http-post.js';
import { httpRequest } from '../support/raw-socket.js';
import { ask, codeOf, startRoutes } from '../support/topic-routes.js';

const jsonHead = 'Content-Type: application/json\r\n';

describe('publishing over HTTP', () => {
  it.each([
    ['json', undefined, 'json'],
    ['msgpack', undefined, 'msgpack'],
    ['json', mediaTypes.msgpack, 'msgpack'],
    ['msgpack', mediaTypes.json, 'json'],
    ['msgpack', '*/*', 'msgpack'],
  ] as const)('in %s with accept %s is answered in %s', async (encoding, accept, answered) => {
    const { port, publish } = await startRoutes();
    const options = { encoding, ...(accept === undefined ? {} : { accept }) };
    const data = { text: 'é漢😀', list: [1, -2.5, null, true] };
    const { status, headers, body } = await postTo(port, '/v1/topics/a.b-c', { data, key: 'k', more: 1 }, options);
    expect([status, headers.get('content-type'), body]).toEqual([
      200,
      mediaTypes[answered],
      { topic: 'a.b-c', epoch: 'e1', offset: 7 },
    ]);
    expect(publish.mock.calls).toEqual([['a.b-c', data, 'k']]);
    const refused = await postTo(port, '/v1/topics/a..b', { data }, options);
    expect([refused.status, refused.headers.get('content-type')]).toEqual([400, mediaTypes[answered]]);
    expect(refused.body).toMatchObject({ code: 'invalid_argument', retry: 'no', started: 'no' });
  });

  it('may be answered later, and takes null for no key and as data', async () => {
    const publish = vi.fn(async (topic: string) => logEntry(topic, 9));
    const { port } = await startRoutes({ publish });
    expect(await postTo(port, '/v1/topics/t', { data: null, key: null })).toMatchObject({
      status: 200,
      body: { topic: 't', epoch: 'e1', offset: 9 },
    });
    expect(publish.mock.calls).toEqual([['t', null, undefined]]);
  });

  it('that is refused is answered with the failure, its status and when to come again', async () => {
    const why = failure('resource_exhausted', 'no room for another topic', { reason: 'memory', afterMs: 1001 });
    for (const publish of [() => why, () => Promise.resolve(why)]) {
      const { port, log } = await startRoutes({ publish });
      const { status, headers, body } = await postTo(port, '/v1/topics/t', { data: 1 });
      expect([status, headers.get('retry-after'), body]).toEqual([429, '2', why]);
      expect(log.errors).toEqual([]);
    }
  });

  it('that nobody knows to have been done is answered with unavailable, maybe, and logged', async () => {
    const { port, log } = await startRoutes({ publish: () => Promise.reject(new Error('secret')) });
    const { status, body } = await postTo(port, '/v1/topics/t', { data: 1 });
    expect([status, body]).toMatchObject([503, { code: 'unavailable', started: 'maybe', retry: 'backoff' }]);
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(log.errors).toMatchObject([{ fields: { err: { message: 'secret' }, topic: 't' } }]);
  });

  it.each([
    ['no map', '[]', 'expected the body to be one message, a map'],
    ['null', 'null', 'expected the body to be one message, a map'],
    ['no JSON', '{"data":', 'expected JSON'],
    ['no bytes', '', 'expected JSON'],
    ['no data', '{"key":"k"}', 'expected data to be a value, got nothing'],
    [
      'a key that is no string',
      '{"data":1,"key":7}',
      'expected key to be a string of at most 256 bytes, got the number 7',
    ],
    ['a long key', `{"data":1,"key":"${'k'.repeat(257)}"}`, 'expected key to be a string of at most 256 bytes'],
    ['a value outside the model', '{"data":{"a":1e999}}', 'expected data to hold plain values, got a number'],
    ['a key of Object', '{"data":{"__proto__":1}}', 'expected data to hold plain values, got the key __proto__'],
  ])('with a body that is %s is refused', async (_title, body, message) => {
    const { port, publish } = await startRoutes();
    const answer = await ask(port, httpRequest('POST', '/v1/topics/t', jsonHead, body));
    expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid_argument']);
    expect(JSON.parse(answer.body).message).toContain(message);
    expect(publish).not.toHaveBeenCalled();
  });

  it('with bytes in MessagePack that are no map is refused', async () => {
    const { port } = await startRoutes();
    expect(await postTo(port, '/v1/topics/t', new Uint8Array(3), { encoding: 'msgpack' })).toMatchObject({
      status: 400,
      body: { message: 'expected the body to be one message, a map' },
    });
  });

  it.each(['a.>', '*', 'a..b', '.a', 'a%20b', 'a%2Fb', '_presence.a', 'a'.repeat(257), '%ff'])(
    'to %s is refused',
    async (topic) => {
      const { port, publish } = await startRoutes();
      const answer = await ask(port, httpRequest('POST', `/v1/topics/${topic}`, jsonHead, '{"data":1}'));
      expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid_argument']);
      expect(publish).not.toHaveBeenCalled();
    },
  );

  it('in another media type, or too large, or without permission, or in a drain, is refused', async () => {
    const { port, publish } = await startRoutes({
      rights: new TopicRights({ subscribe: [], publish: ['t'] }),
    });
    const draining = await startRoutes({ isDraining: () => true });
    const text = await ask(port, httpRequest('POST', '/v1/topics/t', 'Content-Type: text/plain\r\n', '{"data":1}'));
    expect([text.status, codeOf(text)]).toEqual([415, 'invalid_argument']);
    const large = await postTo(port, '/v1/topics/t', { data: 'x'.repeat(65_536) });
    expect(large).toMatchObject({ status: 413, body: { code: 'invalid_argument' } });
    const denied = await postTo(port, '/v1/topics/u', { data: 1 });
    expect(denied).toMatchObject({ status: 403, body: { code: 'permission_denied', started: 'no' } });
    expect(publish).not.toHaveBeenCalled();
    const late = await postTo(draining.port, '/v1/topics/t', { data: 1 });
    expect(late).toMatchObject({ status: 503, body: { code: 'unavailable', retry: 'backoff' } });
    expect(late.headers.get('retry-after')).toBe('1');
    expect(draining.publish).not.toHaveBeenCalled();
  });
});
