/**
 * Thousands of messages made at random from good ones, by changing their fields or their bytes. Whatever comes, the
 * gateway answers or closes with a code that says why, and a neighbour is served all the while.
 */
import { once } from 'node:events';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { echo, fail } from '../../src/demo/basics.js';
import type { Gateway } from '../../src/gateway.js';
import { defineHandler } from '../../src/index.js';
import { anyData } from '../support/any-data.js';
import { TestClient } from '../support/test-client.js';
import { expectConservation, startTestGateway } from '../support/test-gateway.js';
import { type Encoding, written } from '../support/verbatim.js';

const few = defineHandler({
  type: 'few',
  async *handle() {
    for (let n = 1; n <= 20; n += 1) yield n;
  },
});
const hold = defineHandler({
  type: 'hold',
  handle: (_event, { signal }) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
});

let gateway: Gateway;
let neighbour: TestClient;

beforeAll(async () => {
  gateway = await startTestGateway([echo, fail, few, hold], {
    anonymous: { critical: true },
    // Those without an id outlive their session.
    pipelines: { default: { timeoutMs: 200 } },
  });
  neighbour = await TestClient.connect(gateway.port);
});

afterAll(async () => {
  await neighbour.close();
  await expectConservation(gateway);
  gateway.close();
});

/** An echo of the neighbour's must not wait for anything of this. */
async function expectNeighbourServed(): Promise<void> {
  neighbour.frames.length = 0;
  neighbour.send({ op: 'event', id: 1, type: 'echo', data: 'here' });
  expect(await neighbour.outcome(1, 1000)).toMatchObject({ op: 'end', data: 'here' });
}

const ids = fc.constantFrom<unknown>(1, 2, 'a', '1', 2 ** 53 - 1);
/** Good values of each field; any other value may stand in their place. */
const fields: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  type: fc.constantFrom('echo', 'few', 'hold', 'fail', 'none'),
  id: ids,
  data: fc.constantFrom<unknown>(null, {}, { code: 'aborted' }, [1, 2]),
  ack: fc.boolean(),
  key: fc.constantFrom('k', 'l'),
  priority: fc.constantFrom('critical', 'high', 'normal', 'low'),
  ttl: fc.constantFrom(1, 1000),
  idem: fc.constant('i'),
  credit: fc.constantFrom(0, 1, 100),
  overflow: fc.constantFrom('wait', 'latest', 'drop', 'close'),
  trace: fc.constant('00-0-0-00'),
  max: fc.constantFrom(0, 5, 2 ** 53),
  at: fc.constantFrom<unknown>(1, 'x'),
  topic: fc.constantFrom('a.b', 'a.*'),
  token: fc.constant('t'),
  batch: fc.boolean(),
  resume: fc.constantFrom<unknown>(true, { session: 's', secret: 's', received: 0 }),
  s: fc.constantFrom(0, 7),
};
const ops = ['event', 'event', 'event', 'pull', 'cancel', 'ping', 'pong', 'hello', 'subscribe', 'received', 'auth'];
const mostly = (good: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 8, arbitrary: good }, { weight: 1, arbitrary: anyData });
const frame = fc.record(
  {
    op: mostly(fc.constantFrom(...ops)),
    ...Object.fromEntries(Object.entries(fields).map(([name, good]) => [name, mostly(good)])),
    extra: anyData,
  },
  { requiredKeys: ['op'] },
);
const message = mostly(fc.oneof({ weight: 3, arbitrary: frame }, fc.array(mostly(frame), { maxLength: 5 })));

interface Change {
  readonly kind: 'flip' | 'insert' | 'delete' | 'cut' | 'repeat';
  readonly at: number;
  readonly byte: number;
}

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom('flip', 'flip', 'insert', 'delete', 'cut', 'repeat'),
  at: fc.nat(400),
  byte: fc.integer({ min: 0, max: 255 }),
});

