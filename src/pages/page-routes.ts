/** Answers for files from memory: everything about them is worked out at start, and a request only chooses. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { HttpExchange, HttpRequest, HttpRoute } from '../model/transport.js';
import { contentTypeOf } from './content-types.js';
import type { Page } from './read-pages.js';
import { acceptsGzip, hasTag } from './request-choice.js';

/** A part of what every structured logger offers. */
export interface PagesLog {
  warn(fields: object, message: string): void;
}

/**
 * Scripts, styles and connections of the same origin only, and nothing written into the page itself: what somebody
 * smuggles into a page can neither run nor send anything elsewhere. `'self'` is the gateway's WebSocket, too (CSP level 3).
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Headers that a 304 repeats, so that what a browser has kept follows a newer gateway. */
const everyHeaders = Object.freeze({
  // To be kept, and asked for again each time.
  'Cache-Control': 'no-cache',
  'Content-Security-Policy': contentSecurityPolicy,
  'X-Content-Type-Options': 'nosniff',
});

/** Smaller ones fit into a packet as they are. */
const gzipBytesMin = 1024;

/** What the gateway keeps for itself, also where it has nothing there. */
const ownPath = /^\/(?:healthz|readyz|metrics|v1)(?:\/|$)/;

/** One form in which a page is sent. */
interface Form {
  readonly tag: string;
  /** Of a 200. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of a 304. */
  readonly unchanged: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
}

/** A page, ready to be sent. */
interface Answer {
  readonly plain: Form;
  readonly gzip: Form | undefined;
}

/**
 * A route for each path of the pages. Paths that the gateway keeps for itself (`/v1/…`, `/healthz`, `/readyz`,
 * `/metrics`) are left out, with a line in the log. Text over 1 KiB is compressed here, which blocks meanwhile.
 */
export function pageRoutes(pages: readonly Page[], log: PagesLog): HttpRoute[] {
  const routes: HttpRoute[] = [];
  for (const page of pages) {
    if (page.paths.some((path) => ownPath.test(path))) {
      log.warn({ path: page.paths[0] }, 'a file is not served: its path is one of the gateway itself');
      continue;
    }
    const answer = answerOf(page);
    for (const path of page.paths) routes.push(routeOf(path, answer));
  }
  return routes;
}

function routeOf(path: string, answer: Answer): HttpRoute {
  return {
    method: 'get',
    path,
    headers: ['if-none-match', 'accept-encoding'],
    bodyBytesMax: 0,
    refuse: (exchange, status, message) =>
      exchange.respond(status, { 'Content-Type': 'text/plain; charset=utf-8' }, `${message}\n`),
    handle: (request, exchange) => respond(answer, request, exchange),
  };
}

function respond({ plain, gzip }: Answer, request: HttpRequest, exchange: HttpExchange): void {
  const form = gzip !== undefined && acceptsGzip(request.header('accept-encoding')) ? gzip : plain;
  if (hasTag(request.header('if-none-match'), form.tag)) exchange.respond(304, form.unchanged, '');
  else exchange.respondKept(200, form.headers, form.bytes);
}

function answerOf({ paths, bytes }: Page): Answer {
  const { name, isText } = contentTypeOf(paths[0] ?? '');
  const digest = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
  const packed = isText && bytes.length > gzipBytesMin ? gzipSync(bytes) : undefined;
  if (packed === undefined || packed.length >= bytes.length) {
    return { plain: formOf(`"${digest}"`, bytes, { 'Content-Type': name }, {}), gzip: undefined };
  }
  const vary = { Vary: 'Accept-Encoding' };
  return {
    plain: formOf(`"${digest}"`, bytes, { 'Content-Type': name }, vary),
    // Another tag, for the bytes are others.
    gzip: formOf(`"${digest}-gzip"`, packed, { 'Content-Type': name, 'Content-Encoding': 'gzip' }, vary),
  };
}

function formOf(
  tag: string,
  bytes: Uint8Array,
  content: Readonly<Record<string, string>>,
  vary: Readonly<Record<string, string>>,
): Form {
  const unchanged = { ...everyHeaders, ...vary, ETag: tag };
  return { tag, headers: { ...content, ...unchanged }, unchanged, bytes };
}
