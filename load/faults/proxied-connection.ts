/** One connection through the proxy: the client's socket, the one to the server, and a lane for each direction. */
import { connect, type Socket } from 'node:net';
import type { Place } from './draws.js';
import type { FaultLog, FaultName } from './fault-log.js';
import type { Direction, DirectionFaults, ResolvedFaults } from './faults.js';
import { Lane } from './lane.js';

export interface ProxiedConnectionParts {
  /** Accepted, paused, and allowed to be half open. */
  readonly client: Socket;
  readonly target: { readonly host: string; readonly port: number };
  readonly seed: number;
  readonly connection: number;
  readonly faults: ResolvedFaults;
  readonly log: FaultLog;
  /** The bytes that are kept may have become more. */
  readonly onBuffered: () => void;
  /** Both sockets are closed. Called once. */
  readonly onClosed: () => void;
}

/**
 * A RST waits so long behind the last byte, and then for one poll of this process. A receiver that finds bytes and RST
 * in the same poll may take the RST for a plain end: libuv does, and so all of Node.
 */
const settleMs = 10;

export class ProxiedConnection {
  #faults: ResolvedFaults;
  #lanes: Readonly<Record<Direction, Lane>> | undefined = undefined;
  #openSockets = 2;
  #settleTimer: NodeJS.Timeout | undefined = undefined;
  readonly #parts: ProxiedConnectionParts;
  readonly #client: Socket;
  readonly #server: Socket;

  constructor(parts: ProxiedConnectionParts) {
    this.#parts = parts;
    this.#faults = parts.faults;
    this.#client = parts.client;
    this.#server = connect({ ...parts.target, allowHalfOpen: true, noDelay: true });
    this.#server.once('connect', () => this.#open());
    // What went wrong is seen at `close`, which follows every error.
    this.#client.on('error', () => undefined).once('close', (hadError) => this.#closed('toServer', hadError));
    this.#server.on('error', () => undefined).once('close', (hadError) => this.#closed('toClient', hadError));
  }

  get bufferedBytes(): number {
    if (this.#lanes === undefined) return 0;
    return this.#lanes.toServer.bufferedBytes + this.#lanes.toClient.bufferedBytes;
  }

  setFaults(faults: ResolvedFaults): void {
    this.#faults = faults;
    if (this.#lanes === undefined) return;
    for (const direction of ['toServer', 'toClient'] as const) {
      this.#tellShape(direction, this.#lanes[direction].forwardedBytes);
      this.#lanes[direction].setFaults(faults[direction]);
    }
  }

  /** Resets both sides, as `cutAll` asks. */
  cut(): void {
    if (this.#settleTimer !== undefined) return;
    this.#parts.log.add({ connection: this.#parts.connection, direction: undefined, offset: 0, fault: 'cutAll' });
    this.#resetBoth();
  }

  /** Closes both sides without more ado. */
  destroy(): void {
    clearTimeout(this.#settleTimer);
    this.#stopLanes();
    this.#client.destroy();
    this.#server.destroy();
  }

  #open(): void {
    if (this.#settleTimer !== undefined) return;
    if (this.#client.destroyed) {
      this.#server.destroy();
      return;
    }
    this.#tellShape('toServer', 0);
    this.#tellShape('toClient', 0);
    // Both are there before either reads: a fault at the first byte of one ends the other.
    const toServer = this.#lane('toServer', this.#client, this.#server);
    const toClient = this.#lane('toClient', this.#server, this.#client);
    this.#lanes = { toServer, toClient };
    toServer.start();
    toClient.start();
  }

  #lane(direction: Direction, source: Socket, sink: Socket): Lane {
    const { seed, connection, onBuffered } = this.#parts;
    const place: Place = { seed, connection, direction };
    return new Lane({
      source,
      sink,
      place,
      faults: this.#faults[direction],
      log: (fault, offset) => this.#tell(direction, offset, fault),
      onReset: () => this.#resetBoth(),
      onBuffered,
    });
  }

  /** @param from the direction in which this socket is the sender */
  #closed(from: Direction, hadError: boolean): void {
    this.#openSockets -= 1;
    const other = from === 'toServer' ? this.#server : this.#client;
    if (this.#openSockets === 0) {
      clearTimeout(this.#settleTimer);
      this.#stopLanes();
      this.#parts.onClosed();
    } else if (this.#lanes?.[from].isBlackHole === true) {
      // The other side is not to learn of it. What it sends has nowhere to go.
      this.#lanes.toServer.lose();
      this.#lanes.toClient.lose();
    } else if (hadError && !other.destroyed && this.#settleTimer === undefined) {
      this.#tell(from, this.#lanes?.[from].forwardedBytes ?? 0, this.#lostName(from));
      this.#resetBoth();
    }
  }

  #lostName(from: Direction): FaultName {
    return this.#lanes === undefined && from === 'toClient' ? 'unreachable' : 'lost';
  }

  /** Nothing comes through from now on; the RST follows. */
  #resetBoth(): void {
    this.#stopLanes();
    this.#settleTimer ??= setTimeout(() => {
      setImmediate(() => {
        resetSocket(this.#client);
        resetSocket(this.#server);
      });
    }, settleMs);
  }

  #stopLanes(): void {
    this.#lanes?.toServer.stop();
    this.#lanes?.toClient.stop();
  }

  #tellShape(direction: Direction, offset: number): void {
    const faults: DirectionFaults = this.#faults[direction];
    this.#tell(direction, offset, 'shape', JSON.stringify(faults));
  }

  #tell(direction: Direction, offset: number, fault: FaultName, detail?: string): void {
    const { connection, log } = this.#parts;
    log.add({ connection, direction, offset, fault, ...(detail === undefined ? {} : { detail }) });
  }
}

/** Closes with a RST. A socket whose own end is still on its way cannot: the kernel refuses, so it is just closed. */
export function resetSocket(socket: Socket): void {
  if (socket.destroyed) return;
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}