function changed(bytes: Buffer, { kind, at: anywhere, byte }: Change): Buffer {
  const at = anywhere % (bytes.length + 1);
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  if (kind === 'flip') return Buffer.concat([before, Buffer.from([(after[0] ?? 0) ^ byte]), after.subarray(1)]);
  if (kind === 'insert') return Buffer.concat([before, Buffer.from([byte]), after]);
  if (kind === 'delete') return Buffer.concat([before, after.subarray(1)]);
  return kind === 'cut' ? before : Buffer.concat([before, after, after]);
}

/** A socket that is used until it is closed, or for so many sequences. */
class HostileSocket {
  readonly #encoding: Encoding;
  #socket: WebSocket | undefined = undefined;
  #sequences = 0;

  constructor(encoding: Encoding) {
    this.#encoding = encoding;
  }

  /**
   * Sends the messages, and a ping behind them. @returns the code it was closed with, or 0 when the ping was answered
   */
  async send(messages: readonly { readonly bytes: Buffer; readonly isBinary: boolean }[]): Promise<number> {
    const socket = await this.#open();
    this.#sequences += 1;
    const at = `ping ${this.#sequences}`;
    const answered = new Promise<number>((resolve) => {
      socket.on('message', (data: Buffer) => {
        if (data.includes(at)) resolve(0);
      });
      socket.once('close', (code) => resolve(code));
    });
    for (const { bytes, isBinary } of messages) socket.send(bytes, { binary: isBinary });
    socket.send(written({ op: 'ping', at }, this.#encoding), { binary: this.#encoding === 'msgpack' });
    const code = await answered;
    socket.removeAllListeners('message');
    socket.removeAllListeners('close');
    if (code !== 0 || this.#sequences % 10 === 0) this.close();
    return code;
  }

  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }

  async #open(): Promise<WebSocket> {
    if (this.#socket !== undefined) return this.#socket;
    const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/v1/socket`, `sluice.v1.${this.#encoding}`);
    socket.on('error', () => undefined);
    await once(socket, 'open');
    this.#socket = socket;
    return socket;
  }
}

describe.each(['json', 'msgpack'] as const)('at random over %s', (encoding) => {
  const isBinary = encoding === 'msgpack';

  it('frames that decode never close their socket, nor hold up a neighbour', async () => {
    const hostile = new HostileSocket(encoding);
    const property = fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 4 }), async (messages) => {
      const sent = messages.map((each) => ({ bytes: written(each, encoding), isBinary }));
      const [code] = await Promise.all([hostile.send(sent), expectNeighbourServed()]);
      expect(code).toBe(0);
    });
    await fc.assert(property, { numRuns: 1000, seed: 20_240_601 });
    hostile.close();
    expect(gateway.inUse().sessions).toBeGreaterThanOrEqual(1);
  });

  it('bytes that were tampered with end in an answer, or in 4000 or a cut, and never hold up a neighbour', async () => {
    const hostile = new HostileSocket(encoding);
    const codes = new Map<number, number>();
    const tampered = fc.tuple(message, fc.array(change, { minLength: 1, maxLength: 2 }), fc.nat(30));
    const property = fc.asyncProperty(fc.array(tampered, { minLength: 1, maxLength: 2 }), async (messages) => {
      const sent = messages.map(([good, changes, kind]) => ({
        bytes: changes.reduce(changed, written(good, encoding)),
        isBinary: kind === 0 ? !isBinary : isBinary,
      }));
      const [code] = await Promise.all([hostile.send(sent), expectNeighbourServed()]);
      codes.set(code, (codes.get(code) ?? 0) + 1);
      // Invalid UTF-8 in a text message breaks the frame itself: no close frame comes.
      expect([0, 4000, 1006, 1007]).toContain(code);
    });
    await fc.assert(property, { numRuns: 1000, seed: 20_240_602 });
    hostile.close();
    expect(codes.get(4000)).toBeGreaterThan(100);
    expect(codes.get(0)).toBeGreaterThan(20);
  });
});
