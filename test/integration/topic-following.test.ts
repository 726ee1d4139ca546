/** Topics as server-sent events, in front of topics that a test plays: what is asked for, refused and sent. */

import { describe, expect, it, vi } from 'vitest';
import { TopicRights } from '../../src/admission/topic-rights.js';
import { failure } from '../../src/protocol/error-codes.js';
import { bundleOf, logEntry } from '../support/fake-topics.js';
import { httpRequest, RawSocket } from '../support/raw-socket.js';
import { SseClient } from '../support/sse-client.js';
import { ask, codeOf, startRoutes } from '../support/topic-routes.js';

describe('following a topic over HTTP', () => {
  const wait = { overflow: 'wait' } as const;

  it.each([
    ['t', {}, { topic: 't', ...wait }],
    ['a.%3E', {}, { topic: 'a.>', ...wait }],
    ['a.*.>', {}, { topic: 'a.*.>', ...wait }],
    ['t?rewind=10', {}, { topic: 't', rewind: 10, ...wait }],
    ['t', { 'last-event-id': 'e1:7' }, { topic: 't', from: { epoch: 'e1', offset: 7 }, ...wait }],
    ['t?last-event-id=a%3Ab:0', {}, { topic: 't', from: { epoch: 'a:b', offset: 0 }, ...wait }],
    ['t?last-event-id=e1:7&rewind=3', {}, { topic: 't', from: { epoch: 'e1', offset: 7 }, ...wait }],
    [
      't?last-event-id=e1:7&rewind=3',
      { 'last-event-id': 'e1:9' },
      { topic: 't', from: { epoch: 'e1', offset: 9 }, ...wait },
    ],
    ['t?last-event-id=', { 'last-event-id': '' }, { topic: 't', ...wait }],
  ])('%s with %j subscribes as it says', async (target, headers, request) => {
    const { port, topics } = await startRoutes();
    const client = await SseClient.follow(port, target, headers as Record<string, string>);
    expect(client.response.statusCode).toBe(200);
    expect(topics.last.request).toEqual(request);
    client.destroy();
  });

  it('sends messages as they are delivered, and closes the subscription when the client goes', async () => {
    const { port, topics, streams } = await startRoutes();
    const client = await SseClient.follow(port, 't');
    const { subscriber } = topics.last;
    for (let offset = 6; offset < 106; offset += 1) {
      subscriber.deliver(topics.last, bundleOf(logEntry('t', offset, { n: offset }, 'k')));
    }
    await client.until(() => client.events.length === 101);
    expect(client.response.headers).toMatchObject({ 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    expect(client.events[0]).toEqual({
      event: 'subscribed',
      id: 'e1:5',
      data: { op: 'subscribed', id: 0, epoch: 'e1', offset: 5, recovered: true },
    });
    expect(client.events.slice(1)).toEqual(
      Array.from({ length: 100 }, (_, i) => ({
        event: 'message',
        id: `e1:${i + 6}`,
        data: { op: 'message', topic: 't', offset: i + 6, data: { n: i + 6 }, key: 'k' },
      })),
    );
    expect(streams.size).toBe(1);
    client.destroy();
    await vi.waitFor(() => expect([topics.last.closes, streams.size]).toEqual([1, 0]));
  });

  it('stops at a client that does not read, and resumes when it does', async () => {
    const { port, topics } = await startRoutes();
    const client = await SseClient.follow(port, 't');
    client.stopReading();
    const subscription = topics.last;
    const text = 'x'.repeat(50_000);
    let offset = 5;
    const deliver = (): void => {
      for (let i = 0; i < 2000 && subscription.subscriber.hasRoom; i += 1) {
        offset += 1;
        subscription.subscriber.deliver(subscription, bundleOf(logEntry('t', offset, text)));
      }
    };
    deliver();
    expect(subscription.subscriber.hasRoom).toBe(false);
    expect(subscription.resumes).toBe(0);
    client.readOn();
    await vi.waitFor(() => expect(subscription.resumes).toBe(1), 5000);
    expect(subscription.subscriber.hasRoom).toBe(true);
    await client.until(() => client.named('message').length === offset - 5);
    client.destroy();
  });

  it.each([
    ['', 200],
    ['*/*', 200],
    ['text/*', 200],
    ['text/html, text/event-stream;q=0.5', 200],
    ['TEXT/EVENT-STREAM', 200],
    ['application/json', 406],
    ['text/event-stream;q=0, */*', 406],
    ['*/*;q=0.0', 406],
    ['text/event-streams', 406],
  ])('with accept %j is answered with %d', async (accept, status) => {
    const { port, topics } = await startRoutes();
    const raw = await RawSocket.connect(port);
    raw.write(httpRequest('GET', '/v1/topics/t', accept === '' ? '' : `Accept: ${accept}\r\n`));
    await raw.until(() => raw.received.includes('\r\n\r\n') || undefined);
    expect(raw.received.toString()).toContain(`HTTP/1.1 ${status} `);
    expect(topics.subscriptions).toHaveLength(status === 200 ? 1 : 0);
    raw.destroy();
  });

  it.each([
    ['a..b', '', 'expected topic to be'],
    ['%ff', '', 'expected the path to be percent-encoded UTF-8'],
    ['t?rewind=-1', '', 'expected rewind to be a whole number, got "-1"'],
    ['t?rewind=', '', 'expected rewind to be a whole number, got ""'],
    ['t?rewind=1e3', '', 'expected rewind to be a whole number, got "1e3"'],
    ['t?rewind=9999999999999999', '', 'expected rewind to be a whole number'],
    ['t', 'Last-Event-ID: 7\r\n', 'expected last-event-id to be an epoch, a colon and an offset, got "7"'],
    ['t', 'Last-Event-ID: :7\r\n', 'expected last-event-id to be'],
    ['t', 'Last-Event-ID: e1:\r\n', 'expected last-event-id to be'],
    ['t', 'Last-Event-ID: e1:7.5\r\n', 'expected last-event-id to be'],
    ['t?last-event-id=x', '', 'expected last-event-id to be'],
    ['a.*', 'Last-Event-ID: e1:7\r\n', 'expected topic to be one topic for last-event-id or rewind, got a pattern'],
    ['%3E?rewind=0', '', 'expected topic to be one topic for last-event-id or rewind, got a pattern'],
  ])('%s with %j is refused', async (target, headers, message) => {
    const { port, topics } = await startRoutes();
    const answer = await ask(port, httpRequest('GET', `/v1/topics/${target}`, headers));
    expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid_argument']);
    expect(JSON.parse(answer.body).message).toContain(message);
    expect(topics.subscriptions).toHaveLength(0);
  });

  it('without permission, in a drain, or beyond the bound of streams is refused', async () => {
    const routes = await startRoutes({
      rights: new TopicRights({ subscribe: ['*'], publish: [] }),
      streamsMax: 1,
    });
    const denied = await ask(routes.port, httpRequest('GET', '/v1/topics/%3E'));
    expect([denied.status, codeOf(denied)]).toEqual([403, 'permission_denied']);
    const client = await SseClient.follow(routes.port, 't');
    const beyond = await ask(routes.port, httpRequest('GET', '/v1/topics/t'));
    expect(beyond).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
    expect(JSON.parse(beyond.body)).toMatchObject({ code: 'resource_exhausted', reason: 'sessions', started: 'no' });
    client.destroy();
    await vi.waitFor(() => expect(routes.streams.isFull).toBe(false));
    (await SseClient.follow(routes.port, 't')).destroy();
    const { port } = await startRoutes({ isDraining: () => true });
    const late = await ask(port, httpRequest('GET', '/v1/topics/t'));
    expect([late.status, codeOf(late)]).toEqual([503, 'unavailable']);
  });

  it('by HEAD is answered with the head alone: nothing is subscribed, and the connection goes on', async () => {
    const { port, topics, streams } = await startRoutes();
    const raw = await RawSocket.connect(port);
    raw.write(httpRequest('HEAD', '/v1/topics/t'));
    expect(await raw.answer(false)).toMatchObject({ status: 200, headers: { 'content-type': 'text/event-stream' } });
    expect([topics.subscriptions.length, streams.size]).toEqual([0, 0]);
    raw.write(httpRequest('HEAD', '/v1/topics/a..b'));
    expect((await raw.answer(false)).status).toBe(400);
    raw.destroy();
  });

  it('is answered with the failure when it cannot be subscribed', async () => {
    const { port, topics, streams } = await startRoutes();
    topics.onSubscribe = (each) => {
      each.isOpen = false;
      queueMicrotask(() =>
        each.subscriber.failed(each, failure('unavailable', 'the engine is down', { afterMs: 5000 })),
      );
    };
    const answer = await ask(port, httpRequest('GET', '/v1/topics/t'));
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    expect([codeOf(answer), streams.size]).toEqual(['unavailable', 0]);
  });

  it('is answered with 500 after a defect in subscribing, and not counted', async () => {
    const { port, topics, streams } = await startRoutes();
    topics.onSubscribe = () => {
      throw new Error('a defect');
    };
    expect((await ask(port, httpRequest('GET', '/v1/topics/t'))).status).toBe(500);
    expect(streams.size).toBe(0);
  });

  it('ends with a goaway when the gateway stops, and is cut with the port', async () => {
    const { port, streams, topics, listener } = await startRoutes();
    const client = await SseClient.follow(port, 't');
    streams.goAway(1000, 5000);
    await client.ended();
    expect(client.events.at(-1)).toEqual({
      event: 'goaway',
      id: undefined,
      data: { op: 'goaway', afterMs: 0, untilMs: 5000 },
    });
    const cut = await SseClient.follow(port, 't');
    listener.close();
    await cut.ended();
    expect([topics.subscriptions.map(({ closes }) => closes), streams.size]).toEqual([[1, 1], 0]);
  });

  it.each(['PUT', 'DELETE'])('is all there is besides publishing: %s is refused', async (method) => {
    const { port } = await startRoutes();
    const answer = await ask(port, httpRequest(method, '/v1/topics/t'));
    expect(answer).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD, POST' } });
  });
});
