/**
 * One HTTP request as its body arrives. A body in one piece is handed on where it lies in the library's buffer, one in
 * several pieces is gathered in a buffer of its own, which never grows past the route's bound.
 */
import type { HttpRequest, HttpRoute } from '../model/transport.js';
import type { UwsExchange } from './uws-exchange.js';

/** Why a request is refused before its handler sees it. */
export interface RequestRefusal {
  readonly status: 400 | 413;
  readonly message: string;
}

/** First size of a buffer for a body of unknown length. */
const firstBytes = 4096;

const empty = new Uint8Array(0);
const noNames: readonly string[] = [];
const noValues: readonly undefined[] = [];

export class IncomingRequest implements HttpRequest {
  readonly route: HttpRoute;
  readonly exchange: UwsExchange;
  body: Uint8Array = empty;
  refusal: RequestRefusal | undefined = undefined;
  parameter = '';
  /** Of the names in the query that the route reads, in their order. */
  queryValues: readonly (string | undefined)[] = noValues;
  readonly #values: readonly string[];
  #gathered: Uint8Array | undefined = undefined;
  #bytes = 0;

  /** @param values of the headers the route names, in their order */
  constructor(route: HttpRoute, exchange: UwsExchange, values: readonly string[]) {
    this.route = route;
    this.exchange = exchange;
    this.#values = values;
  }

  get method(): 'get' | 'post' | 'head' {
    return this.exchange.isHead ? 'head' : this.route.method;
  }

  get path(): string {
    return this.route.path;
  }

  get remoteAddress(): string {
    return this.exchange.remoteAddress;
  }

  /** Bytes of the body that have come. */
  get bytes(): number {
    return this.#bytes;
  }

  header(name: string): string {
    const index = (this.route.headers ?? noNames).indexOf(name);
    if (index === -1) throw new RangeError(`expected ${name} to be among the headers the route names`);
    return this.#values[index] as string;
  }

  query(name: string): string | undefined {
    const index = (this.route.query ?? noNames).indexOf(name);
    if (index === -1) throw new RangeError(`expected ${name} to be among the names of the query the route reads`);
    return this.queryValues[index];
  }

  /**
   * Takes a piece of the body; it is only valid during the call, and `body` too when it came in one piece.
   * @param declaredBytes length of the whole body, or less when it is not known
   * @returns false when the body is larger than the route takes: nothing is kept then
   */
  take(piece: ArrayBuffer, isLast: boolean, declaredBytes: number): boolean {
    const { bodyBytesMax } = this.route;
    const start = this.#bytes;
    this.#bytes += piece.byteLength;
    if (this.#bytes > bodyBytesMax) {
      this.#gathered = undefined;
      return false;
    }
    if (start === 0 && isLast) {
      this.body = new Uint8Array(piece);
      return true;
    }
    const gathered = this.#bufferFor(declaredBytes);
    gathered.set(new Uint8Array(piece), start);
    if (isLast) this.body = gathered.subarray(0, this.#bytes);
    return true;
  }

  /** Makes `body` valid beyond the library's callback. */
  keepBody(): void {
    if (this.#gathered === undefined) this.body = this.body.slice();
  }

  #bufferFor(declaredBytes: number): Uint8Array {
    const before = this.#gathered;
    if (before !== undefined && before.length >= this.#bytes) return before;
    const wanted = Math.max(this.#bytes, declaredBytes, firstBytes, 2 * (before?.length ?? 0));
    const grown = new Uint8Array(Math.min(wanted, this.route.bodyBytesMax));
    if (before !== undefined) grown.set(before);
    this.#gathered = grown;
    return grown;
  }
}
