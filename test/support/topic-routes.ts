/** The routes of topics on a real listener, in front of topics that a test plays. */
import { type Mock, vi } from 'vitest';
import { TopicRights } from '../../src/admission/topic-rights.js';
import { jsonCodec } from '../../src/codec/codecs.js';
import type { Listener } from '../../src/listener/listener.js';
import { TopicStreams } from '../../src/replies/topic-streams.js';
import { type TopicApiParts, topicRoutes } from '../../src/topic-api.js';
import { startListener, TestLog } from '../listener/start-listener.js';
import { FakeTopics, logEntry } from './fake-topics.js';
import { type RawAnswer, RawSocket } from './raw-socket.js';
import { TestClock } from './test-clock.js';

/** What a test has of it. */
export interface TestRoutes {
  readonly port: number;
  readonly listener: Listener;
  readonly topics: FakeTopics;
  readonly streams: TopicStreams;
  readonly log: TestLog;
  /** Unless a test brings its own: every message has the offset 7. */
  readonly publish: Mock;
}

/** Listens until the test is over. Subscriptions open at offset 5, and all is allowed. */
export async function startRoutes(
  parts: Partial<TopicApiParts> & { readonly streamsMax?: number } = {},
): Promise<TestRoutes> {
  const topics = new FakeTopics();
  topics.onSubscribe = (each) => each.subscriber.opened(each, { epoch: 'e1', offset: 5 }, true);
  const { streamsMax = 100 } = parts;
  const streams = new TopicStreams({ clock: new TestClock(), codec: jsonCodec, streamsMax });
  const log = new TestLog();
  const publish = vi.fn((topic: string, data: unknown, key: string | undefined) => logEntry(topic, 7, data, key));
  const routes = topicRoutes({
    publish,
    subscribe: topics.subscribe,
    rights: new TopicRights({ subscribe: ['>'], publish: ['>'] }),
    payloadBytesMax: 65_536,
    isDraining: () => false,
    streams,
    log,
    ...parts,
  });
  const { port, listener } = await startListener({ routes });
  return { port, listener, topics, streams, log, publish };
}

/** The answer to one request, written as it is. */
export async function ask(port: number, request: string): Promise<RawAnswer> {
  const raw = await RawSocket.connect(port);
  raw.write(request);
  const answer = await raw.answer(!request.startsWith('HEAD'));
  raw.destroy();
  return answer;
}

/** What the body of an answer says in JSON. */
export const codeOf = ({ body }: RawAnswer): unknown => JSON.parse(body).code;
