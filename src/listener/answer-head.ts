/** Status line and headers of an answer, checked: the library writes a CR or LF as it is, and so another header. */
import { STATUS_CODES } from 'node:http';

/** Headers of an answer. */
export type AnswerHeaders = Readonly<Record<string, string>>;

const statusLines = new Map<number, string>();

/** `404 Not Found`. */
export function statusLine(status: number): string {
  let line = statusLines.get(status);
  if (line === undefined) {
    line = `${status} ${STATUS_CODES[status] ?? 'Unknown'}`;
    statusLines.set(status, line);
  }
  return line;
}

/** RFC 9110 section 5.1. */
const namePattern = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** @throws TypeError when a name is no token, or a value holds a control character but the tab */
export function checkHeaders(headers: AnswerHeaders): void {
  for (const name in headers) {
    const value = headers[name] as string;
    if (!namePattern.test(name)) throw new TypeError(`expected a header name, got ${JSON.stringify(name)}`);
    for (let i = 0; i < value.length; i += 1) {
      const code = value.charCodeAt(i);
      if ((code < 32 && code !== 9) || code === 127) {
        throw new TypeError(`expected ${name} without control characters, got ${JSON.stringify(value)}`);
      }
    }
  }
}
