/** The HTTP side of the gateway: events, health, metrics. Part of the composition root: it joins rooms, and decides little. */
import type { Admission } from './admission/admission.js';
import { networkOf } from './admission/connection-limits.js';
import { BadFrame, jsonCodec, msgpackCodec, UndecodableError } from './codec/codecs.js';
import type { EventFlow } from './event-flow.js';
import type { Counters } from './model/counters.js';
import { EventRecord } from './model/event-record.js';
import type { HttpExchange, HttpRequest, HttpRoute } from './model/transport.js';
import { type Failure, failure } from './protocol/error-codes.js';
import type { EventFields } from './protocol/frames.js';
import { failureReply, isAccepted, mediaType, mediaTypes, wantsMsgpack } from './replies/http-media.js';
import { HttpReply } from './replies/http-reply.js';

export interface HttpApiParts {
  readonly admission: Admission;
  readonly counters: Counters;
  readonly flow: EventFlow;
  /** Accepted here and not ended; kept by this route. */
  readonly open: Set<EventRecord>;
  readonly payloadBytesMax: number;
  readonly replyBytesMax: number;
}

/** What the health and metrics routes ask. */
export interface HealthParts {
  /** False while draining: readiness fails, liveness does not. */
  readonly isReady: () => boolean;
  /** Undefined where this listener does not serve metrics. */
  readonly metrics: { text(): Promise<string>; readonly contentType: string } | undefined;
}

const { json: jsonType, msgpack: msgpackType, stream: streamType } = mediaTypes;

/** `POST /v1/events`. */
export function eventsRoute(parts: HttpApiParts): HttpRoute {
  return {
    method: 'post',
    path: '/v1/events',
    headers: ['content-type', 'accept', 'prefer'],
    bodyBytesMax: parts.payloadBytesMax,
    refuse: (exchange, status, message) => failureReply(exchange, failure('invalid_argument', message), { status }),
    handle: (request, exchange) => postEvent(parts, request, exchange),
  };
}

/** `/healthz`, `/readyz` and, where wanted, `/metrics`. */
export function healthRoutes(parts: HealthParts): HttpRoute[] {
  const plain = { 'Content-Type': 'text/plain; charset=utf-8' };
  const get = (path: string, handle: (exchange: HttpExchange) => void): HttpRoute => ({
    method: 'get',
    path,
    bodyBytesMax: 0,
    refuse: (exchange, status, message) => exchange.respond(status, plain, message),
    handle: (_request, exchange) => handle(exchange),
  });
  const routes = [
    get('/healthz', (exchange) => exchange.respond(200, plain, 'ok\n')),
    get('/readyz', (exchange) => {
      const isReady = parts.isReady();
      exchange.respond(isReady ? 200 : 503, plain, isReady ? 'ready\n' : 'draining\n');
    }),
  ];
  const { metrics } = parts;
  if (metrics !== undefined) {
    routes.push(
      get('/metrics', (exchange) => {
        metrics.text().then(
          (text) => exchange.respond(200, { 'Content-Type': metrics.contentType }, text),
          () => exchange.respond(500, plain, 'the metrics could not be gathered\n'),
        );
      }),
    );
  }
  return routes;
}

function postEvent(parts: HttpApiParts, request: HttpRequest, exchange: HttpExchange): void {
  const isMsgpack = mediaType(request.header('content-type')) === msgpackType;
  if (!isMsgpack && mediaType(request.header('content-type')) !== jsonType) {
    const message = `expected content-type to be ${jsonType} or ${msgpackType}`;
    failureReply(exchange, failure('invalid_argument', message), { status: 415 });
    return;
  }
  parts.counters.received += 1;
  const accept = request.header('accept').toLowerCase();
  const acceptsStream = isAccepted(accept, streamType);
  const codec = isMsgpack ? msgpackCodec : jsonCodec;
  const isMsgpackWanted = wantsMsgpack(accept, isMsgpack);
  const reply = new HttpReply({
    exchange,
    remoteAddress: () => networkOf(request.remoteAddress),
    encodeBody: (isMsgpackWanted ? msgpackCodec : jsonCodec).value,
    contentType: isMsgpackWanted ? msgpackType : jsonType,
    json: jsonCodec,
    counters: parts.counters,
    replyBytesMax: parts.replyBytesMax,
    acceptsStream,
    wantsStream: acceptsStream && !isAccepted(accept, jsonType) && !isAccepted(accept, msgpackType),
    isAsync: /(^|[,;\s])respond-async($|[,;\s])/i.test(request.header('prefer')),
    onEncodingFailed: (record, error) => parts.flow.encodingFailed(record, error),
    onSettled: (record) => parts.open.delete(record),
  });
  const refuse = (why: Failure): void => {
    parts.counters.refuse(why.code);
    reply.refuse(why);
  };
  let fields: unknown;
  try {
    fields = codec.decodeUntrusted(request.body);
  } catch (error) {
    if (!(error instanceof UndecodableError)) throw error;
    refuse(failure('invalid_argument', error.message));
    return;
  }
  if (fields instanceof BadFrame) refuse(failure('invalid_argument', fields.problem));
  else if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    refuse(failure('invalid_argument', 'expected the body to be one event, a map'));
  } else enter(parts, fields as EventFields, request, reply, exchange, refuse);
}

function enter(
  parts: HttpApiParts,
  fields: EventFields,
  request: HttpRequest,
  reply: HttpReply,
  exchange: HttpExchange,
  refuse: (why: Failure) => void,
): void {
  const admitted = parts.admission.admit(fields, reply, request.body.byteLength, 'http');
  if (!(admitted instanceof EventRecord)) {
    refuse(admitted);
    return;
  }
  const conflict = parts.flow.claim(admitted, fields);
  if (conflict !== undefined) {
    refuse(conflict);
    return;
  }
  parts.counters.accepted += 1;
  parts.open.add(admitted);
  exchange.onAborted(() => parts.flow.abandon(admitted));
  exchange.onWritable(() => reply.roomAgain(admitted));
  reply.accepted();
  parts.flow.enter(admitted);
}
