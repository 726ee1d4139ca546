/**
 * The WebSocket side of the gateway: what the life of a socket means to sessions, codec and admission. Part of the
 * composition root.
 */
import type { Admission } from './admission/admission.js';
import type { CreditLedger } from './admission/credit-ledger.js';
import { asBadFrame, codecFor, UndecodableError } from './codec/codecs.js';
import type { Config } from './config/schema.js';
import type { EventFlow } from './event-flow.js';
import type { Clock } from './model/clock.js';
import type { Counters } from './model/counters.js';
import type { CreditWindow } from './model/credit-window.js';
import type { LoopTurn } from './model/loop-turn.js';
import type { SocketHandler } from './model/transport.js';
import { closeCodes } from './protocol/close-codes.js';
import { Flusher } from './replies/flusher.js';
import type { OutboxPool } from './replies/outbox-pool.js';
import { SocketOutbox } from './replies/socket-outbox.js';
import type { Safeguards, SessionRefusal } from './safeguards.js';
import { EventEntrance } from './sessions/event-entrance.js';
import { FrameDispatch } from './sessions/frame-dispatch.js';
import type { DispatchPorts } from './sessions/ports.js';
import type { Session } from './sessions/session.js';
import { Sessions } from './sessions/sessions.js';

export interface SocketApiParts {
  readonly config: Config;
  readonly turn: LoopTurn;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly admission: Admission;
  readonly ledger: CreditLedger;
  readonly flow: EventFlow;
  readonly safeguards: Safeguards;
  /** All outboxes together. */
  readonly pool: OutboxPool;
  readonly isDraining: () => boolean;
}

export interface SocketApi {
  readonly sessions: Sessions;
  readonly handler: SocketHandler<Session | undefined>;
}

/** Joins the rooms between a socket's bytes and the queue, and those between an outcome and the socket. */
export function socketApi(parts: SocketApiParts): SocketApi {
  const { config, turn, clock, counters, admission, ledger, flow, safeguards, pool } = parts;
  const bounds = { bytesMax: config.session.outboxBytesMax, highWaterBytes: config.session.outboxHighWaterBytes };
  const ports: DispatchPorts = {
    clock,
    counters,
    admit: (fields, origin, bytes, entrance) => admission.admit(fields, origin, bytes, entrance),
    enqueue: (record) => flow.enqueue(record),
    cancel: (record) => flow.cancel(record, 'cancelled by the client'),
    spend: (session) => ledger.spend(session.window),
    refuse(session) {
      if (ledger.refuse(session.window)) session.creditChanged();
    },
    welcome: (session) => sessions.welcome(session),
    asBadFrame,
  };
  const events = new EventEntrance(ports, { ...config.session, ...config.limits });
  const dispatch = new FrameDispatch(ports, events);
  const sessions = new Sessions(
    {
      clock,
      turn,
      counters,
      codecFor,
      outboxFor: (socket, codec, onRoom) => new SocketOutbox({ socket, codec, flusher, bounds, pool, onRoom }),
      openWindow: (address) => openWindow(address, parts),
      closeWindow(session) {
        ledger.close(session.window);
        safeguards.sessionClosed(session.id, session.socket.remoteAddress);
      },
      sweepWindow: (window) => ledger.sweep(window, clock.turnMs()),
      abandon: (record) => flow.cancel(record, 'the session has ended'),
      onEncodingFailed: (record, error) => flow.encodingFailed(record, error),
    },
    {
      replyBytesMax: config.reply.bytesMax,
      keepAliveMs: config.listen.keepAliveMs,
      payloadBytesMax: config.listen.payloadBytesMax,
    },
  );
  // Behind the sessions: the credit they tell at the end of a turn leaves with it.
  const flusher = new Flusher(turn);
  return { sessions, handler: socketHandler(sessions, dispatch, flusher, parts.isDraining) };
}

function openWindow(address: string, { ledger, safeguards, clock }: SocketApiParts): CreditWindow | SessionRefusal {
  const refusal = safeguards.refuseSession(address);
  if (refusal !== undefined) return refusal;
  const window = ledger.open(clock.turnMs());
  if (window !== undefined) return window;
  safeguards.sessionClosed('', address);
  return { code: closeCodes.atCapacity, reason: 'no room for another session' };
}

function socketHandler(
  sessions: Sessions,
  dispatch: FrameDispatch,
  flusher: Flusher,
  isDraining: () => boolean,
): SocketHandler<Session | undefined> {
  return {
    refuse: () => (isDraining() ? { status: 503, message: 'the gateway is shutting down' } : undefined),
    open: (socket, subprotocol) => sessions.open(socket, subprotocol),
    message(session, bytes, isBinary) {
      if (session === undefined || !session.isOpen) return 1;
      session.isHeard = true;
      flusher.startReading(session.outbox);
      if (isBinary !== session.codec.isBinary)
        return undecodable(session, 'not the kind of message the subprotocol has');
      let message: unknown;
      try {
        message = session.codec.decode(bytes);
      } catch (error) {
        if (error instanceof UndecodableError) return undecodable(session, error.message);
        throw error;
      }
      return dispatch.message(session, message, bytes.byteLength);
    },
    heard(session) {
      if (session !== undefined) session.isHeard = true;
    },
    drain: (session) => session?.outbox.drained(),
    close: (session, code) => sessions.closed(session, code),
  };
}

function undecodable(session: Session, reason: string): number {
  session.outbox.close(closeCodes.undecodable.code, reason);
  return 1;
}
