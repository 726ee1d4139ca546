/**
 * What a subscriber of topics must see, whatever happens: messages in order, none twice, and of each that does not come
 * that it will not. It looks at every message and gap as it comes, and throws at the first that is wrong.
 */

import type { Codec } from '../../src/model/codec.js';
import type { MessageBundle } from '../../src/model/message-bundle.js';
import type { SubscribeRequest, Subscriber, Subscription, TopicGap } from '../../src/model/subscription.js';
import type { Failure } from '../../src/protocol/error-codes.js';
import type { TestLogs } from './test-logs.js';

/** What is known of one topic of a subscription. */
interface Place {
  epoch: string;
  /** Everything up to here was delivered or told. */
  offset: number;
  marked: number;
  confirmed: number;
  /** Offsets that were told not to come. */
  told: Set<number>;
  /** A gap with messages inside of it: how many of its offsets were told, and which have come. */
  open: { readonly from: number; readonly to: number; readonly count: number; readonly came: Set<number> } | undefined;
}

export class Witness implements Subscriber {
  readonly member = undefined;
  readonly codec: Codec;
  readonly request: SubscribeRequest;
  subscription: Subscription | undefined = undefined;
  isOpened = false;
  failure: Failure | undefined = undefined;
  allowed: number;
  delivered = 0;
  lacksRoom = false;
  isBlocked = false;
  received = 0;
  readonly places = new Map<string, Place>();
  readonly #logs: TestLogs;
  readonly #startOf: (topic: string) => { epoch: string; last: number };
  #deliveredAtMark = 0;
  #deliveredConfirmed = 0;

  /** @param startOf where a topic stood when a pattern was subscribed to */
  constructor(
    request: SubscribeRequest,
    codec: Codec,
    logs: TestLogs,
    startOf: (topic: string) => { epoch: string; last: number },
  ) {
    this.request = request;
    this.codec = codec;
    this.allowed = request.credit ?? 0;
    this.#logs = logs;
    this.#startOf = startOf;
  }

  get hasRoom(): boolean {
    if (this.isBlocked) this.lacksRoom = true;
    return !this.isBlocked;
  }

  opened(subscription: Subscription, at: { readonly epoch: string; readonly offset: number } | undefined): void {
    this.subscription = subscription;
    this.isOpened = true;
    if (at !== undefined) this.places.set(this.request.topic, newPlace(at.epoch, at.offset));
    subscription.mark();
  }

  deliver(_subscription: Subscription, bundle: MessageBundle): void {
    check(this.isOpened, 'a message before it was open');
    check(!this.isBlocked, 'a message without room');
    for (const [i, { topic, epoch, offset, data }] of bundle.entries.entries()) {
      const place = this.#place(topic, epoch);
      check(place.epoch === epoch, `${topic}:${offset} of epoch ${epoch} in ${place.epoch}`);
      check(!place.told.has(offset), `${topic}:${offset} though it was told as missing`);
      if (place.open === undefined || offset > place.open.to) {
        close(place);
        for (let o = place.offset + 1; o < offset; o += 1) check(place.told.has(o), `${topic}:${o} is missing`);
      } else {
        place.open.came.add(offset);
      }
      check(offset > place.offset, `${topic}:${offset} behind ${place.offset}`);
      place.offset = offset;
      check(data === `${topic} ${epoch} ${offset}`, `${topic}:${offset} is ${String(data)}`);
      const frame = String.fromCharCode(...Buffer.from(bundle.frames[i] as string));
      if (this.codec.name === 'json') {
        const { id } = JSON.parse(frame) as { id?: number };
        check(id === this.request.id, `${topic}:${offset} with id ${String(id)}`);
      }
      this.received += 1;
      this.delivered += 1;
    }
    if (this.request.credit !== undefined) check(this.delivered <= this.allowed, 'more than its credit');
  }

