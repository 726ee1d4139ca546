/** The topics of the faulty server: what is published, and who is subscribed to it. */
import type { Frame } from './audit-event.js';
import { type FaultyEntry, FaultyLog, FaultySubscription } from './faulty-log.js';
import type { FaultySession } from './faulty-session.js';
import type { ResumePlan } from './resume-faults.js';

/** What an event asks to be published. */
export interface ToPublish {
  readonly n: number;
  readonly topic?: string;
  readonly messageKey?: string;
}

/** Where a subscription begins. */
interface Beginning {
  readonly log: FaultyLog;
  readonly offset: number;
  readonly hasFrom: boolean;
  readonly isRecovered: boolean;
}

export class FaultyTopics {
  readonly #plan: ResumePlan;
  readonly #sessions: ReadonlyMap<string, FaultySession>;
  readonly #logs = new Map<string, FaultyLog>();
  #untilForgotten = 0;

  constructor(plan: ResumePlan, sessions: ReadonlyMap<string, FaultySession>) {
    this.#plan = plan;
    this.#sessions = sessions;
  }

  /** Lets go of what the logs hold, but for the newest, when so many more have been published. */
  forgetMessages(after: number): void {
    this.#untilForgotten = after;
  }

  /** @returns the outcome */
  publish({ n, topic = '', messageKey: key }: ToPublish): object {
    const plan = this.#plan;
    const log = this.#log(topic);
    const { epoch } = log;
    const isLost = plan.strikes('confirm a message and lose it');
    const offset = isLost ? this.#lose(log) : this.#append(log, { n, key });
    if (plan.strikes('publish a message twice')) this.#append(log, { n, key });
    return { topic, epoch, offset: plan.strikes('confirm another place') ? offset + 1 : offset };
  }

  subscribe(session: FaultySession, frame: Frame): void {
    const plan = this.#plan;
    const subscription = new FaultySubscription(frame);
    session.subscriptions.set(frame.id, subscription);
    if (subscription.isPattern) {
      for (const { topic, last } of this.#logs.values()) subscription.positions.set(topic, last);
      subscription.confirmed = subscription.mark();
      session.send({ op: 'subscribed', id: frame.id, recovered: true });
      return;
    }
    const log = this.#log(subscription.pattern);
    const from = frame.from as { readonly offset: number } | undefined;
    const isRecovered = from === undefined || from.offset + 1 >= log.first;
    const begins = from !== undefined && isRecovered ? from.offset : log.last;
    const isElsewhere = from !== undefined && plan.strikes('go on elsewhere and call it recovered');
    const offset = isElsewhere ? begins + 2 : begins;
    subscription.positions.set(log.topic, offset);
    subscription.confirmed = subscription.mark();
    const isSaid = isRecovered || isElsewhere;
    const subscribed = { op: 'subscribed', id: frame.id, epoch: log.epoch, offset, recovered: isSaid };
    session.send(subscribed);
    if (plan.strikes('open a subscription twice')) session.send(subscribed);
    this.#begin(session, subscription, { log, offset, hasFrom: from !== undefined, isRecovered });
  }

  pull(session: FaultySession, frame: Frame): void {
    const subscription = session.subscriptions.get(frame.id);
    if (subscription?.max === undefined) return;
    subscription.max = Math.max(subscription.max, frame.max as number);
    this.#deliver(session, subscription);
  }

  cancel(session: FaultySession, frame: Frame): void {
    const subscription = session.subscriptions.get(frame.id);
    if (subscription?.isOpen !== true) return;
    session.end(subscription, 'cancelled');
    const log = [...this.#logs.values()].find(({ topic }) => subscription.matches(topic));
    const entry = log?.entries.at(-1);
    if (
      session.isConnected &&
      log !== undefined &&
      entry !== undefined &&
      this.#plan.strikes('send a message after the end')
    ) {
      session.message(subscription, log.topic, entry);
    }
  }

  /** Its subscriptions go on from what is known to have come. */
  resumed(session: FaultySession): void {
    for (const subscription of session.subscriptions.values()) {
      for (const [topic, sent] of subscription.sent) {
        const isBehind =
          subscription.isOpen && subscription.max === undefined && (this.#logs.get(topic)?.last ?? 0) > sent;
        if (isBehind && this.#plan.strikes('go on too late after a cut')) subscription.positions.set(topic, sent + 1);
      }
      const isStalled = subscription.isOpen && this.#plan.strikesCalm('leave a subscription behind');
      if (isStalled) subscription.isStalled = true;
      this.#deliver(session, subscription);
    }
  }

  #begin(session: FaultySession, subscription: FaultySubscription, beginning: Beginning): void {
    const plan = this.#plan;
    const { log, offset, hasFrom, isRecovered } = beginning;
    const { topic } = log;
    const isBehind = hasFrom && isRecovered && log.last > offset;
    if (isBehind && plan.strikes('leave a hole and call it recovered')) subscription.positions.set(topic, offset + 1);
    if (isBehind && plan.strikes('expire messages and call it recovered')) {
      const whose = subscription.max === undefined ? {} : { id: subscription.id };
      session.send({ op: 'gap', topic, ...whose, from: offset + 1, to: offset + 1, count: 1, reason: 'expired' });
      subscription.positions.set(topic, offset + 1);
    }
    if (!isRecovered && plan.strikes('send older messages where it was not recovered')) {
      session.message(subscription, topic, { offset, n: 0, key: undefined });
    }
    this.#deliver(session, subscription);
  }

  #append(log: FaultyLog, { n, key }: Pick<FaultyEntry, 'n' | 'key'>): number {
    const offset = log.append(n, key);
    this.#untilForgotten -= 1;
    if (this.#untilForgotten === 0) for (const one of this.#logs.values()) one.entries = one.entries.slice(-1);
    for (const session of this.#sessions.values()) {
      for (const subscription of session.subscriptions.values()) {
        if (subscription.matches(log.topic)) session.deliver(subscription, log);
      }
    }
    return offset;
  }

  /** Takes an offset, and goes on behind it as if nothing had been there. */
  #lose(log: FaultyLog): number {
    log.last += 1;
    log.entries = [];
    for (const { subscriptions } of this.#sessions.values()) {
      for (const one of subscriptions.values()) if (one.matches(log.topic)) one.positions.set(log.topic, log.last);
    }
    return log.last;
  }

  #deliver(session: FaultySession, subscription: FaultySubscription): void {
    for (const log of this.#logs.values()) if (subscription.matches(log.topic)) session.deliver(subscription, log);
  }

  #log(topic: string): FaultyLog {
    const log = this.#logs.get(topic) ?? new FaultyLog(topic);
    this.#logs.set(topic, log);
    return log;
  }
}
