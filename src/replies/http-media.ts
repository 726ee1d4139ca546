/** The media types of the HTTP side: what a request has, what its client takes, and an answer in what it takes. */
import type { HttpExchange } from '../model/transport.js';
import { errorCodes, type Failure } from '../protocol/error-codes.js';

/** What is spoken over HTTP. */
export const mediaTypes = Object.freeze({
  json: 'application/json',
  msgpack: 'application/msgpack',
  stream: 'text/event-stream',
});

/** How the body of an answer is written. */
export interface BodyEncoding {
  readonly contentType: string;
  /** @throws what encoding the value throws */
  encode(value: unknown): string | Uint8Array;
}

/** The media type of a `Content-Type`, or of one range of an `Accept`: in lower case, without its parameters. */
export function mediaType(header: string): string {
  const semicolon = header.indexOf(';');
  return (semicolon === -1 ? header : header.slice(0, semicolon)).trim().toLowerCase();
}

/** Whether an `Accept` header, in lower case, names a type, and not with a weight of 0 (RFC 9110 section 12.5.1). */
export function isAccepted(accept: string, type: string): boolean {
  if (!accept.includes(type)) return false;
  return accept.split(',').some((range) => mediaType(range) === type && !isUnwanted(range));
}

/** The same where ranges count too, such as `text/*`, and no header is all types. The range that says most decides. */
export function isAllowed(accept: string, type: string): boolean {
  if (accept.trim() === '') return true;
  const ranges = accept.split(',');
  const group = `${type.slice(0, type.indexOf('/'))}/*`;
  for (const name of [type, group, '*/*']) {
    const fitting = ranges.filter((range) => mediaType(range) === name);
    if (fitting.length > 0) return fitting.some((range) => !isUnwanted(range));
  }
  return false;
}

/** Whether an answer is MessagePack: what the client names, or else what it speaks. */
export function wantsMsgpack(accept: string, isBodyMsgpack: boolean): boolean {
  return isAccepted(accept, mediaTypes.msgpack) || (isBodyMsgpack && !isAccepted(accept, mediaTypes.json));
}

/** Answers with a failure, in JSON unless told otherwise, under the status of its code unless told otherwise. */
export function failureReply(
  exchange: HttpExchange,
  why: Failure,
  { status = errorCodes[why.code].httpStatus, encoding = jsonEncoding }: FailureReplyOptions = {},
): void {
  const headers: Record<string, string> = { 'Content-Type': encoding.contentType };
  if (why.afterMs !== undefined) headers['Retry-After'] = String(Math.ceil(why.afterMs / 1000));
  exchange.respond(
    status,
    headers,
    withoutBadDetails(why, (told) => encoding.encode(told)),
  );
}

/** A handler may give its failure any details, even a cycle: the client is then told the rest. */
export function withoutBadDetails<T>(why: Failure, encode: (why: Failure) => T): T {
  try {
    return encode(why);
  } catch {
    const { details: _, ...rest } = why;
    return encode(rest);
  }
}

/** Head of an answer of server-sent events. */
export const streamHeaders = Object.freeze({ 'Content-Type': mediaTypes.stream, 'Cache-Control': 'no-store' });

/** What {@link failureReply} would decide by itself. */
export interface FailureReplyOptions {
  readonly status?: number;
  readonly encoding?: BodyEncoding;
}

const jsonEncoding: BodyEncoding = { contentType: mediaTypes.json, encode: (value) => JSON.stringify(value) };

function isUnwanted(range: string): boolean {
  return /;\s*q=0(\.0*)?\s*(;|$)/i.test(range);
}
