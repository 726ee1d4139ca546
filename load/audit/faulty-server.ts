/**
 * A tiny gateway in JSON, with one fault or none: keys in their order, streams with credit, retries, acks, a ledger of
 * its handlers, and counters. With no fault it is honest, which the self-test relies on as much.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Frame, failAttemptsMax } from './audit-event.js';
import type { Fault, Tamper, Wire } from './fault.js';
import { FaultyPeer, FaultyTask } from './faulty-task.js';
import type { GatewayCounters } from './gateway-counters.js';
import { HandlerLedger } from './handler-ledger.js';
import { groupOf } from './self-test-mix.js';

/** One fault, and where: at which event of the group it hits, counted from 0. */
export interface FaultPlan {
  readonly fault: Fault;
  readonly place: number;
}

export interface FaultyServer {
  readonly port: number;
  /** Whether the event that the fault hits has come. */
  readonly isPlanted: boolean;
  /** As they are now. */
  handlerLedger(): HandlerLedger;
  counters(): GatewayCounters;
  /** Waits until nothing is in flight, but not longer. */
  untilAtRest(withinMs: number): Promise<void>;
  close(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1. */
export async function startFaultyServer(plan?: FaultPlan): Promise<FaultyServer> {
  const sockets = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  const tiny = new TinyGateway(plan);
  sockets.on('connection', (socket) => tiny.connected(socket));
  await once(sockets, 'listening');
  return {
    port: (sockets.address() as AddressInfo).port,
    get isPlanted() {
      return tiny.isPlanted;
    },
    handlerLedger: () => HandlerLedger.parse(tiny.lines.join('')),
    counters: () => tiny.counters(),
    async untilAtRest(withinMs) {
      const endsAtMs = performance.now() + withinMs;
      while (tiny.counters().inFlight > 0 && performance.now() < endsAtMs) await nextTurn();
    },
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      await new Promise<void>((resolve) => sockets.close(() => resolve()));
    },
  };
}

/** Of an event that no client of the self-test sends. */
const phantomN = 1_000_000;

class TinyGateway {
  readonly lines: string[] = [];
  readonly #plan: FaultPlan | undefined;
  readonly #tamper: Tamper | undefined;
  readonly #peers: FaultyPeer[] = [];
  readonly #counts = { received: 0, succeeded: 0, failed: 0, inFlight: 0, itemsSent: 0, retries: 0 };
  /** Events of the group that came. */
  #seen = 0;
  #target: FaultyTask | undefined = undefined;

  constructor(plan: FaultPlan | undefined) {
    this.#plan = plan;
    this.#tamper = plan?.fault.tamper?.();
  }

  get isPlanted(): boolean {
    return this.#target !== undefined;
  }

  counters(): GatewayCounters {
    const { received, inFlight } = this.#counts;
    const idle = { refused: 0, waiting: 0, busy: 0, undelivered: 0 };
    return { ...this.#counts, ...idle, accepted: received, budgetItems: inFlight };
  }

  connected(socket: WebSocket): void {
    const peer = new FaultyPeer(this.#peers.length, socket);
    this.#peers.push(peer);
    socket.on('message', (message) => this.#received(peer, JSON.parse(String(message)) as Frame));
    socket.on('close', () => this.#left(peer));
  }

  /** What waits for the client will not go on. Everything else runs to its end. */
  #left(peer: FaultyPeer): void {
    peer.isGone = true;
    for (const task of [...peer.streams.values()]) this.#produce(task);
  }

  #received(peer: FaultyPeer, frame: Frame): void {
    if (frame.op === 'hello') peer.welcome();
    else if (frame.op === 'ping') peer.ping(frame);
    else if (frame.op === 'pull') this.#pulled(peer.streams.get(frame.id), frame.max as number);
    else if (frame.op === 'event') this.#arrived(peer, frame);
  }

  #arrived(peer: FaultyPeer, frame: Frame): void {
    const task = this.#taskOf(peer, frame);
    if (task.misdeed === 'ignore') return;
    this.#counts.received += 1;
    this.#counts.inFlight += 1;
    if (frame.ack === true) this.#send(task, { op: 'ack', id: task.id });
    if (task.misdeed === 'skip') return;
    peer.open += 1;
    if (task.key < 0) setImmediate(() => this.#run(task));
    else {
      const queue = peer.keys.get(task.key) ?? [];
      peer.keys.set(task.key, queue);
      queue.push(task);
      this.#advance(queue);
    }
  }

  #taskOf(peer: FaultyPeer, frame: Frame): FaultyTask {
    const isInGroup = this.#plan !== undefined && groupOf(frame) === this.#plan.fault.on;
    const isHit = isInGroup && this.#seen === this.#plan?.place;
    if (isInGroup) this.#seen += 1;
    const task = new FaultyTask(peer, frame, isHit ? this.#plan?.fault.misdeed : undefined);
    if (isHit) this.#target = task;
    return task;
  }

  /** Starts the first event of a key, if it is not running. */
  #advance(queue: FaultyTask[]): void {
    const [first, second] = queue;
    if (first === undefined || first.isRunning) return;
    if (first.yieldsNow) {
      if (second === undefined) return;
      first.hasYielded = true;
      queue.splice(0, 2, second, first);
      this.#advance(queue);
      return;
    }
    first.isRunning = true;
    setImmediate(() => this.#run(first));
  }

  #run(task: FaultyTask): void {
    task.attempt += 1;
    this.#started(task);
    if (task.type === 'audit.stream') this.#produce(task);
    else if (task.attempt <= (task.data.failures ?? 0)) this.#retry(task);
    else this.#finish(task, { op: 'end', id: task.id, data: task.data });
  }

  #started({ n, attempt, key, data: { keySequence }, misdeed }: FaultyTask): void {
    const written = misdeed === 'wrong-line' ? keySequence + 1 : keySequence;
    const line = `${n} ${attempt} ${key} ${written} start\n`;
    if (misdeed !== 'unrun') this.lines.push(line);
    if (misdeed === 'run-twice') this.lines.push(line);
    if (misdeed === 'phantom') this.lines.push(`${phantomN} 1 -1 0 start\n`);
  }

