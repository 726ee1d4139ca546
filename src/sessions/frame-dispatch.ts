/**
 * What a session does with each frame of its client. Runs inside the socket's message callback: nothing here waits,
 * and every path ends in an answer or in a documented silence.
 */
import { failure } from '../protocol/error-codes.js';
import type {
  EventFields,
  HelloFrame,
  Id,
  PingFrame,
  PullFrame,
  ReceivedFrame,
  SubscribeFrame,
} from '../protocol/frames.js';
import { limits } from '../protocol/limits.js';
import { invalidFrame, isId } from '../protocol/validation.js';
import type { Connection } from './connection.js';
import type { EventEntrance } from './event-entrance.js';
import { malformed, notAFrame, notOffered, unknownOp } from './failures.js';
import { confirmTopics } from './keep-alive.js';
import type { DispatchPorts } from './ports.js';
import type { Session } from './session.js';
import type { TopicEntrance } from './topic-entrance.js';

type Frame = Record<string, unknown> & { readonly op: string };

/** How frames come in that open something. */
export interface Entrances {
  readonly events: EventEntrance;
  readonly topics: TopicEntrance;
}

export class FrameDispatch {
  readonly #ports: DispatchPorts;
  readonly #events: EventEntrance;
  readonly #topics: TopicEntrance;

  constructor(ports: DispatchPorts, { events, topics }: Entrances) {
    this.#ports = ports;
    this.#events = events;
    this.#topics = topics;
  }

  /**
   * Handles one decoded message, a frame or an array of frames in order.
   * @param bytes size of the message, shared out among its frames
   * @returns how many frames it held
   */
  message(connection: Connection, message: unknown, bytes: number): number {
    if (!Array.isArray(message)) {
      this.#frame(connection, message, bytes);
      return 1;
    }
    const { length } = message;
    if (length === 0 || length > limits.framesPerMessageMax) {
      this.#welcomeFirst(connection);
      const expected = `expected an array of 1 to ${limits.framesPerMessageMax} frames, got ${length}`;
      connection.session.sendError(undefined, failure('invalid_argument', expected));
      return Math.min(length, limits.framesPerMessageMax) + 1;
    }
    const share = Math.ceil(bytes / length);
    for (let i = 0; i < length && connection.outbox.isOpen; i += 1) this.#frame(connection, message[i], share);
    return length;
  }

  #frame(connection: Connection, frame: unknown, bytes: number): void {
    const op = isMap(frame) ? frame.op : undefined;
    if (op === 'hello') {
      this.#hello(connection, frame as Frame);
      return;
    }
    if (!connection.session.isWelcomed) this.#welcomeFirst(connection);
    const { session } = connection;
    if (isMap(frame) && frame.id != null) session.framesWithId += 1;
    if (op === 'event') {
      this.#events.enter(session, frame as unknown as EventFields, bytes);
      return;
    }
    const bad = this.#ports.asBadFrame(frame);
    if (bad !== undefined) {
      if (bad.hasId && bad.id === undefined) session.framesWithId += 1;
      this.#events.refuseBad(session, bad);
    } else if (typeof op !== 'string') session.sendError(undefined, notAFrame(frame));
    else this.#other(session, frame as Frame);
  }

  #hello(connection: Connection, frame: Frame): void {
    const problem = invalidFrame(frame);
    if (problem !== undefined) {
      this.#welcomeFirst(connection);
      connection.session.sendError(undefined, failure('invalid_argument', problem));
    } else if (connection.session.isWelcomed) {
      connection.session.sendError(undefined, failure('failed_precondition', 'hello was said already'));
    } else {
      connection.outbox.packs = frame.batch === true;
      this.#ports.hello(connection, frame as unknown as HelloFrame);
    }
  }

  #welcomeFirst(connection: Connection): void {
    if (!connection.session.isWelcomed) this.#ports.hello(connection, emptyHello);
  }

  #other(session: Session, frame: Frame): void {
    const { op } = frame;
    const problem = invalidFrame(frame);
    if (problem !== undefined) {
      malformedFrame(session, frame, problem);
      return;
    }
    if (op === 'pull') pull(session, frame as unknown as PullFrame);
    else if (op === 'cancel') this.#cancel(session, frame.id as Id);
    else if (op === 'ping') pong(session, frame as unknown as PingFrame);
    else if (op === 'received') session.resumable?.frames.received((frame as unknown as ReceivedFrame).s);
    else if (op === 'subscribe') this.#topics.enter(session, frame as unknown as SubscribeFrame);
    else if (op === 'pong') confirmTopics(session, frame.at);
    else session.sendError(undefined, op === 'auth' ? notOffered(op) : unknownOp(op));
  }

  #cancel(session: Session, id: Id): void {
    const record = session.open.get(id);
    if (record !== undefined) this.#ports.cancel(record);
    else session.topics?.get(id)?.cancel();
  }
}

/** A subscription that cannot be opened has ended with this; what goes on under the id of another frame is untouched. */
function malformedFrame(session: Session, { op, id }: Frame, problem: string): void {
  if (op === 'subscribe' && isId(id) && !session.isTaken(id)) session.sendError(id, malformed(problem, undefined));
  else session.sendError(undefined, malformed(problem, id));
}

const emptyHello: HelloFrame = Object.freeze({ op: 'hello' });

function pull(session: Session, { id, max }: PullFrame): void {
  const record = session.open.get(id);
  if (record !== undefined) record.pull(max);
  else session.topics?.get(id)?.subscription?.pull(max);
}

function pong(session: Session, frame: PingFrame): void {
  session.send(frame.at == null ? { op: 'pong' } : { op: 'pong', at: frame.at });
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
