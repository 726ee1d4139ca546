/**
 * The dialogues of PROTOCOL.md: reads them and plays the client's part against a gateway.
 *
 * A line `> …` is a message the client sends, `< …` one it must get next, `< close 4000` the end of the socket, and
 * `-- …` something that happens outside of the wire. In what is expected, `…` stands for any value, inside a string for
 * any characters, and as the last entry of a map for any other fields. Where a client takes its session up again, its
 * `session` and `secret` are those of the last `welcome`.
 */
import { once } from 'node:events';
import { Packr, Unpackr } from 'msgpackr';
import { WebSocket } from 'ws';
import type { Fence } from './markdown.js';

interface Line {
  readonly kind: 'sent' | 'expected' | 'closed' | 'note';
  readonly text: string;
}

export interface Dialogue {
  readonly title: string;
  /** Flags of the gateway it is held with, such as `--window.max`. */
  readonly flags: Readonly<Record<string, string>>;
  readonly lines: readonly Line[];
}

export type Encoding = 'json' | 'msgpack';

const withinMs = 10_000;
const packr = new Packr({ useRecords: false });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });

export function readDialogue({ info, text, heading }: Fence): Dialogue {
  const settings = info.slice(1).map((word) => word.split('=') as [string, string]);
  const lines = text.split('\n').map((line): Line => {
    const [, mark, rest = ''] = /^(>|<|--) (.+)$/.exec(line) ?? [];
    if (mark === '>') return { kind: 'sent', text: rest };
    if (mark === '--') return { kind: 'note', text: rest };
    if (mark !== '<') throw new Error(`${heading}: expected a line to start with >, < or --, got ${line}`);
    return { kind: rest.startsWith('close ') ? 'closed' : 'expected', text: rest };
  });
  return { title: heading, flags: Object.fromEntries(settings), lines };
}

/** Whether every message of the client is a frame: text that does not decode has no other encoding. */
export function isTranslatable({ lines }: Dialogue): boolean {
  return lines.filter(({ kind }) => kind === 'sent').every(({ text }) => isJson(text));
}

export interface PlayOptions {
  readonly port: number;
  readonly encoding: Encoding;
  /** What is done at a note. */
  readonly onNote: (text: string) => void;
}

/** The note after which the client speaks on another socket. */
export const connectionLost = 'the connection is lost';

/** Plays a dialogue to its end. Rejects at the first message that is not as it is written. */
export async function play({ lines }: Dialogue, { port, encoding, onNote }: PlayOptions): Promise<void> {
  let client = await Client.connect(port, encoding);
  for (const { kind, text } of lines) {
    if (text === connectionLost) {
      const { welcome } = client;
      client.socket.terminate();
      client = await Client.connect(port, encoding, welcome);
    } else if (kind === 'note') onNote(text);
    else if (kind === 'sent') client.send(text);
    else if (kind === 'closed') {
      const [code] = await client.closed;
      if (text !== `close ${code}`) throw new Error(`expected ${text}, got close ${code}`);
    } else await client.expect(text);
  }
  await client.end();
}

type Welcome = Readonly<Record<string, unknown>>;

class Client {
  readonly socket: WebSocket;
  readonly closed: Promise<[number]>;
  welcome: Welcome;
  readonly #encoding: Encoding;
  readonly #received: unknown[] = [];

  /** @param welcome of the session it may take up again */
  static async connect(port: number, encoding: Encoding, welcome: Welcome = {}): Promise<Client> {
    const client = new Client(
      new WebSocket(`ws://127.0.0.1:${port}/v1/socket`, `sluice.v1.${encoding}`),
      encoding,
      welcome,
    );
    await once(client.socket, 'open');
    return client;
  }

  private constructor(socket: WebSocket, encoding: Encoding, welcome: Welcome) {
    this.socket = socket;
    this.welcome = welcome;
    this.#encoding = encoding;
    this.closed = once(socket, 'close') as Promise<[number]>;
    socket.on('message', (data: Buffer) => {
      const message: unknown = encoding === 'json' ? JSON.parse(data.toString()) : unpackr.unpack(data);
      if ((message as { op?: unknown }).op === 'welcome') this.welcome = message as Welcome;
      this.#received.push(message);
    });
  }

  send(text: string): void {
    const { resume } = isJson(text) ? (JSON.parse(text) as { resume?: unknown }) : {};
    const isTakenUp = typeof resume === 'object' && resume !== null;
    const { session, secret } = this.welcome;
    const sent = isTakenUp ? JSON.stringify({ ...JSON.parse(text), resume: { ...resume, session, secret } }) : text;
    this.socket.send(this.#encoding === 'json' ? sent : packr.pack(JSON.parse(sent)));
  }

  async expect(text: string): Promise<void> {
    const message = await next(this.socket, this.#received, text);
    if (!matches(pattern(text), message)) throw new Error(`expected ${text}\n     got ${JSON.stringify(message)}`);
  }

  /** Nothing more may have come. */
  async end(): Promise<void> {
    if (this.#received.length > 0) throw new Error(`expected no more, got ${JSON.stringify(this.#received)}`);
    if (this.socket.readyState === WebSocket.CLOSED) return;
    this.socket.close();
    await this.closed;
  }
}

/** The text of an expected message as a value in which `…` stands for what may be anything. */
export function pattern(text: string): unknown {
  return JSON.parse(text.replaceAll(',…}', ',"…":"…"}').replace(/([:,[])…/g, '$1"…"'));
}

/** Whether a value is as the pattern says. */
export function matches(expected: unknown, value: unknown): boolean {
  if (expected === '…') return value !== undefined;
  if (typeof expected === 'string' && expected.includes('…')) {
    const parts = expected.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    return typeof value === 'string' && new RegExp(`^${parts.join('.*')}$`, 's').test(value);
  }
  if (typeof expected !== 'object' || expected === null) return Object.is(expected, value);
  if (typeof value !== 'object' || value === null || Array.isArray(expected) !== Array.isArray(value)) return false;
  const { '…': rest, ...fields } = expected as Record<string, unknown>;
  const names = Object.keys(fields);
  if (rest === undefined && names.length !== Object.keys(value).length) return false;
  return names.every((name) => matches(fields[name], (value as Record<string, unknown>)[name]));
}

async function next(socket: WebSocket, received: unknown[], expected: string): Promise<unknown> {
  if (received.length === 0) {
    const over = new AbortController();
    const { signal } = over;
    try {
      await Promise.race([
        once(socket, 'message', { signal }),
        once(socket, 'close', { signal }).then(([code]) => {
          throw new Error(`expected ${expected}, got close ${code}`);
        }),
        once(AbortSignal.timeout(withinMs), 'abort', { signal }).then(() => {
          throw new Error(`expected ${expected}, got nothing`);
        }),
      ]);
    } finally {
      over.abort();
    }
  }
  return received.shift();
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
