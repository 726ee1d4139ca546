/** The client of the package as it was built. */
import type { Requester } from './requester.js';

/** What is used of it. */
interface BuiltClient extends Requester {
  readonly ready: Promise<void>;
}

interface BuiltEntry {
  connect(url: string, options: { readonly encoding?: unknown }): BuiltClient;
}

const folder = new URL('../../dist/', import.meta.url);

/** Connects. */
export async function connectSdk(port: number, encoding: 'json' | 'msgpack'): Promise<Requester> {
  const { connect } = (await import(new URL('client.js', folder).href)) as BuiltEntry;
  const url = `http://127.0.0.1:${port}`;
  const client = encoding === 'json' ? connect(url, {}) : connect(url, { encoding: await msgpackEncoding() });
  await client.ready;
  return client;
}

async function msgpackEncoding(): Promise<unknown> {
  const entry = (await import(new URL('client-msgpack.js', folder).href)) as { readonly msgpackEncoding: unknown };
  return entry.msgpackEncoding;
}
