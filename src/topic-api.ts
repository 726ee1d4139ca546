/**
 * Topics over HTTP: publishing, and following a topic by server-sent events. Part of the composition root: it joins
 * rooms, and decides little.
 */
import type { TopicRights } from './admission/topic-rights.js';
import { BadFrame, jsonCodec, msgpackCodec, UndecodableError } from './codec/codecs.js';
import type { SubscribeRequest, Subscriber, Subscription } from './model/subscription.js';
import type { LogEntry } from './model/topic-log.js';
import type { HttpExchange, HttpRequest, HttpRoute } from './model/transport.js';
import { type Failure, failure } from './protocol/error-codes.js';
import { isPattern, isReserved } from './protocol/topics.js';
import { invalidEvent, invalidFrame } from './protocol/validation.js';
import {
  type BodyEncoding,
  failureReply,
  isAllowed,
  mediaType,
  mediaTypes,
  streamHeaders,
  wantsMsgpack,
} from './replies/http-media.js';
import type { TopicStreams } from './replies/topic-streams.js';
import type { Answer } from './topics/ports.js';

/** What the routes of topics are made of. */
export interface TopicApiParts {
  /** A failure is one that is expected, such as a log without room. A rejection is for the log: it may have been done. */
  readonly publish: (topic: string, data: unknown, key: string | undefined) => Answer<LogEntry | Failure>;
  readonly subscribe: (request: SubscribeRequest, subscriber: Subscriber) => Subscription;
  /** Who may do what. */
  readonly rights: Pick<TopicRights, 'refusePublish' | 'refuseSubscribe'>;
  readonly payloadBytesMax: number;
  readonly isDraining: () => boolean;
  readonly streams: TopicStreams;
  readonly log: { error(fields: object, message: string): void };
}

const path = '/v1/topics/:topic';
const jsonBody: BodyEncoding = { contentType: mediaTypes.json, encode: jsonCodec.value };
const msgpackBody: BodyEncoding = { contentType: mediaTypes.msgpack, encode: msgpackCodec.value };

/** `GET` and `POST /v1/topics/{topic}`. */
export function topicRoutes(parts: TopicApiParts): HttpRoute[] {
  const refuse: HttpRoute['refuse'] = (exchange, status, message) =>
    failureReply(exchange, failure('invalid_argument', message), { status });
  return [
    {
      method: 'get',
      path,
      headers: ['accept', 'last-event-id'],
      query: ['last-event-id', 'rewind'],
      bodyBytesMax: 0,
      refuse,
      handle: (request, exchange) => followTopic(parts, request, exchange),
    },
    {
      method: 'post',
      path,
      headers: ['content-type', 'accept'],
      bodyBytesMax: parts.payloadBytesMax,
      refuse,
      handle: (request, exchange) => publishToTopic(parts, request, exchange),
    },
  ];
}

/** The body of a request to publish, as far as it has been checked. */
interface Published {
  readonly data: unknown;
  readonly key?: string | null;
}

function publishToTopic(parts: TopicApiParts, request: HttpRequest, exchange: HttpExchange): void {
  const topic = request.parameter;
  const type = mediaType(request.header('content-type'));
  const isMsgpack = type === mediaTypes.msgpack;
  const encoding = wantsMsgpack(request.header('accept').toLowerCase(), isMsgpack) ? msgpackBody : jsonBody;
  const refuse = (why: Failure, status?: number): void =>
    failureReply(exchange, why, status === undefined ? { encoding } : { encoding, status });
  if (!isMsgpack && type !== mediaTypes.json) {
    const message = `expected content-type to be ${mediaTypes.json} or ${mediaTypes.msgpack}`;
    refuse(failure('invalid_argument', message), 415);
    return;
  }
  const why = refusedTopic(parts, topic);
  if (why !== undefined) {
    refuse(why);
    return;
  }
  const published = readPublished(request.body, isMsgpack);
  if (typeof published === 'string') {
    refuse(failure('invalid_argument', published));
    return;
  }
  const answer = (result: LogEntry | Failure): void => {
    if ('code' in result) refuse(result);
    else {
      const { epoch, offset } = result;
      exchange.respond(200, { 'Content-Type': encoding.contentType }, encoding.encode({ topic, epoch, offset }));
    }
  };
  const broke = (error: unknown): void => {
    parts.log.error({ err: error, topic }, 'a message could not be published');
    refuse(failure('unavailable', 'the topic cannot be written now', { started: 'maybe' }));
  };
  const result = parts.publish(topic, published.data, published.key ?? undefined);
  if (result instanceof Promise) result.then(answer).catch(broke);
  else answer(result);
}

