/**
 * What a session does with each frame of its client. Runs inside the socket's message callback: nothing here waits,
 * and every path ends in an answer or in a documented silence.
 */
import { failure } from '../protocol/error-codes.js';
import type { EventFields, Id, PingFrame, PullFrame } from '../protocol/frames.js';
import { limits } from '../protocol/limits.js';
import { invalidFrame } from '../protocol/validation.js';
import type { EventEntrance } from './event-entrance.js';
import { malformed, notAFrame, notOffered, openAlready, unknownOp } from './failures.js';
import type { DispatchPorts } from './ports.js';
import type { Session } from './session.js';

type Frame = Record<string, unknown> & { readonly op: string };

export class FrameDispatch {
  readonly #ports: DispatchPorts;
  readonly #events: EventEntrance;

  constructor(ports: DispatchPorts, events: EventEntrance) {
    this.#ports = ports;
    this.#events = events;
  }

  /**
   * Handles one decoded message, a frame or an array of frames in order.
   * @param bytes size of the message, shared out among its frames
   * @returns how many frames it held
   */
  message(session: Session, message: unknown, bytes: number): number {
    if (!Array.isArray(message)) {
      this.#frame(session, message, bytes);
      return 1;
    }
    const { length } = message;
    if (length === 0 || length > limits.framesPerMessageMax) {
      this.#welcomeFirst(session);
      const expected = `expected an array of 1 to ${limits.framesPerMessageMax} frames, got ${length}`;
      session.sendError(undefined, failure('invalid_argument', expected));
      return Math.min(length, limits.framesPerMessageMax) + 1;
    }
    const share = Math.ceil(bytes / length);
    for (let i = 0; i < length && session.isOpen; i += 1) this.#frame(session, message[i], share);
    return length;
  }

  #frame(session: Session, frame: unknown, bytes: number): void {
    const op = isMap(frame) ? frame.op : undefined;
    if (op === 'event') {
      this.#welcomeFirst(session);
      this.#events.enter(session, frame as unknown as EventFields, bytes);
      return;
    }
    if (op === 'hello') {
      this.#hello(session, frame as Frame);
      return;
    }
    this.#welcomeFirst(session);
    const bad = this.#ports.asBadFrame(frame);
    if (bad !== undefined) this.#events.refuseBad(session, bad);
    else if (typeof op !== 'string') session.sendError(undefined, notAFrame(frame));
    else this.#other(session, frame as Frame);
  }

  #hello(session: Session, frame: Frame): void {
    const problem = invalidFrame(frame);
    if (problem !== undefined) {
      this.#welcomeFirst(session);
      session.sendError(undefined, failure('invalid_argument', problem));
      return;
    }
    if (session.isWelcomed) {
      session.sendError(undefined, failure('failed_precondition', 'hello was said already'));
      return;
    }
    session.outbox.packs = frame.batch === true;
    this.#welcomeFirst(session);
  }

  #welcomeFirst(session: Session): void {
    if (session.isWelcomed) return;
    session.isWelcomed = true;
    this.#ports.welcome(session);
  }

  #other(session: Session, frame: Frame): void {
    const { op } = frame;
    const problem = invalidFrame(frame);
    if (problem !== undefined) {
      session.sendError(undefined, malformed(problem, frame.id));
      return;
    }
    if (op === 'pull') session.open.get(frame.id as Id)?.pull((frame as unknown as PullFrame).max);
    else if (op === 'cancel') this.#cancel(session, frame.id as Id);
    else if (op === 'ping') pong(session, frame as unknown as PingFrame);
    else if (op === 'pong' || op === 'received') return;
    else if (op === 'subscribe') refuseSubscribe(session, frame.id as Id);
    else session.sendError(undefined, op === 'auth' ? notOffered(op) : unknownOp(op));
  }

  #cancel(session: Session, id: Id): void {
    const record = session.open.get(id);
    if (record !== undefined) this.#ports.cancel(record);
  }
}

function refuseSubscribe(session: Session, id: Id): void {
  if (session.open.has(id)) session.sendError(undefined, openAlready(id));
  else session.sendError(id, notOffered('subscribe'));
}

function pong(session: Session, frame: PingFrame): void {
  session.send(frame.at == null ? { op: 'pong' } : { op: 'pong', at: frame.at });
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
