/** A server, the fault proxy before it, and clients through it: for tests that look at both ends of a connection. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { type FaultProxy, startFaultProxy } from '../../../load/faults/fault-proxy.js';
import type { Faults } from '../../../load/faults/faults.js';

/** One end of a connection: gathers what comes, and waits for what it is asked to. */
export class End {
  readonly socket: Socket;
  readonly reads: Buffer[] = [];
  receivedBytes = 0;
  /** The other end will send nothing more. */
  isEnded = false;
  isClosed = false;
  errorCode: string | undefined = undefined;
  #changed: () => void = () => undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (bytes: Buffer) => {
      this.reads.push(bytes);
      this.receivedBytes += bytes.length;
      this.#changed();
    });
    socket.on('end', () => {
      this.isEnded = true;
      this.#changed();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.errorCode = error.code;
      this.#changed();
    });
    socket.on('close', () => {
      this.isClosed = true;
      this.#changed();
    });
    socket.on('connect', () => this.#changed());
  }

  get received(): Buffer {
    return Buffer.concat(this.reads);
  }

  /** Waits until it holds. Rejects after `withinMs`. */
  async until(holds: () => boolean, withinMs = 15_000): Promise<void> {
    const endsAtMs = performance.now() + withinMs;
    while (!holds()) {
      const leftMs = endsAtMs - performance.now();
      if (leftMs <= 0) {
        const state = JSON.stringify({ ended: this.isEnded, closed: this.isClosed, error: this.errorCode });
        throw new Error(`not within ${withinMs} ms; got ${this.receivedBytes} bytes, ${state}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

export class ProxiedPair {
  readonly proxy: FaultProxy;
  /** The server's ends, in the order in which they came. */
  readonly served: End[];
  readonly #server: Server;
  readonly #clients: End[] = [];

  private constructor(proxy: FaultProxy, server: Server, served: End[]) {
    this.proxy = proxy;
    this.#server = server;
    this.served = served;
  }

  /** @param answer called with each end of the server: to echo, say */
  static async start(faults: Faults, seed = 1, answer: (end: End) => void = () => undefined): Promise<ProxiedPair> {
    const served: End[] = [];
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      const end = new End(socket);
      served.push(end);
      answer(end);
    });
    const targetPort = await listening(server);
    const proxy = await startFaultProxy({ targetPort, seed, faults });
    return new ProxiedPair(proxy, server, served);
  }

  /** A client that is connected to the proxy, and the server's end, once that is there too. */
  async open(): Promise<{ readonly client: End; readonly server: End }> {
    const known = this.served.length;
    const client = this.dial();
    const endsAtMs = performance.now() + 5000;
    while (this.served.length === known && performance.now() < endsAtMs) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const server = this.served[known];
    if (server === undefined) throw new Error(`expected the server to be reached, got ${client.errorCode}`);
    return { client, server };
  }

  /** A client that connects. */
  dial(port = this.proxy.port): End {
    const client = new End(connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true }));
    this.#clients.push(client);
    return client;
  }

  /** Closes the proxy, and then what is left of both ends. */
  async close(): Promise<void> {
    await this.proxy.close();
    for (const { socket } of [...this.#clients, ...this.served]) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Echoes every byte, with back-pressure, and the end. */
export function echo({ socket }: End): void {
  socket.pipe(socket);
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error(`expected a port, got ${address}`);
  return address.port;
}
