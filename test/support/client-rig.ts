/** A gateway and clients of the SDK, made for one test and gone after it. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, expect, vi } from 'vitest';
import {
  type AnyApi,
  type ApiTypes,
  type Client,
  type ConnectOptions,
  connect,
  SluiceError,
} from '../../src/client.js';
import type { Gateway } from '../../src/gateway.js';
import { expectConservation, startTestGateway } from './test-gateway.js';

export interface ClientRig {
  /** That of the test. */
  readonly gateway: Gateway;
  start(handlers: readonly unknown[], parts?: Record<string, unknown>): Promise<Gateway>;
  /** Cuts the gateway, which was given its port, and starts another one in its place, which knows nothing of it. */
  startAnew(handlers: readonly unknown[], parts?: Record<string, unknown>): Promise<Gateway>;
  /** A client of it, which need not be connected yet. */
  connect<Api extends ApiTypes = AnyApi>(options?: ConnectOptions): Client<Api>;
}

/** After each test its gateway is to be at rest, and its clients are closed. */
export function clientRig(): ClientRig {
  let gateway: Gateway | undefined;
  const clients: Client[] = [];
  const running = (): Gateway => {
    if (gateway === undefined) throw new Error('expected a gateway, got none yet');
    return gateway;
  };
  afterEach(async () => {
    const ending = gateway;
    const left = clients.splice(0);
    gateway = undefined;
    if (ending === undefined) return;
    try {
      await expectConservation(ending);
    } finally {
      for (const client of left) await client.close({ drain: false });
      ending.close();
    }
  });
  return {
    get gateway() {
      return running();
    },
    async start(handlers, parts) {
      gateway = await startTestGateway(handlers, parts);
      return gateway;
    },
    async startAnew(handlers, parts) {
      const { port } = running();
      running().close();
      // The port is free when the system has seen the close.
      gateway = await vi.waitFor(() => startTestGateway(handlers, { ...parts, listen: { port } }), 5000);
      return gateway;
    },
    connect<Api extends ApiTypes>(options?: ConnectOptions) {
      const client = connect<Api>(running().url, options);
      clients.push(client as unknown as Client);
      return client;
    },
  };
}

/**
 * A port at which nobody listens, as far as one can know. A gateway that is to be started anew needs one: the system keeps
 * those it has chosen itself for a while.
 */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { readonly port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** What a promise is rejected with, which has to be an error of the client. */
export async function failureOf(outcome: Promise<unknown>): Promise<SluiceError> {
  const error = await outcome.then(
    (value) => new Error(`expected a failure, got ${JSON.stringify(value)?.slice(0, 200)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof SluiceError)) throw error;
  return error;
}

/** All that comes, up to `count`; then reading stops. */
export async function taken<T>(source: AsyncIterable<T>, count: number): Promise<T[]> {
  const all: T[] = [];
  if (count === 0) return all;
  for await (const each of source) if (all.push(each) === count) break;
  return all;
}

/** All that comes, to the end. */
export const allOf = <T>(source: AsyncIterable<T>): Promise<T[]> => taken(source, Number.MAX_SAFE_INTEGER);

/** Waits until a value has stayed as it is for several looks in a row: what was on its way has arrived. */
export async function settledAt(look: () => number, looks = 6): Promise<number> {
  let last = look();
  let same = 0;
  await vi.waitFor(
    () => {
      const now = look();
      same = now === last ? same + 1 : 0;
      last = now;
      expect(same).toBeGreaterThanOrEqual(looks);
    },
    { timeout: 5000, interval: 10 },
  );
  return last;
}
