/** Sockets that lead nowhere: a test sees what a client sends, and says what the gateway would. */
import { jsonEncoding } from '../../src/client/json-encoding.js';
import type { ConnectOptions } from '../../src/client/options.js';
import { type ResolvedOptions, resolveOptions } from '../../src/client/resolved-options.js';
import type { ClientSocket, OpenSocket, SocketEvents } from '../../src/client/socket.js';
import type { ServerFrame, WelcomeFrame } from '../../src/protocol/frames.js';

/** A frame as the gateway would have decoded it. */
export interface SentFrame {
  readonly op: string;
  readonly [field: string]: unknown;
}

/** One of them. */
export class FakeSocket implements ClientSocket {
  readonly url: string;
  readonly subprotocol: string;
  readonly events: SocketEvents;
  /** Messages that were sent, each with its frames. */
  readonly messages: SentFrame[][] = [];
  /** How it was ended by the client: `cut`, or the code. */
  endedWith: string | undefined = undefined;
  bufferedBytes = 0;

  constructor(url: string, subprotocol: string, events: SocketEvents) {
    this.url = url;
    this.subprotocol = subprotocol;
    this.events = events;
  }

  /** All frames that were sent. */
  get frames(): SentFrame[] {
    return this.messages.flat();
  }

  /** Frames sent since the last look. */
  newFrames(): SentFrame[] {
    return this.messages.splice(0).flat();
  }

  send(message: string | Uint8Array): void {
    const decoded = jsonEncoding.decode(message) as SentFrame | SentFrame[];
    this.messages.push(Array.isArray(decoded) ? decoded : [decoded]);
  }

  close(code: number): void {
    this.endedWith = String(code);
    // The other side answers it.
    queueMicrotask(() => this.events.closed(code, ''));
  }

  cut(): void {
    this.endedWith = 'cut';
  }

  /** The gateway sends these, in one message. */
  say(...frames: ServerFrame[]): void {
    this.events.message(JSON.stringify(frames.length === 1 ? frames[0] : frames));
  }

  /** It opens, and the gateway welcomes the client. */
  welcome(fields: Partial<WelcomeFrame> = {}): void {
    this.events.opened();
    this.say({ ...aWelcome, ...fields });
  }

  /** It ends, not by the client. */
  end(code: number, reason = '', refusedWith?: number): void {
    this.events.closed(code, reason, refusedWith);
  }
}

/** What a gateway says first. */
export const aWelcome: WelcomeFrame = Object.freeze({
  op: 'welcome',
  session: 's_1',
  secret: 'hush',
  resumed: false,
  credit: 64,
  received: 0,
  keepAliveMs: 20_000,
  payloadBytesMax: 65_536,
  resumeMs: 30_000,
});

/** All sockets of a client. */
export class FakeSockets {
  readonly all: FakeSocket[] = [];
  readonly open: OpenSocket = (url, subprotocol, events) => {
    const socket = new FakeSocket(url, subprotocol, events);
    this.all.push(socket);
    return socket;
  };

  /** The newest. */
  get last(): FakeSocket {
    const socket = this.all.at(-1);
    if (socket === undefined) throw new Error('expected a socket, got none');
    return socket;
  }

  /** Options of a client that uses them. */
  options(options: ConnectOptions = {}): ResolvedOptions {
    return resolveOptions('ws://gateway.test', options, this.open);
  }
}

/** Lets what was put off to the end of the turn happen. */
export async function turn(): Promise<void> {
  for (let i = 0; i < 8; i += 1) await Promise.resolve();
}

/** A frame as it comes in a session that can be taken up again: with its number. */
export function numbered(frame: ServerFrame, s: number): ServerFrame {
  return Object.assign({}, frame, { s });
}
