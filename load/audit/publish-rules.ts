/**
 * Rules on what was published: each message has one place in the log of its topic, what a subscriber saw there is what
 * was published there, and everything that was confirmed came to every subscription that was open, or lies behind it.
 */
import type { Findings } from './findings.js';
import type { Published } from './operation-rules.js';
import type { AuditedSubscription, SeenMessage, SubscriptionsOfClient } from './subscription-rules.js';
import { topicMatches } from './topic-pattern.js';

/** Holds what publishers were told against what subscribers got. */
export function auditPublished(
  published: readonly Published[],
  clients: readonly SubscriptionsOfClient[],
  findings: Findings,
): void {
  const byN = new Map(published.map((one) => [one.n, one]));
  const log = confirmedLog(published, findings);
  const places = new Places(log, byN, findings);
  for (const { seen } of clients) for (const message of seen) places.message(message);
  for (const { subscriptions } of clients) {
    for (const subscription of subscriptions) auditReach(subscription, published, findings);
  }
}

/** Place → the message that is confirmed to be there. */
function confirmedLog(published: readonly Published[], findings: Findings): Map<string, Published> {
  const log = new Map<string, Published>();
  for (const one of published) {
    if (one.place === undefined) continue;
    const place = placeOf(one.topic, one.place.epoch, one.place.offset);
    const other = log.get(place);
    if (other !== undefined) {
      findings.add('unexpected', `${place}: expected one message, got n ${other.n} and n ${one.n} confirmed there`);
    }
    log.set(place, one);
  }
  return log;
}

/** What was seen where. Where an epoch is not told, it is the only one of the topic that is known, or nothing is said. */
class Places {
  readonly #log: ReadonlyMap<string, Published>;
  readonly #byN: ReadonlyMap<unknown, Published>;
  readonly #findings: Findings;
  readonly #epochs = new Map<string, Set<string>>();
  readonly #seenAt = new Map<string, SeenMessage>();
  /** n and epoch → the place where it was seen. */
  readonly #placeOfN = new Map<string, string>();

  constructor(log: ReadonlyMap<string, Published>, byN: ReadonlyMap<unknown, Published>, findings: Findings) {
    this.#log = log;
    this.#byN = byN;
    this.#findings = findings;
    for (const { topic, place } of log.values()) {
      const epochs = this.#epochs.get(topic) ?? new Set();
      this.#epochs.set(topic, epochs.add(place?.epoch ?? ''));
    }
  }

  message(message: SeenMessage): void {
    const { topic, offset, n } = message;
    const published = this.#byN.get(n);
    if (published === undefined || published.topic !== topic || published.key !== message.key) {
      this.#add(
        'unexpected',
        message,
        `what was published to ${topic}, got n ${String(n)}, key ${String(message.key)}`,
      );
      return;
    }
    const epoch = message.epoch ?? this.#onlyEpoch(topic);
    if (epoch === undefined) return;
    const place = placeOf(topic, epoch, offset);
    const confirmed = this.#log.get(place);
    const other = this.#seenAt.get(place);
    if (confirmed !== undefined && confirmed.n !== n) {
      this.#add('unexpected', message, `n ${confirmed.n}, as was confirmed, got n ${String(n)}`);
    } else if (other !== undefined && other.n !== n) {
      this.#add(
        'unexpected',
        message,
        `n ${String(other.n)}, as client ${other.subscription.client} saw there, got n ${String(n)}`,
      );
    } else this.#once(message, place, epoch);
    this.#seenAt.set(place, message);
  }

  #once(message: SeenMessage, place: string, epoch: string): void {
    const name = `${String(message.n)} ${epoch}`;
    const before = this.#placeOfN.get(name);
    if (before !== undefined && before !== place) {
      this.#add('duplicated', message, `n ${String(message.n)} in one place, got it at ${before}, too`);
    }
    this.#placeOfN.set(name, place);
  }

  #onlyEpoch(topic: string): string | undefined {
    const epochs = this.#epochs.get(topic);
    return epochs?.size === 1 ? [...epochs][0] : undefined;
  }

  #add(kind: 'unexpected' | 'duplicated', { subscription, topic, offset }: SeenMessage, what: string): void {
    this.#findings.add(kind, `client ${subscription.client}, ${topic} ${offset}: expected ${what}`);
  }
}

/** A subscription that is open in the end has come as far as anything that was confirmed. */
function auditReach(subscription: AuditedSubscription, published: readonly Published[], findings: Findings): void {
  if (subscription.state !== 'live') return;
  const { client, id, openedAt, isPattern } = subscription;
  for (const { n, topic, place, sentAt } of published) {
    // Of what was under way as a pattern was opened, nobody knows on which side it was.
    if (place === undefined || !topicMatches(subscription.topic, topic) || (isPattern && sentAt < openedAt)) continue;
    const cursor = subscription.cursors.get(topic);
    if (cursor?.epoch !== undefined && cursor.epoch !== place.epoch) continue;
    const isBefore = isPattern && place.offset < (subscription.firsts.get(topic) ?? 1);
    if (cursor !== undefined && cursor.position >= place.offset && !isBefore) continue;
    const got = cursor === undefined ? 'nothing' : `messages up to ${cursor.position}`;
    findings.add(
      'lost',
      `client ${client}, subscription ${String(id)}: expected n ${n}, which is confirmed at ${topic} ${place.offset}, got ${got}`,
    );
  }
}

function placeOf(topic: string, epoch: string, offset: number): string {
  return `${topic} ${epoch} ${offset}`;
}
