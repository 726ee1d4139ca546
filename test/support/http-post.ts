/** Posts events over HTTP as a plain client would, in either encoding, and reads the answer in whatever it comes in. */
import { Packr, Unpackr } from 'msgpackr';

export interface PostOptions {
  /** Of the body. */
  readonly encoding?: 'json' | 'msgpack';
  readonly accept?: string;
  readonly prefer?: string;
  readonly signal?: AbortSignal;
}

/** The answer, its body decoded by its content type; undefined when empty. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

const packr = new Packr({ useRecords: false });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });

/** Content types, by encoding. */
export const mediaTypes = { json: 'application/json', msgpack: 'application/msgpack' } as const;

/** Sends one event: the fields of an `event` frame without its `op`. */
export function post(port: number, event: unknown, options: PostOptions = {}): Promise<HttpAnswer> {
  return postTo(port, '/v1/events', event, options);
}

/** Sends any value to any path. */
export function postTo(port: number, path: string, value: unknown, options: PostOptions = {}): Promise<HttpAnswer> {
  const { encoding = 'json', accept, prefer, signal } = options;
  const body = encoding === 'json' ? JSON.stringify(value) : new Uint8Array(packr.pack(value));
  const headers = {
    'content-type': mediaTypes[encoding],
    ...(accept === undefined ? {} : { accept }),
    ...(prefer === undefined ? {} : { prefer }),
  };
  return send(port, path, { body, headers, ...(signal === undefined ? {} : { signal }) });
}

/** Sends any bytes under any headers, as an event. */
export function postBody(
  port: number,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<HttpAnswer> {
  return send(port, '/v1/events', { body, headers, ...(signal === undefined ? {} : { signal }) });
}

async function send(port: number, path: string, init: RequestInit): Promise<HttpAnswer> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', ...init });
  const bytes = Buffer.from(await response.arrayBuffer());
  return { status: response.status, headers: response.headers, body: decoded(bytes, response.headers) };
}

function decoded(bytes: Buffer, headers: Headers): unknown {
  if (bytes.length === 0) return undefined;
  const type = headers.get('content-type') ?? '';
  if (type.startsWith(mediaTypes.msgpack)) return unpackr.unpack(bytes);
  return type.startsWith(mediaTypes.json) ? JSON.parse(bytes.toString()) : bytes.toString();
}
