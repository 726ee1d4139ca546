/**
 * The WebSocket side of the gateway: what the life of a socket means to sessions, codec and admission. Part of the
 * composition root.
 */
import type { Admission } from './admission/admission.js';
import type { CreditLedger } from './admission/credit-ledger.js';
import type { TopicRights } from './admission/topic-rights.js';
import { asBadFrame, codecFor, UndecodableError } from './codec/codecs.js';
import type { Config } from './config/schema.js';
import type { EventFlow } from './event-flow.js';
import type { Clock } from './model/clock.js';
import type { Counters } from './model/counters.js';
import type { CreditWindow } from './model/credit-window.js';
import type { LoopTurn } from './model/loop-turn.js';
import type { Outbox } from './model/outbox.js';
import type { SocketHandler } from './model/transport.js';
import { closeCodes } from './protocol/close-codes.js';

import { Flusher } from './replies/flusher.js';
import type { OutboxPool } from './replies/outbox-pool.js';
import { RetainedFrames } from './replies/retained-frames.js';
import { RetainedPool } from './replies/retained-pool.js';
import { SocketOutbox } from './replies/socket-outbox.js';
import type { Safeguards, SessionRefusal } from './safeguards.js';
import type { Connection } from './sessions/connection.js';
import { EventEntrance } from './sessions/event-entrance.js';
import { FrameDispatch } from './sessions/frame-dispatch.js';
import type { DispatchPorts } from './sessions/ports.js';
import { Sessions } from './sessions/sessions.js';
import { TopicEntrance } from './sessions/topic-entrance.js';
import type { GatewayLog } from './telemetry/log.js';
import type { Topics } from './topics/topics.js';

export interface SocketApiParts {
  readonly config: Config;
  readonly log: GatewayLog;
  readonly turn: LoopTurn;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly admission: Admission;
  readonly ledger: CreditLedger;
  readonly flow: EventFlow;
  readonly safeguards: Safeguards;
  readonly topics: Pick<Topics, 'subscribe'>;
  readonly rights: TopicRights;
  /** All outboxes together. */
  readonly pool: OutboxPool;
  readonly isDraining: () => boolean;
}

export interface SocketApi {
  readonly sessions: Sessions;
  readonly handler: SocketHandler<Connection | undefined>;
}

/** Joins the rooms between a socket's bytes and the queue, and those between an outcome and the socket. */
export function socketApi(parts: SocketApiParts): SocketApi {
  const { config, turn, clock, counters, ledger, flow, safeguards, pool } = parts;
  const bounds = { bytesMax: config.session.outboxBytesMax, highWaterBytes: config.session.outboxHighWaterBytes };
  const options = { ...config.session, ...config.limits };
  const ports = dispatchPorts(parts, (connection, frame) => sessions.hello(connection, frame));
  const dispatch = new FrameDispatch(ports, {
    events: new EventEntrance(ports, options),
    topics: new TopicEntrance(ports, options),
  });
  const retained = new RetainedPool({
    bytesMax: config.resume.allBytesMax,
    endAway: () => sessions.endAway(),
    onForgotten: (count) =>
      parts.log.warn({ sessions: count }, 'too much is kept of frames nobody acknowledges: forgotten'),
  });
  const { bytesMax } = config.resume;
  const sessions: Sessions = new Sessions(
    {
      clock,
      turn,
      counters,
      codecFor,
      outboxFor: (socket, codec, onRoom) => new SocketOutbox({ socket, codec, flusher, bounds, pool, onRoom }),
      framesFor: (codec, outbox) => new RetainedFrames({ codec, outbox, bytesMax, pool: retained }),
      openWindow: (address) => openWindow(address, parts, () => sessions.endAway()),
      socketClosed: (address) => safeguards.socketClosed(address),
      closeWindow(session) {
        ledger.close(session.window);
        safeguards.sessionEnded(session.id);
      },
      sweepWindow: (window) => ledger.sweep(window, clock.turnMs()),
      abandon: (record) => flow.abandon(record),
      onEncodingFailed: (record, error) => flow.encodingFailed(record, error),
    },
    {
      replyBytesMax: config.reply.bytesMax,
      keepAliveMs: config.listen.keepAliveMs,
      payloadBytesMax: config.listen.payloadBytesMax,
      resumeMs: config.resume.ms,
    },
  );
  // Behind the sessions: the credit they tell at the end of a turn leaves with it.
  const flusher = new Flusher(turn);
  return { sessions, handler: socketHandler(sessions, dispatch, flusher, parts.isDraining) };
}

function dispatchPorts(parts: SocketApiParts, hello: DispatchPorts['hello']): DispatchPorts {
  const { clock, counters, admission, ledger, flow, safeguards, topics, rights } = parts;
  return {
    clock,
    counters,
    admit: (fields, origin, bytes, entrance) => admission.admit(fields, origin, bytes, entrance),
    claim: (record, fields) => flow.claim(record, fields),
    enqueue: (record) => flow.enter(record),
    cancel: (record) => flow.cancel(record, 'cancelled by the client'),
    spend(session) {
      const { window } = session;
      const { max } = window;
      const isWithin = ledger.spend(window);
      if (window.max !== max) session.creditChanged();
      return isWithin;
    },
    refuse(session) {
      if (ledger.refuse(session.window)) session.creditChanged();
    },
    hello,
    refuseSubscribe: (session, topic) =>
      admission.refuseAll ?? rights.refuseSubscribe(topic) ?? safeguards.refuseSubscribe(session),
    subscribe: (request, subscriber) => topics.subscribe(request, subscriber),
    asBadFrame,
  };
}

/** Who is here comes before who is away. */
function openWindow(
  address: string,
  { ledger, safeguards, clock }: SocketApiParts,
  endAway: () => boolean,
): CreditWindow | SessionRefusal {
  const refusal = safeguards.refuseSession(address);
  if (refusal !== undefined) return refusal;
  do {
    const window = ledger.open(clock.turnMs());
    if (window !== undefined) return window;
  } while (endAway());
  safeguards.socketClosed(address);
  return { code: closeCodes.atCapacity, reason: 'no room for another session' };
}

function socketHandler(
  sessions: Sessions,
  dispatch: FrameDispatch,
  flusher: Flusher,
  isDraining: () => boolean,
): SocketHandler<Connection | undefined> {
  return {
    refuse: () => (isDraining() ? { status: 503, message: 'the gateway is shutting down' } : undefined),
    open: (socket, subprotocol) => sessions.open(socket, subprotocol),
    message(connection, bytes, isBinary) {
      if (connection === undefined || !connection.outbox.isOpen) return 1;
      const { outbox, codec, session } = connection;
      session.isHeard = true;
      flusher.startReading(outbox);
      if (isBinary !== codec.isBinary) return undecodable(outbox, 'not the kind of message the subprotocol has');
      let message: unknown;
      try {
        message = codec.decode(bytes);
      } catch (error) {
        if (error instanceof UndecodableError) return undecodable(outbox, error.message);
        throw error;
      }
      return dispatch.message(connection, message, bytes.byteLength);
    },
    heard(connection, mark) {
      if (connection === undefined) return;
      connection.session.isHeard = true;
      if (mark !== undefined) sessions.marked(connection, mark);
    },
    drain: (connection) => connection?.outbox.drained(),
    close: (connection, code) => sessions.closed(connection, code),
  };
}

function undecodable(outbox: Outbox, reason: string): number {
  outbox.close(closeCodes.undecodable.code, reason);
  return 1;
}