  gap(_subscription: Subscription, { topic, from, to, count, reason, epoch }: TopicGap): void {
    check(this.isOpened, 'a gap before it was open');
    if (reason === 'reset') {
      this.places.set(topic, newPlace(String(epoch), 0));
      return;
    }
    const { first, last, epoch: newest } = this.#logs.at(topic);
    const place = this.#place(topic, newest);
    close(place);
    for (let o = place.offset + 1; o < from; o += 1) check(place.told.has(o), `${topic}:${o} is missing before a gap`);
    check(from > place.offset && from <= to && count > 0, `gap ${from}-${to} behind ${place.offset}`);
    if (reason === 'conflated') {
      check(this.request.overflow === 'latest', 'conflated without being asked to');
      check(this.#logs.isLate || from >= first, `conflated ${from}-${to} though only ${first} on is held`);
      place.open = { from, to, count, came: new Set() };
      return;
    }
    check(!place.told.has(from) && !place.told.has(to), `gap ${from}-${to} begins or ends with what was told`);
    let untold = 0;
    for (let o = from; o <= to; o += 1) if (!place.told.has(o)) untold += 1;
    check(untold === count, `gap ${from}-${to} counts ${count}, not ${untold}`);
    if (reason === 'expired') check(to < first, `expired ${from}-${to} though ${first} is held`);
    else check(this.request.overflow === 'drop' && (to <= last - 32 || to < first), `dropped ${from}-${to} of ${last}`);
    for (let o = from; o <= to; o += 1) place.told.add(o);
    place.offset = to;
  }

  failed(_subscription: Subscription, why: Failure): void {
    this.failure = why;
  }

  mark(): void {
    this.subscription?.mark();
    this.#deliveredAtMark = this.delivered;
    for (const place of this.places.values()) {
      close(place);
      place.marked = place.offset;
    }
  }

  confirm(): void {
    this.subscription?.confirm();
    this.#deliveredConfirmed = this.#deliveredAtMark;
    for (const place of this.places.values()) place.confirmed = place.marked;
  }

  rewind(): void {
    for (const place of this.places.values()) {
      close(place);
      place.offset = Math.min(place.offset, place.confirmed);
      place.marked = place.confirmed;
    }
    this.#deliveredAtMark = this.#deliveredConfirmed;
    this.delivered = this.#deliveredConfirmed;
    this.subscription?.rewind();
  }

  /** At rest, with room and credit: it has everything. */
  atEnd(topic: string): void {
    const { epoch, last } = this.#logs.at(topic);
    const start = this.#startOf(topic);
    const place = this.places.get(topic);
    if (place === undefined) {
      check(
        start.epoch === epoch ? start.last === last : last === 0,
        `nothing of ${topic}, which went from ${start.last} to ${last}`,
      );
      return;
    }
    close(place);
    check(place.epoch === epoch, `${topic} ends in epoch ${place.epoch}, not ${epoch}`);
    for (let o = place.offset + 1; o <= last; o += 1) check(place.told.has(o), `${topic}:${o} has not come at the end`);
  }

  /** A pattern that saw nothing of a topic need not be told that it began anew. */
  #place(topic: string, newest?: string): Place {
    let place = this.places.get(topic);
    if (place === undefined) {
      const { epoch, last } = this.#startOf(topic);
      place = newest === undefined || newest === epoch ? newPlace(epoch, last) : newPlace(newest, 0);
      this.places.set(topic, place);
    }
    return place;
  }
}

function newPlace(epoch: string, offset: number): Place {
  return { epoch, offset, marked: offset, confirmed: offset, told: new Set(), open: undefined };
}

/** All messages inside of a gap have come: the others are those it told of. */
function close(place: Place): void {
  const { open } = place;
  if (open === undefined) return;
  place.open = undefined;
  const missing = open.to - open.from + 1 - open.came.size;
  check(missing === open.count, `gap ${open.from}-${open.to} counts ${open.count}, not ${missing}`);
  for (let o = open.from; o <= open.to; o += 1) if (!open.came.has(o)) place.told.add(o);
  place.offset = open.to;
}

function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`not expected: ${what}`);
}