/** Why nothing may be published to a topic. */
function refusedTopic(parts: TopicApiParts, topic: string): Failure | undefined {
  if (parts.isDraining()) return draining;
  const problem = invalidFrame({ op: 'subscribe', id: 0, topic });
  if (problem !== undefined) return failure('invalid_argument', problem);
  if (isPattern(topic)) return failure('invalid_argument', 'expected topic to be one topic, got a pattern');
  if (isReserved(topic)) return failure('invalid_argument', 'expected topic to be none of the gateway’s own');
  return parts.rights.refusePublish(topic);
}

/** @returns a problem in words, where there is one */
function readPublished(body: Uint8Array, isMsgpack: boolean): Published | string {
  let fields: unknown;
  try {
    fields = (isMsgpack ? msgpackCodec : jsonCodec).decodeUntrusted(body);
  } catch (error) {
    if (!(error instanceof UndecodableError)) throw error;
    return error.message;
  }
  if (fields instanceof BadFrame) return fields.problem;
  const isMap =
    typeof fields === 'object' && fields !== null && !Array.isArray(fields) && !(fields instanceof Uint8Array);
  if (!isMap) return 'expected the body to be one message, a map';
  const published = fields as Published;
  if (published.data === undefined) return 'expected data to be a value, got nothing';
  // A key means what it means in an event, and has its bounds.
  const { key } = published;
  return (key == null ? undefined : invalidEvent({ type: '', key })) ?? published;
}

function followTopic(parts: TopicApiParts, request: HttpRequest, exchange: HttpExchange): void {
  const refuse = (why: Failure): void => failureReply(exchange, why);
  if (!isAllowed(request.header('accept').toLowerCase(), mediaTypes.stream)) {
    const why = failure('failed_precondition', `expected accept to allow ${mediaTypes.stream}`);
    failureReply(exchange, why, { status: 406 });
    return;
  }
  const asked = readSubscribe(request);
  const refusal = typeof asked === 'string' ? undefined : parts.rights.refuseSubscribe(asked.topic);
  if (typeof asked === 'string') refuse(failure('invalid_argument', asked));
  else if (parts.isDraining()) refuse(draining);
  else if (refusal !== undefined) refuse(refusal);
  else if (parts.streams.isFull) refuse(full);
  else if (request.method === 'head') exchange.start(200, streamHeaders);
  else {
    parts.streams.open({ exchange, refuse, subscribe: (subscriber) => parts.subscribe(asked, subscriber) });
  }
}

/**
 * What a request for a stream asks for. A place goes before a rewind: a browser that connects again sends where it was,
 * with the query it was given at the beginning.
 * @returns a problem in words, where there is one
 */
function readSubscribe(request: HttpRequest): SubscribeRequest | string {
  const topic = request.parameter;
  const problem = invalidFrame({ op: 'subscribe', id: 0, topic });
  if (problem !== undefined) return problem;
  const place = request.header('last-event-id') || (request.query('last-event-id') ?? '');
  const back = request.query('rewind');
  if (isPattern(topic) && (place !== '' || back !== undefined)) {
    return 'expected topic to be one topic for last-event-id or rewind, got a pattern';
  }
  if (place !== '') {
    const from = placeOf(place);
    if (from !== undefined) return { topic, from, overflow: 'wait' };
    return `expected last-event-id to be an epoch, a colon and an offset, got ${JSON.stringify(place.slice(0, 80))}`;
  }
  if (back === undefined) return { topic, overflow: 'wait' };
  const rewind = wholeNumber(back);
  if (rewind !== undefined) return { topic, rewind, overflow: 'wait' };
  return `expected rewind to be a whole number, got ${JSON.stringify(back.slice(0, 80))}`;
}

function placeOf(text: string): SubscribeRequest['from'] {
  const colon = text.lastIndexOf(':');
  const offset = wholeNumber(text.slice(colon + 1));
  return colon < 1 || offset === undefined ? undefined : { epoch: text.slice(0, colon), offset };
}

/** Digits only, and few enough to be exact. */
function wholeNumber(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

const draining = Object.freeze(failure('unavailable', 'the gateway is shutting down'));
const full = Object.freeze(failure('resource_exhausted', 'there are too many streams', { reason: 'sessions' }));
