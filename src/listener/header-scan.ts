/**
 * One pass over the headers of an HTTP request: the few a route wants, and how the body is framed. Two readers that
 * disagree on where a request ends are how requests are smuggled past a proxy, so what RFC 9112 section 6.3 leaves
 * open is refused here; the library takes the first of several Content-Lengths, and any Transfer-Encoding as chunked.
 *
 * One scan serves all requests of a listener, one after the other: nothing is allocated but the values wanted.
 */
import type { HttpRequest } from 'uWebSockets.js';

/** A body of unknown length. */
export const chunkedBody = -1;

export class HeaderScan {
  /** Of the headers wanted, in their order; an absent one is empty, a repeated one joined by commas. */
  values: string[] = [];
  /** Length of the body, or {@link chunkedBody}. */
  bodyBytes = 0;
  /** What is wrong with the headers: what was expected, what was got. */
  problem: string | undefined = undefined;
  #wanted: readonly string[] = [];
  #hosts = 0;
  #lengths = 0;
  #length = '';
  #encodings = 0;
  #encoding = '';
  readonly #visit = (name: string, value: string): void => {
    if (name === 'content-length') {
      this.#lengths += 1;
      this.#length = value;
    } else if (name === 'host') this.#hosts += 1;
    else if (name === 'transfer-encoding') {
      this.#encodings += 1;
      this.#encoding = value;
    }
    const index = this.#wanted.indexOf(name);
    if (index === -1) return;
    const before = this.values[index];
    this.values[index] = before === '' ? value : `${before}, ${value}`;
  };

  /** Reads one request; the fields hold what was found until the next. */
  read(request: HttpRequest, wanted: readonly string[]): void {
    this.#wanted = wanted;
    this.values = [];
    for (let i = 0; i < wanted.length; i += 1) this.values.push('');
    this.#hosts = 0;
    this.#lengths = 0;
    this.#encodings = 0;
    request.forEach(this.#visit);
    this.problem = this.#findProblem();
  }

  #findProblem(): string | undefined {
    this.bodyBytes = 0;
    if (this.#hosts !== 1) return `expected one host header, got ${this.#hosts}`;
    if (this.#encodings > 0) {
      this.bodyBytes = chunkedBody;
      if (this.#lengths > 0) return 'expected content-length or transfer-encoding, got both';
      if (this.#encodings > 1 || this.#encoding.toLowerCase() !== 'chunked') {
        return `expected transfer-encoding to be chunked, got ${JSON.stringify(this.#encoding.slice(0, 80))}`;
      }
    }
    if (this.#lengths === 0) return undefined;
    if (this.#lengths > 1) return `expected one content-length header, got ${this.#lengths}`;
    this.bodyBytes = wholeNumber(this.#length);
    if (this.bodyBytes >= 0) return undefined;
    return `expected content-length to be a whole number, got ${JSON.stringify(this.#length.slice(0, 80))}`;
  }
}

/** Digits only, and few enough to be exact; −1 for anything else. */
function wholeNumber(text: string): number {
  if (text.length === 0 || text.length > 15) return -1;
  let value = 0;
  for (let i = 0; i < text.length; i += 1) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}
