/**
 * HTTP routes on uWebSockets.js: reads the request, bounds its body, and calls the route. Every callback is total: the
 * library ends the process when one throws, or returns with neither an answer nor an abort handler.
 *
 * One connection that pipelines requests is read again and again within one turn of the event loop, and the library
 * does not tell which connection a request came on. So past a bound of the turn a request is handled in the next one.
 * To a connection with one request at a time that is a short wait; one that has more behind it is cut by the library,
 * which takes no request before the last is answered.
 *
 * What cannot be cured here: the library answers 505 when a request line comes in two packets.
 */
import type { HttpResponse, TemplatedApp, HttpRequest as UwsRequest } from 'uWebSockets.js';
import type { HttpRoute } from '../model/transport.js';
import type { AnswerHeaders } from './answer-head.js';
import { chunkedBody, HeaderScan } from './header-scan.js';
import { IncomingRequest } from './incoming-request.js';
import type { ListenerLog } from './listener-log.js';
import { decodedParameter, queryValues } from './request-target.js';
import { type TurnBounds, TurnMeter } from './turn-meter.js';
import { UwsExchange } from './uws-exchange.js';

/** Bodies over a route's bound but not over this are read to their end, so that the client sees the answer. */
const lingerBytesMax = 1_048_576;

const noHeaders: readonly string[] = [];

/** A route as the library calls it. */
interface Mounted {
  readonly route: HttpRoute;
  readonly isHead: boolean;
  readonly hasParameter: boolean;
}

export class HttpServer {
  readonly #log: ListenerLog;
  /** For all connections together, as they cannot be told apart. */
  readonly #meter: TurnMeter;
  readonly #scan = new HeaderScan();
  readonly #call = (request: IncomingRequest): void => {
    const { exchange, refusal, route } = request;
    if (exchange.isAborted) return;
    try {
      if (refusal === undefined) route.handle(request, exchange);
      else route.refuse(exchange, refusal.status, refusal.message);
    } catch (error) {
      this.#log.error({ err: error, path: route.path }, 'an HTTP request failed after a defect in its handler');
      exchange.fail();
    }
  };

  constructor(share: TurnBounds, log: ListenerLog) {
    this.#log = log;
    this.#meter = new TurnMeter(share);
  }

  /**
   * Adds routes, and answers for what none of them takes. A GET route serves HEAD too. Where a path and one with a
   * parameter both fit, the library takes the one that has the method.
   */
  mount(app: TemplatedApp, routes: readonly HttpRoute[]): void {
    const methodsOf = new Map<string, string[]>();
    for (const route of routes) {
      const methods = methodsOf.get(route.path) ?? [];
      methodsOf.set(route.path, methods);
      const whole: Mounted = { route, isHead: false, hasParameter: route.path.includes('/:') };
      if (route.method === 'post') {
        app.post(route.path, (response, request) => this.#serve(whole, response, request));
        methods.push('POST');
      } else {
        const head: Mounted = { ...whole, isHead: true };
        app.get(route.path, (response, request) => this.#serve(whole, response, request));
        app.head(route.path, (response, request) => this.#serve(head, response, request));
        methods.push('GET', 'HEAD');
      }
    }
    for (const [path, methods] of methodsOf) this.refuseOtherMethods(app, path, methods);
    app.any('/*', (response, request) => {
      const path = JSON.stringify(request.getUrl().slice(0, 80));
      this.answer(response, request, 404, {}, `expected a path that is served here, got ${path}`);
    });
  }

  /** Answers 405 on a path whose methods have routes. */
  refuseOtherMethods(app: TemplatedApp, path: string, methods: readonly string[]): void {
    const allow = methods.join(', ');
    app.any(path, (response, request) => {
      const got = JSON.stringify(request.getCaseSensitiveMethod().slice(0, 20));
      this.answer(response, request, 405, { Allow: allow }, `expected the method to be ${allow}, got ${got}`);
    });
  }

  /** Answers one line of text, whatever the body is. */
  answer(response: HttpResponse, request: UwsRequest, status: number, headers: AnswerHeaders, message: string): void {
    const respond = (exchange: Pick<UwsExchange, 'respond'>): void =>
      exchange.respond(status, { ...headers, 'Content-Type': 'text/plain; charset=utf-8' }, `${message}\n`);
    const route: HttpRoute = {
      method: 'get',
      path: request.getUrl(),
      bodyBytesMax: 0,
      refuse: respond,
      handle: (_request, exchange) => respond(exchange),
    };
    const isHead = request.getCaseSensitiveMethod() === 'HEAD';
    this.#serve({ route, isHead, hasParameter: false }, response, request);
  }

  #serve({ route, isHead, hasParameter }: Mounted, response: HttpResponse, uwsRequest: UwsRequest): void {
    const exchange = new UwsExchange(response, isHead, this.#log);
    const scan = this.#scan;
    scan.read(uwsRequest, route.headers ?? noHeaders);
    const request = new IncomingRequest(route, exchange, scan.values);
    if (route.query !== undefined) request.queryValues = queryValues(uwsRequest.getQuery(), route.query);
    const parameter = hasParameter ? decodedParameter(uwsRequest.getParameter(0) ?? '') : '';
    request.parameter = parameter ?? '';
    const { problem, bodyBytes } = scan;
    if (problem !== undefined) {
      exchange.closesConnection = true;
      this.#refuse(request, 0, 400, problem);
    } else if (bodyBytes > route.bodyBytesMax || (bodyBytes === chunkedBody && route.bodyBytesMax === 0)) {
      this.#refuseUnread(request, bodyBytes, 413, tooLarge(route, bodyBytes));
    } else if (parameter === undefined) {
      this.#refuseUnread(request, bodyBytes, 400, 'expected the path to be percent-encoded UTF-8');
    } else if (bodyBytes === 0) this.#dispatch(request, 0);
    else response.onData((piece, isLast) => this.#read(request, piece, isLast, bodyBytes));
  }

  #read(request: IncomingRequest, piece: ArrayBuffer, isLast: boolean, bodyBytes: number): void {
    const { exchange, route } = request;
    if (exchange.isAborted || request.refusal !== undefined) return;
    if (!request.take(piece, isLast, bodyBytes)) {
      exchange.closesConnection = true;
      this.#refuse(request, request.bytes, 413, tooLarge(route, chunkedBody));
    } else if (isLast) this.#dispatch(request, request.bytes);
  }

  #refuseUnread(request: IncomingRequest, bodyBytes: number, status: 400 | 413, message: string): void {
    request.exchange.closesConnection = bodyBytes > lingerBytesMax || bodyBytes === chunkedBody;
    this.#refuse(request, bodyBytes, status, message);
  }

  #refuse(request: IncomingRequest, bytes: number, status: 400 | 413, message: string): void {
    request.refusal = { status, message };
    this.#dispatch(request, Math.max(0, bytes));
  }

  #dispatch(request: IncomingRequest, bytes: number): void {
    if (this.#meter.admits(bytes)) {
      this.#meter.count(1);
      this.#call(request);
    } else {
      request.keepBody();
      setImmediate(this.#call, request);
    }
  }
}

function tooLarge({ bodyBytesMax }: HttpRoute, bodyBytes: number): string {
  const got = bodyBytes === chunkedBody ? 'more' : String(bodyBytes);
  return `expected a body of at most ${bodyBytesMax} bytes, got ${got}`;
}
