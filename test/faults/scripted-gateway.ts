/** A gateway that says what a test tells it to, and nothing else: for what the real one does not offer. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';

/** One frame, of either side. */
export type Frame = { readonly op: string; readonly [field: string]: unknown };

const waitOptions = { timeout: 5000, interval: 2 } as const;

/** One connection of a client. */
export class ScriptedConnection {
  /** What the client has sent. */
  readonly frames: Frame[] = [];
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (text: Buffer) => {
      this.frames.push(...([JSON.parse(text.toString())].flat() as Frame[]));
    });
    socket.on('error', () => undefined);
  }

  send(frame: Frame): void {
    this.#socket.send(JSON.stringify(frame));
  }

  /** What every session begins with. */
  welcome(session: string, resumed = false): void {
    this.send({
      op: 'welcome',
      session,
      secret: `secret of ${session}`,
      resumed,
      credit: 64,
      received: 0,
      keepAliveMs: 25_000,
      payloadBytesMax: 65_536,
      resumeMs: 30_000,
    });
  }

  /** The first frame of this kind, come or to come. */
  async next(op: string): Promise<Frame> {
    return vi.waitFor(() => {
      const found = this.frames.find((frame) => frame.op === op);
      if (found === undefined) throw new Error(`expected ${op}, got ${JSON.stringify(this.frames)}`);
      return found;
    }, waitOptions);
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  /** Without a word. */
  cut(): void {
    this.#socket.terminate();
  }
}

export class ScriptedGateway {
  /** All connections there were, in their order. */
  readonly connections: ScriptedConnection[] = [];
  readonly #server: WebSocketServer;

  private constructor(server: WebSocketServer) {
    this.#server = server;
    server.on('connection', (socket) => void this.connections.push(new ScriptedConnection(socket)));
  }

  /** Listens on a free port when it resolves. */
  static async start(): Promise<ScriptedGateway> {
    const server = new WebSocketServer({
      host: '127.0.0.1',
      port: 0,
      path: '/v1/socket',
      handleProtocols: (offered) => [...offered][0] ?? false,
    });
    await once(server, 'listening');
    return new ScriptedGateway(server);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The connection with this number, from 1, and the `hello` it began with. */
  async connection(number: number): Promise<{ readonly connection: ScriptedConnection; readonly hello: Frame }> {
    const connection = await vi.waitFor(() => {
      const found = this.connections[number - 1];
      if (found === undefined) throw new Error(`expected ${number} connections, got ${this.connections.length}`);
      return found;
    }, waitOptions);
    return { connection, hello: await connection.next('hello') };
  }

  async close(): Promise<void> {
    for (const connection of this.connections) connection.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
