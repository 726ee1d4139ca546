/**
 * A tiny gateway in JSON with resumable sessions, idempotency keys and topics, which cuts its connections now and then,
 * and does one thing wrong or none. Without a fault it is honest, which the self-test relies on as much.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { AuditData, Frame } from './audit-event.js';
import { FaultySession } from './faulty-session.js';
import { FaultyTopics } from './faulty-topics.js';
import { HandlerLedger } from './handler-ledger.js';
import type { ResumePlan } from './resume-faults.js';

export interface FaultySessions {
  readonly port: number;
  readonly handlerLedger: HandlerLedger;
  /** In the middle of what comes next every session is cut, and cannot be resumed; half of what is under way is done. */
  forgetSessions(): void;
  /** As sessions were forgotten, messages go, too, that they have not been sent. */
  forgetMessages(): void;
  close(): Promise<void>;
}

export interface FaultySessionsOptions {
  readonly plan: ResumePlan;
  /** From 0 to 1, repeatable. */
  readonly random: () => number;
  /** Frames after which a connection is cut, on the average. */
  readonly cutEvery: number;
}

/** Listens on a free port of 127.0.0.1. */
export async function startFaultySessions(options: FaultySessionsOptions): Promise<FaultySessions> {
  const sockets = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  const tiny = new TinySessions(options);
  sockets.on('connection', (socket) => tiny.connected(socket));
  await once(sockets, 'listening');
  return {
    port: (sockets.address() as AddressInfo).port,
    get handlerLedger() {
      return HandlerLedger.parse(tiny.lines.join(''));
    },
    forgetSessions: () => tiny.forgetSessions(),
    forgetMessages: () => tiny.forgetMessages(),
    async close() {
      tiny.isClosed = true;
      for (const socket of sockets.clients) socket.terminate();
      await new Promise<void>((resolve) => sockets.close(() => resolve()));
    },
  };
}

interface Task {
  readonly session: FaultySession;
  readonly id: unknown;
  readonly frame: Frame;
  readonly data: AuditData & { readonly topic?: string; readonly messageKey?: string };
  max: number;
  produced: number;
}

/** What is known of an idempotency key. */
interface Remembered {
  outcome: Frame | undefined;
  readonly waiting: Task[];
}

const itemsInTurn = 8;
const runsUntilForgotten = 3;
/** More than a client could have granted meanwhile. */
const beyond = 40;

class TinySessions {
  readonly lines: string[] = [];
  isClosed = false;
  readonly #options: FaultySessionsOptions;
  readonly #plan: ResumePlan;
  readonly #sessions = new Map<string, FaultySession>();
  /** Session → handlers that still run before it is forgotten. */
  readonly #dueToForget = new Map<FaultySession, number>();
  readonly #topics: FaultyTopics;
  readonly #byKey = new Map<unknown, Remembered>();
  /** Streams that are not over. */
  readonly #streams = new Set<Task>();
  #count = 0;

  constructor(options: FaultySessionsOptions) {
    this.#options = options;
    this.#plan = options.plan;
    this.#topics = new FaultyTopics(options.plan, this.#sessions);
  }