  /** Keeps its key meanwhile, unless it yields. */
  #retry(task: FaultyTask): void {
    this.#counts.retries += 1;
    task.isRunning = false;
    this.#advance(task.peer.keys.get(task.key) as FaultyTask[]);
  }

  #pulled(task: FaultyTask | undefined, max: number): void {
    if (task === undefined) return;
    task.allowed = Math.max(task.allowed, max);
    const items = task.data.items ?? 0;
    if (task.overflow === 'latest' && task.produced < items - 1) {
      const [from, to] = [task.produced + 1, items - 1];
      this.#send(task, { op: 'gap', id: task.id, from, to, count: to - from + 1, reason: 'conflated' });
      task.produced = to;
    }
    this.#produce(task);
  }

  #produce(task: FaultyTask): void {
    const { n, items = 0 } = task.data;
    task.peer.streams.set(task.id, task);
    while (task.produced < items && task.delivered < task.allowed) {
      task.produced += 1;
      task.delivered += 1;
      this.#counts.itemsSent += 1;
      this.#send(task, { op: 'item', id: task.id, n: task.produced, data: { n, item: task.produced } });
    }
    if (task.produced < items && !task.peer.isGone) return;
    task.peer.streams.delete(task.id);
    if (task.produced < items) {
      this.#counts.failed += 1;
      this.#counts.inFlight -= 1;
      return;
    }
    this.#finish(task, { op: 'end', id: task.id, n: items });
  }

  #finish(task: FaultyTask, end: Frame): void {
    const { id, peer, misdeed } = task;
    const outcome = misdeed === 'refuse' ? refused(id) : end;
    this.#count(task);
    if (misdeed === 'retry-more') this.#goOn(task);
    if (id !== undefined) this.#send(task, outcome);
    const queue = peer.keys.get(task.key);
    if (queue !== undefined) {
      queue.shift();
      this.#advance(queue);
    }
    peer.finished();
  }

  #count({ misdeed }: FaultyTask): void {
    const counts = this.#counts;
    counts.inFlight -= 1;
    if (misdeed === 'refuse') counts.failed += 1;
    else if (misdeed !== 'uncounted') counts.succeeded += misdeed === 'counted-twice' ? 2 : 1;
  }

  #goOn(task: FaultyTask): void {
    while (task.attempt <= failAttemptsMax) {
      task.attempt += 1;
      this.#started(task);
    }
  }

  #send(task: FaultyTask, frame: Frame): void {
    const target = this.#target;
    if (target === undefined || this.#tamper === undefined) task.peer.send(frame);
    else for (const one of this.#tamper(frame, task, target, this.#wire(task.peer))) task.peer.send(one);
  }

  #wire(peer: FaultyPeer): Wire {
    return {
      elsewhere: (frame) => this.#peers.find((other) => other !== peer)?.send(frame),
      later: (frame) => peer.later(frame),
      cut: () => peer.cut(),
    };
  }
}

function refused(id: unknown): Frame {
  return { op: 'error', id, code: 'unavailable', message: 'not now', retry: 'backoff', afterMs: 100, started: 'no' };
}
