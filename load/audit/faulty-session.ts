/** One resumable session inside the faulty server: it numbers, keeps and sends again, and delivers messages of topics. */
import type { WebSocket } from 'ws';
import type { Frame } from './audit-event.js';
import type { FaultyEntry, FaultyLog, FaultySubscription, Mark } from './faulty-log.js';
import type { ResumePlan } from './resume-faults.js';

interface Kept {
  readonly frame: Frame & { readonly s: number };
  /** Where the subscriptions were when it was sent. */
  marks: Map<FaultySubscription, Mark>;
}

export interface FaultySessionParts {
  readonly id: string;
  readonly plan: ResumePlan;
  /** Frames after which the next connection is cut. */
  readonly nextCut: () => number;
}

const reliable: ReadonlySet<string> = new Set(['ack', 'item', 'end', 'subscribed', 'gap', 'error']);
const window = 64;
const backlogMax = 6;
/** More than a client could have granted meanwhile. */
const beyond = 40;

export class FaultySession {
  readonly id: string;
  readonly secret: string;
  readonly subscriptions = new Map<unknown, FaultySubscription>();
  /** Frames with an id that came. */
  received = 0;
  last: Frame | undefined = undefined;
  /** What it had is gone, at the next time it is asked for. */
  isForgotten = false;
  readonly #plan: ResumePlan;
  readonly #nextCut: () => number;
  #socket: WebSocket | undefined = undefined;
  #kept: Kept[] = [];
  /** The last that was acknowledged. */
  #old: Frame | undefined = undefined;
  #held: Frame | undefined = undefined;
  #heldMessage: Frame | undefined = undefined;
  #s = 0;
  #finished = 0;
  #untilCut = 0;

  constructor({ id, plan, nextCut }: FaultySessionParts) {
    this.id = id;
    this.secret = `secret-of-${id}`;
    this.#plan = plan;
    this.#nextCut = nextCut;
  }

  get isConnected(): boolean {
    return this.#socket !== undefined;
  }

  isOn(socket: WebSocket): boolean {
    return this.#socket === socket;
  }

