/** A listener on a free port for one test, with a socket handler that writes down what it is told. */

import { onTestFinished } from 'vitest';
import { createListener, type Listener, type ListenerOptions } from '../../src/listener/listener.js';
import { LoopTurn } from '../../src/model/loop-turn.js';
import type { HttpRoute, Socket, SocketHandler } from '../../src/model/transport.js';
import { RawSocket } from '../support/raw-socket.js';

/** What a session of {@link TestSockets} was told. */
export interface TestSession {
  readonly socket: Socket;
  readonly subprotocol: string;
  readonly messages: { readonly text: string; readonly isBinary: boolean }[];
  heard: number;
  drains: number;
  readonly closes: { readonly code: number; readonly reason: string }[];
}

/** A handler whose steps a test may replace. */
export class TestSockets implements SocketHandler<TestSession> {
  readonly sessions: TestSession[] = [];
  onOpen: (session: TestSession) => void = () => undefined;
  onMessage: (session: TestSession, text: string) => number | undefined = () => undefined;
  onHeard: () => void = () => undefined;
  onDrain: (session: TestSession) => void = () => undefined;
  onClose: () => void = () => undefined;
  refusal: { readonly status: 503; readonly message: string } | undefined = undefined;

  refuse(): { readonly status: 503; readonly message: string } | undefined {
    return this.refusal;
  }

  open(socket: Socket, subprotocol: string): TestSession {
    const session: TestSession = { socket, subprotocol, messages: [], heard: 0, drains: 0, closes: [] };
    this.sessions.push(session);
    this.onOpen(session);
    return session;
  }

  message(session: TestSession, bytes: ArrayBuffer, isBinary: boolean): number {
    const text = Buffer.from(bytes).toString();
    session.messages.push({ text, isBinary });
    return this.onMessage(session, text) ?? 1;
  }

  heard(session: TestSession): void {
    session.heard += 1;
    this.onHeard();
  }

  drain(session: TestSession): void {
    session.drains += 1;
    this.onDrain(session);
  }

  close(session: TestSession, code: number, reason: string): void {
    session.closes.push({ code, reason });
    this.onClose();
  }
}

/** A log that keeps what it is told. */
export class TestLog {
  readonly errors: { readonly fields: object; readonly message: string }[] = [];

  error(fields: object, message: string): void {
    this.errors.push({ fields, message });
  }
}

/** Options that suit a test. */
export const testOptions: ListenerOptions = {
  host: '127.0.0.1',
  port: 0,
  payloadBytesMax: 65_536,
  floodFramesMax: 4096,
  turnFramesMax: 1024,
  floodBytesMax: 8_388_608,
  keepAliveMs: 25_000,
  turn: new LoopTurn(),
};

/** What {@link startListener} starts with; all of it may be left out. */
export interface TestListenerParts {
  readonly options?: Partial<ListenerOptions>;
  readonly routes?: readonly HttpRoute[];
}

/** A listener that runs until the test is over. */
export interface TestListener {
  readonly listener: Listener;
  readonly port: number;
  readonly sockets: TestSockets;
  readonly log: TestLog;
}

/** Starts a listener that is closed when the test has finished. */
export async function startListener(parts: TestListenerParts = {}): Promise<TestListener> {
  const sockets = new TestSockets();
  const log = new TestLog();
  const listener = await createListener({ ...testOptions, ...parts.options }, sockets, parts.routes ?? [], log);
  onTestFinished(() => listener.close());
  return { listener, port: listener.port, sockets, log };
}

/** More than the kernel takes for a client that does not read. */
export const muchText = 'x'.repeat(16_000_000);

/** A socket from both sides. */
export async function openSocket(
  listener: TestListener,
): Promise<{ readonly raw: RawSocket; readonly session: TestSession; readonly socket: Socket }> {
  const raw = await RawSocket.webSocket(listener.port);
  const session = listener.sockets.sessions.at(-1) as TestSession;
  return { raw, session, socket: session.socket };
}

/** A route that answers with what `handle` gives; `refuse` answers in plain text. */
export function testRoute(fields: Partial<HttpRoute> & Pick<HttpRoute, 'handle'>): HttpRoute {
  return {
    method: 'post',
    path: '/test',
    bodyBytesMax: 65_536,
    refuse: (exchange, status, message) => exchange.respond(status, { 'Content-Type': 'text/plain' }, message),
    ...fields,
  };
}