  forgetSessions(): void {
    for (const session of this.#sessions.values()) this.#dueToForget.set(session, runsUntilForgotten);
  }

  forgetMessages(): void {
    this.#topics.forgetMessages(runsUntilForgotten + 2);
  }

  connected(socket: WebSocket): void {
    let session: FaultySession | undefined;
    socket.on('message', (message) => {
      const frame = JSON.parse(String(message)) as Frame;
      if (frame.op === 'hello') session = this.#hello(socket, frame);
      else if (session !== undefined && !session.isForgotten) this.#frame(session, frame);
    });
    socket.on('close', () => {
      if (session?.isOn(socket) === true) session.detach();
    });
  }

  #hello(socket: WebSocket, { resume }: Frame): FaultySession {
    const asked = typeof resume === 'object' ? (resume as { session: string; received: number }) : undefined;
    const before = asked === undefined ? undefined : this.#sessions.get(asked.session);
    if (asked !== undefined && before !== undefined && !before.isForgotten) {
      this.#undercount(before);
      before.resume(socket, asked.received);
      this.#resumed(before);
      return before;
    }
    if (before !== undefined) this.#end(before);
    const session = new FaultySession({ id: `s_${this.#count}`, plan: this.#plan, nextCut: () => this.#nextCut() });
    this.#count += 1;
    this.#sessions.set(session.id, session);
    session.open(socket, before);
    return session;
  }

  #nextCut(): number {
    return Math.ceil(this.#options.cutEvery * (0.5 + this.#options.random()));
  }

  /** A request that is over comes once more, and is taken for a new one. */
  #undercount(session: FaultySession): void {
    const { last } = session;
    if (last?.op !== 'event' || this.#byKey.get(last.idem)?.outcome === undefined) return;
    if (!this.#plan.strikesCalm('count an event less than were received, and run it again')) return;
    session.received -= 1;
    this.#byKey.delete(last.idem);
  }

  /** Streams and subscriptions go on. */
  #resumed(session: FaultySession): void {
    for (const stream of this.#streams) {
      if (stream.session !== session) continue;
      if (this.#plan.strikesCalm('forget an operation in a cut')) this.#streams.delete(stream);
      else {
        const { items = 0 } = stream.data;
        if (stream.produced < items && this.#plan.strikesCalm('leave out an item in a cut')) stream.produced += 1;
        else if (stream.produced > 0 && this.#plan.strikesCalm('send an item again after a cut')) stream.produced -= 1;
        this.#produce(stream);
      }
    }
    if (this.#plan.strikes('close a client that did nothing wrong')) session.close(4013);
    this.#topics.resumed(session);
  }

  /** What was open in it is over, but for events with a key, which go on for whoever asks for them again. */
  #end(session: FaultySession): void {
    this.#sessions.delete(session.id);
    for (const stream of this.#streams) if (stream.session === session) this.#streams.delete(stream);
  }

  #frame(session: FaultySession, frame: Frame): void {
    if (frame.op === 'received') session.acknowledge(frame.s as number);
    else if (frame.op === 'ping') session.pong(frame.at);
    if (frame.id === undefined) return;
    session.received += 1;
    session.last = frame;
    if (frame.op === 'event') this.#event(session, frame);
    else if (frame.op === 'subscribe') this.#topics.subscribe(session, frame);
    else if (frame.op === 'pull') this.#pull(session, frame);
    else if (frame.op === 'cancel') this.#topics.cancel(session, frame);
  }

  #event(session: FaultySession, frame: Frame): void {
    const plan = this.#plan;
    const max = typeof frame.credit === 'number' ? frame.credit : 32;
    const task: Task = { session, id: frame.id, frame, data: frame.data as Task['data'], max, produced: 0 };
    if (plan.strikesCalm('count an event as received and forget it')) return;
    const known = frame.idem === undefined ? undefined : this.#byKey.get(frame.idem);
    if (known !== undefined && plan.strikes('run an event again under its idempotency key')) this.#line(task);
    if (known !== undefined) this.#duplicate(task, known);
    else {
      if (frame.idem !== undefined) this.#byKey.set(frame.idem, { outcome: undefined, waiting: [task] });
      if (plan.strikes('call an event a duplicate that is none')) {
        session.send({ op: 'ack', id: task.id, duplicate: true });
      } else if (frame.ack === true) session.send({ op: 'ack', id: task.id });
      setImmediate(() => this.#run(task));
    }
  }

  #duplicate(task: Task, known: Remembered): void {
    const plan = this.#plan;
    const { session, id } = task;
    const { outcome } = known;
    if (outcome !== undefined && plan.strikes('answer a duplicate with something else')) {
      session.send({ op: 'ack', id, duplicate: true });
      session.send({ ...outcome, id, data: { n: 0 } });
      return;
    }
    if (outcome !== undefined && plan.strikes('say it never started, after it ran in another session')) {
      session.send({ op: 'error', id, code: 'unavailable', message: 'not now', retry: 'no', started: 'no' });
      return;
    }
    if (!plan.strikesAll('answer duplicates without saying so')) session.send({ op: 'ack', id, duplicate: true });
    if (outcome === undefined) known.waiting.push(task);
    else session.send({ ...outcome, id });
  }

  #line({ data: { n, key, keySequence } }: Task): void {
    this.lines.push(`${n} 1 ${key} ${keySequence} start\n`);
  }

  #run(task: Task): void {
    if (this.isClosed) return;
    const { frame, data } = task;
    this.#line(task);
    this.#forget();
    if (frame.type === 'audit.stream') {
      this.#streams.add(task);
      this.#produce(task);
    } else if (frame.type === 'audit.publish') this.#finish(task, { op: 'end', data: this.#topics.publish(data) });
    else this.#finish(task, { op: 'end', data });
  }

  #forget(): void {
    if (this.#plan.isQuiet) return;
    for (const [session, left] of this.#dueToForget) {
      this.#dueToForget.set(session, left - 1);
      if (left > 1) continue;
      this.#dueToForget.delete(session);
      session.isForgotten = true;
      session.cut();
    }
  }

  #finish(task: Task, outcome: Frame): void {
    const known = this.#byKey.get(task.frame.idem);
    if (known !== undefined) known.outcome = outcome;
    for (const one of known?.waiting ?? [task]) {
      if (one.session.isForgotten) continue;
      one.session.send({ ...outcome, id: one.id });
      one.session.finished();
    }
  }

  /** A few at a time, in turns of the event loop. Also while nobody is connected, within its credit. */
  #produce(task: Task): void {
    const { session, id, data } = task;
    const { n, items = 0 } = data;
    for (let i = 0; i < itemsInTurn && task.produced < items; i += 1) {
      if (task.produced >= task.max) {
        if (!this.#plan.strikes('send items beyond the credit')) return;
        task.max += beyond;
      }
      task.produced += 1;
      session.send({ op: 'item', id, n: task.produced, data: { n, item: task.produced } });
    }
    if (task.produced < items) {
      setImmediate(() => this.#goOn(task));
      return;
    }
    this.#streams.delete(task);
    this.#finish(task, { op: 'end', n: items });
  }

  #goOn(task: Task): void {
    if (!this.isClosed && this.#streams.has(task)) this.#produce(task);
  }

  #pull(session: FaultySession, frame: Frame): void {
    for (const stream of this.#streams) {
      if (stream.session !== session || stream.id !== frame.id) continue;
      const wasWaiting = stream.produced >= stream.max;
      stream.max = Math.max(stream.max, frame.max as number);
      if (wasWaiting) this.#produce(stream);
    }
    this.#topics.pull(session, frame);
  }
}
