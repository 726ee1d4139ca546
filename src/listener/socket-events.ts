/**
 * The life of a WebSocket, from the library's callbacks to the {@link SocketHandler}. Every callback is total: a throw
 * would end the process, so it is logged as a defect and that one socket is closed.
 *
 * A socket that floods is read again and again without the event loop turning, and the library cannot pause it. So
 * each socket has a {@link FloodMeter}, and one that passes it is ended inside the callback, which stops the reading.
 */
import type { WebSocket, WebSocketBehavior } from 'uWebSockets.js';
import type { SocketHandler } from '../model/transport.js';
import { closeCodes } from '../protocol/close-codes.js';
import type { FloodBounds } from './flood-meter.js';
import type { ListenerLog } from './listener-log.js';
import { type SocketSlot, UwsSocket } from './uws-socket.js';

export interface SocketEventsParts<Session> {
  readonly handler: SocketHandler<Session>;
  readonly bounds: FloodBounds;
  readonly log: ListenerLog;
}

/** The callbacks of the library that this file answers. */
export type SocketEvents<Session> = Required<
  Pick<WebSocketBehavior<SocketSlot<Session>>, 'open' | 'message' | 'ping' | 'pong' | 'drain' | 'close'>
>;

/** Bytes of pongs a client may leave unread: the library answers pings by itself, and its buffer has no bound. */
const pongBytesMax = 16_384;
/** Header of a frame with a short payload. */
const frameHeaderBytes = 2;
/** RFC 6455 section 7.4.1: an unexpected condition. */
const internalError = 1011;

/** Joins a handler to the library's callbacks. */
export function socketEvents<Session>(parts: SocketEventsParts<Session>): SocketEvents<Session> {
  const { handler, bounds, log } = parts;
  type Ws = WebSocket<SocketSlot<Session>>;

  const defect = (socket: UwsSocket<Session>, where: string, error: unknown): void => {
    log.error({ err: error, remoteAddress: socket.remoteAddress }, `a socket is closed after a defect in ${where}`);
    socket.end(internalError, 'internal error');
  };

  const flooded = (socket: UwsSocket<Session>): void => {
    const { framesMax, bytesMax } = bounds;
    socket.end(closeCodes.rate.code, `flood: expected at most ${framesMax} frames and ${bytesMax} bytes at once`);
  };

  const heard = (ws: Ws, bytes: number): UwsSocket<Session> | undefined => {
    const { socket } = ws.getUserData();
    if (socket === undefined || !socket.isOpen) return undefined;
    if (!socket.meter.admits(bytes)) {
      flooded(socket);
      return undefined;
    }
    socket.meter.count(1);
    try {
      handler.heard(socket.session as Session);
    } catch (error) {
      defect(socket, 'heard', error);
    }
    return socket;
  };

  const tellClose = (socket: UwsSocket<Session>, code: number, reason: string): void => {
    try {
      handler.close(socket.session as Session, code, reason);
    } catch (error) {
      defect(socket, 'close', error);
    }
  };

  return {
    open(ws) {
      const slot = ws.getUserData();
      const socket = new UwsSocket<Session>(ws, bounds);
      slot.socket = socket;
      try {
        socket.session = handler.open(socket, slot.subprotocol);
        socket.hasSession = true;
      } catch (error) {
        defect(socket, 'open', error);
      }
      const { earlyEnd } = socket;
      if (socket.hasSession && earlyEnd !== undefined) tellClose(socket, earlyEnd.code, earlyEnd.reason);
    },

    message(ws, bytes, isBinary) {
      const { socket } = ws.getUserData();
      if (socket === undefined || !socket.isOpen) return;
      if (!socket.meter.admits(bytes.byteLength)) {
        flooded(socket);
        return;
      }
      try {
        socket.meter.count(handler.message(socket.session as Session, bytes, isBinary));
      } catch (error) {
        defect(socket, 'message', error);
      }
    },

    ping(ws, bytes) {
      const socket = heard(ws, bytes.byteLength);
      if (socket === undefined) return;
      if (socket.bufferedBytes === 0) socket.pongBytes = 0;
      else socket.pongBytes += bytes.byteLength + frameHeaderBytes;
      if (socket.pongBytes > pongBytesMax)
        socket.end(closeCodes.slowConsumer.code, 'slow consumer: pongs are not read');
    },

    pong(ws, bytes) {
      heard(ws, bytes.byteLength);
    },

    drain(ws) {
      const { socket } = ws.getUserData();
      if (socket === undefined || !socket.isOpen) return;
      try {
        handler.drain(socket.session as Session);
      } catch (error) {
        defect(socket, 'drain', error);
      }
    },

    close(ws, code, message) {
      const { socket } = ws.getUserData();
      if (socket === undefined) return;
      socket.isOpen = false;
      const reason = Buffer.from(message).toString();
      if (socket.hasSession) tellClose(socket, code, reason);
      else socket.earlyEnd = { code, reason };
    },
  };
}
