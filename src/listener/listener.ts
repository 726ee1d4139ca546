/**
 * The way in: one port with a WebSocket endpoint and HTTP routes. This room alone knows uWebSockets.js, and turns what
 * it does into what `model/transport.ts` promises.
 */
import { App } from 'uWebSockets.js';
import type { LoopTurn } from '../model/loop-turn.js';
import type { HttpRoute, SocketHandler } from '../model/transport.js';
import { HttpServer } from './http-server.js';
import type { ListenerLog } from './listener-log.js';
import { openPort } from './open-port.js';
import { mountSockets } from './socket-endpoint.js';
import type { TurnBounds } from './turn-meter.js';

export interface ListenerOptions {
  /** Name or address of this machine. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Bytes of one message. */
  readonly payloadBytesMax: number;
  /**
   * Messages of one socket that may wait for later turns of the event loop, and pings and pongs of one turn.
   */
  readonly floodFramesMax: number;
  /** Frames of one socket that are handled in one turn, and HTTP requests of all connections. */
  readonly turnFramesMax: number;
  /** As `floodFramesMax`, in bytes, with a sixteenth for what is handled in one turn. Of all sockets 8 times as much may wait. */
  readonly floodBytesMax: number;
  /** How often a client is heard from or pinged. A socket silent for four times as long, or 8 s, is cut. */
  readonly keepAliveMs: number;
  readonly turn: LoopTurn;
}

/** Whole numbers, least and most. Some of these the library would take modulo 2^32, or end the process. */
const ranges = {
  port: [0, 65_535],
  payloadBytesMax: [1, 2 ** 30],
  floodFramesMax: [1, 2 ** 30],
  turnFramesMax: [1, 2 ** 30],
  floodBytesMax: [1, 2 ** 40],
  keepAliveMs: [1, 240_000],
} as const satisfies Partial<Record<keyof ListenerOptions, readonly [number, number]>>;

/** Part of the bytes that is handled in one turn: of 8 MiB 512 KiB. */
const shareOfBytes = 1 / 16;

/** An open port. */
export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Closes the port and cuts every connection; handlers hear of each before this returns. Idempotent. */
  close(): void;
}

/**
 * Opens a port for this process alone.
 * @param sockets serves `/v1/socket`; undefined for a listener of HTTP only
 * @returns rejects with a RangeError for an option out of range, and a `ListenError` when the port cannot be had
 */
export async function createListener<Session>(
  options: ListenerOptions,
  sockets: SocketHandler<Session> | undefined,
  routes: readonly HttpRoute[],
  log: ListenerLog,
): Promise<Listener> {
  checkRanges(options);
  const { host, turnFramesMax, floodBytesMax } = options;
  const share: TurnBounds = {
    turn: options.turn,
    framesMax: turnFramesMax,
    bytesMax: Math.ceil(floodBytesMax * shareOfBytes),
  };
  const app = App();
  const http = new HttpServer(share, log);
  const endpoint = sockets && mountSockets(app, { ...options, handler: sockets, http, share, log });
  http.mount(app, routes);
  const port = await openPort(app, host, options.port);
  let isOpen = true;
  return {
    host,
    port,
    close() {
      if (!isOpen) return;
      isOpen = false;
      app.close();
      endpoint?.close();
    },
  };
}

function checkRanges(options: ListenerOptions): void {
  for (const [name, [least, most]] of Object.entries(ranges)) {
    const value = options[name as keyof typeof ranges];
    if (Number.isInteger(value) && value >= least && value <= most) continue;
    throw new RangeError(`expected ${name} to be a whole number from ${least} to ${most}, got ${value}`);
  }
}