  /** Taken up by a connection, for the first time. @param before what the client had before, which is gone */
  open(socket: WebSocket, before?: FaultySession): void {
    this.#attach(socket);
    if (before !== undefined && this.#plan.strikes('go on counting in a new session')) this.#s = 7;
    this.#write(this.#welcome(false, 0));
    if (before === undefined || before.#kept.length === 0) return;
    if (this.#plan.strikes('replay a part of a session that is gone')) this.#write(before.#kept[0]?.frame as Frame);
  }

  resume(socket: WebSocket, received: number): void {
    this.#attach(socket);
    this.acknowledge(received);
    const claims = this.#plan.strikes('claim to have received more than was sent') ? 1000 : 0;
    const id = this.#plan.strikes('resume another session') ? `not-${this.id}` : this.id;
    const welcome = { ...this.#welcome(true, this.received + claims), session: id };
    this.#write(welcome);
    if (this.#plan.strikes('welcome twice')) this.#write(welcome);
    for (const subscription of this.subscriptions.values()) subscription.rewind();
    // What was sent with them before is not known to have come any more.
    for (const kept of this.#kept) kept.marks = this.#marks();
    for (const frame of this.#replay()) this.#write(frame, true);
  }

  detach(): void {
    this.#socket = undefined;
    this.#held = undefined;
    this.#heldMessage = undefined;
  }

  cut(): void {
    this.#socket?.terminate();
    this.detach();
  }

  acknowledge(s: number): void {
    while (this.#kept[0] !== undefined && this.#kept[0].frame.s <= s) {
      const { frame, marks } = this.#kept.shift() as Kept;
      this.#old = frame;
      for (const [subscription, mark] of marks) subscription.confirmed = mark;
    }
  }

  /** Numbers what is reliable, and keeps it. */
  send(frame: Frame): void {
    const plan = this.#plan;
    if (!reliable.has(frame.op)) {
      const isNumbered =
        frame.op === 'credit' && this.isConnected && plan.strikes('number a frame that is not reliable');
      this.#write(isNumbered ? { ...frame, s: this.#s + 1 } : frame);
      return;
    }
    this.#s += 1;
    if (this.isConnected && plan.strikes('leave out a numbered frame')) return;
    const numbered = { ...frame, s: this.#s };
    this.#kept.push({ frame: numbered, marks: this.#marks() });
    if (!this.isConnected) return;
    if (plan.strikes('swap two numbered frames')) this.#held = numbered;
    else if (plan.strikes('leave the number of a frame out')) this.#write(frame);
    else {
      this.#write(numbered);
      if (this.isConnected && plan.strikes('send a numbered frame twice')) this.#write(numbered);
      const held = this.#held;
      this.#held = undefined;
      if (held !== undefined) this.#write(held);
    }
  }

  finished(): void {
    this.#finished += 1;
    this.send({ op: 'credit', max: window + this.#finished });
  }

  pong(at: unknown): void {
    this.#write({ op: 'pong', at });
  }

  close(code: number): void {
    this.#socket?.close(code);
    this.detach();
  }

  /** Everything that one of its subscriptions may have of a log. */
  deliver(subscription: FaultySubscription, log: FaultyLog): void {
    if (!subscription.isOpen || subscription.isStalled || !this.isConnected) return;
    const position = subscription.positions.get(log.topic) ?? 0;
    if (position + 1 < log.first) this.#gap(subscription, log, { to: log.first - 1, reason: 'expired' });
    const backlog = log.last - (subscription.positions.get(log.topic) ?? 0);
    if (subscription.max !== undefined && backlog > Math.max(subscription.allowed, backlogMax)) {
      if (subscription.overflow === 'drop') this.#drop(subscription, log);
      else if (subscription.overflow === 'latest') this.#conflate(subscription, log);
      else if (subscription.overflow === 'close') this.end(subscription, 'resource_exhausted');
    }
    this.#messages(subscription, log);
  }

  /** The subscription is over. */
  end(subscription: FaultySubscription, code: string): void {
    subscription.isOpen = false;
    const reason = code === 'resource_exhausted' ? { reason: 'overflow' } : {};
    this.send({ op: 'error', id: subscription.id, code, message: 'it ends', retry: 'no', started: 'maybe', ...reason });
  }

  message({ id, max, sent, isPattern }: FaultySubscription, topic: string, { offset, n, key }: FaultyEntry): void {
    const plan = this.#plan;
    const message: Frame = {
      op: 'message',
      topic: plan.strikes('send a message of a topic nobody asked for') ? 'other.topic' : topic,
      offset,
      data: { n: plan.strikes('send a message with other data') ? Number(n) - 2 : n },
      ...(key === undefined ? {} : { key: plan.strikes('send a message under another key') ? `${key}0` : key }),
      ...(max === undefined ? {} : { id }),
    };
    const isAgain = offset <= (sent.get(topic) ?? 0);
    if (!isAgain && !isPattern && plan.strikes('swap two messages')) {
      this.#heldMessage = message;
      return;
    }
    this.#write(message, isAgain);
    if (!isAgain && this.isConnected && plan.strikes('send a message twice')) this.#write(message);
    const held = this.#heldMessage;
    if (held?.topic !== topic || held.id !== message.id) return;
    this.#heldMessage = undefined;
    this.#write(held);
  }

  #messages(subscription: FaultySubscription, log: FaultyLog): void {
    for (;;) {
      const offset = (subscription.positions.get(log.topic) ?? 0) + 1;
      const entry = log.at(offset);
      if (!this.isConnected || !subscription.isOpen || entry === undefined) return;
      if (subscription.max !== undefined && subscription.allowed <= 0) {
        const isNew = offset > (subscription.sent.get(log.topic) ?? 0);
        const isFarBehind = isNew && subscription.overflow === 'wait' && log.last > offset + backlogMax;
        if (!isFarBehind || !this.#plan.strikes('send messages beyond the credit')) return;
        subscription.max += beyond;
      }
      subscription.positions.set(log.topic, offset);
      subscription.delivered += 1;
      const isNew = offset > (subscription.sent.get(log.topic) ?? 0);
      if (isNew && !subscription.isPattern && this.#plan.strikes('leave out a message')) continue;
      this.message(subscription, log.topic, entry);
      if (isNew) this.#again(subscription, log, offset);
    }
  }

  /** What may go wrong behind a message that had not been sent before. */
  #again(subscription: FaultySubscription, log: FaultyLog, offset: number): void {
    const { topic } = log;
    const old = log.at(offset - 2);
    if (!this.isConnected || old === undefined) return;
    if (this.#plan.strikes('send an old message again')) this.message(subscription, topic, old);
    if (this.#plan.strikes('tell a gap over what has come')) {
      const whose = subscription.max === undefined ? {} : { id: subscription.id };
      this.send({ op: 'gap', topic, ...whose, from: offset - 1, to: offset - 1, count: 1, reason: 'dropped' });
    }
  }

  #drop(subscription: FaultySubscription, log: FaultyLog): void {
    const to = log.last - backlogMax;
    if (this.#plan.strikes('drop messages without a gap')) {
      subscription.positions.set(log.topic, to);
      subscription.confirmed = subscription.mark();
    } else this.#gap(subscription, log, { to, reason: 'dropped' });
  }

  /** The newest of each key, if they may all leave now. */
  #conflate(subscription: FaultySubscription, log: FaultyLog): void {
    const position = subscription.positions.get(log.topic) ?? 0;
    const newest = log.newest(position);
    const count = log.last - position - newest.length;
    if (newest.length > subscription.allowed || count === 0) return;
    const more = this.#plan.strikes('conflate less than the gap says') ? 1 : 0;
    const less = count > 1 && this.#plan.strikes('conflate more than the gap says') ? 1 : 0;
    const gap = { to: log.last, reason: 'conflated', count: count + more - less };
    const isLate = this.#plan.strikes('tell a gap behind its messages');
    if (!isLate) this.#gap(subscription, log, gap);
    for (const entry of newest) {
      subscription.delivered += 1;
      this.message(subscription, log.topic, entry);
    }
    if (isLate) this.#gap(subscription, log, gap);
    // Only now: a client that has the gap does not have all of these yet.
    subscription.positions.set(log.topic, log.last);
  }

  #gap(
    subscription: FaultySubscription,
    { topic }: FaultyLog,
    gap: { to: number; reason: string; count?: number },
  ): void {
    const position = subscription.positions.get(topic) ?? 0;
    const from = position + 1;
    const { to, reason, count = to - from + 1 } = gap;
    const isMore = reason !== 'conflated' && this.#plan.strikes('count too many into a gap');
    // Before it is sent: what is acknowledged with it includes it.
    if (reason !== 'conflated') subscription.positions.set(topic, to);
    const whose = subscription.max === undefined ? {} : { id: subscription.id };
    this.send({ op: 'gap', topic, ...whose, from, to, count: count + (isMore ? 1 : 0), reason });
  }

  #marks(): Map<FaultySubscription, Mark> {
    return new Map([...this.subscriptions.values()].map((one) => [one, one.mark()]));
  }

  #replay(): readonly Frame[] {
    const frames = this.#kept.map(({ frame }) => frame);
    const [first, second] = frames;
    if (this.#old !== undefined && this.#plan.strikes('send again what was acknowledged'))
      return [this.#old, ...frames];
    if (first === undefined || second === undefined) return frames;
    if (this.#plan.strikes('leave out the first that was not acknowledged')) return frames.slice(1);
    if (this.#plan.strikesAll('send something else under an old number')) {
      return [{ ...first, more: 1 }, ...frames.slice(1)];
    }
    if (this.#plan.strikes('send again in another order')) return [second, first, ...frames.slice(2)];
    return frames;
  }

  #attach(socket: WebSocket): void {
    this.#socket?.terminate();
    this.#socket = socket;
    this.#untilCut = this.#nextCut();
  }

  #welcome(isResumed: boolean, received: number): Frame {
    const { id: session, secret } = this;
    return { op: 'welcome', session, secret, resumed: isResumed, received, credit: window + this.#finished };
  }

  /** What comes again does not bring the next cut nearer, or nothing new might ever come. */
  #write(frame: Frame, isAgain = false): void {
    if (this.#socket === undefined) return;
    this.#socket.send(JSON.stringify(frame));
    if (!isAgain) this.#untilCut -= 1;
    if (this.#untilCut <= 0 && !this.#plan.isQuiet) this.cut();
  }
}
