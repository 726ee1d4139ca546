/**
 * Who is there: each member counts once for a topic, however often it is subscribed here. What changes is told on a topic
 * of its own, to whoever wants to know, when the turn of the event loop ends: so a thousand who come in one turn are one
 * count, and not a thousand.
 *
 * What the engine did not answer is asked again as soon as it answers anything, so that nobody is counted for ever.
 */
import type { LoopTurn } from '../model/loop-turn.js';
import type { Member } from '../model/topic-log.js';
import { limits } from '../protocol/limits.js';
import { isReserved, presencePrefix } from '../protocol/topics.js';
import type { Answer, TopicPresence } from './ports.js';

/** How much is told of who is there. */
export type PresenceDetail = 'none' | 'count' | 'members';

/** A member has come or gone. */
export interface PresenceNote {
  readonly event: 'join' | 'leave';
  /** How many are there now. */
  readonly count: number;
  readonly member?: Member;
}

export interface PresenceNotesParts {
  readonly presence: TopicPresence;
  readonly turn: LoopTurn;
  /** Asked once for a topic, as long as it has members here. */
  readonly presenceOf: (topic: string) => PresenceDetail;
  /** Appends a note to a topic. */
  readonly tell: (topic: string, note: PresenceNote) => void;
  readonly onFailed: (error: unknown, what: string) => void;
}

/** Notes of a topic that wait for the turn to end; with so many they do not wait. */
const notesMax = 1024;

/** Members remembered of whom the engine does not know yet whether they are there. */
const unsettledMax = 16_384;

/** Of these, how many are asked for again when the engine answers. */
const retriesPerAnswer = 8;

/** A topic with members here, and what is to be told of it. */
interface Audience {
  readonly topic: string;
  readonly detail: PresenceDetail;
  /** By their ids. */
  readonly attendees: Map<string, Attendee>;
  notes: PresenceNote[];
  /** How many there were before the notes that wait. */
  countBefore: number;
  isQueued: boolean;
}

/** One member of one topic. */
interface Attendee {
  readonly audience: Audience;
  readonly member: Member;
  /** How often it is subscribed here. */
  subscribed: number;
  /** Whether the engine has it; undefined when its answer was an error. */
  isIn: boolean | undefined;
  isAsking: boolean;
  /** Whether others were told that it came. */
  isTold: boolean;
}

export class PresenceNotes {
  readonly #parts: PresenceNotesParts;
  readonly #audiences = new Map<string, Audience>();
  /** With notes that wait for the turn to end. */
  #queue: Audience[] = [];
  /** To be asked for again. */
  readonly #unsettled = new Set<Attendee>();
  #isRetrying = false;

  constructor(parts: PresenceNotesParts) {
    this.#parts = parts;
  }

  join(topic: string, member: Member): void {
    const audience = this.#audience(topic);
    let attendee = audience.attendees.get(member.id);
    if (attendee === undefined) {
      attendee = { audience, member, subscribed: 0, isIn: false, isAsking: false, isTold: false };
      audience.attendees.set(member.id, attendee);
    }
    attendee.subscribed += 1;
    this.#settle(attendee);
  }

  leave(topic: string, member: Member): void {
    const attendee = this.#audiences.get(topic)?.attendees.get(member.id);
    if (attendee === undefined || attendee.subscribed === 0) return;
    attendee.subscribed -= 1;
    this.#settle(attendee);
  }

  /** The turn ends: tells what there is to tell. */
  flush(): void {
    if (this.#queue.length === 0) return;
    const queue = this.#queue;
    this.#queue = [];
    for (const audience of queue) {
      audience.isQueued = false;
      this.#tell(audience);
      this.#forgetIfEmpty(audience);
    }
  }

  #audience(topic: string): Audience {
    const known = this.#audiences.get(topic);
    if (known !== undefined) return known;
    const canTell = !isReserved(topic) && presencePrefix.length + topic.length <= limits.topicBytesMax;
    const audience: Audience = {
      topic,
      detail: canTell ? this.#parts.presenceOf(topic) : 'none',
      attendees: new Map(),
      notes: [],
      countBefore: 0,
      isQueued: false,
    };
    this.#audiences.set(topic, audience);
    return audience;
  }

  /** Has the engine know of a member what is so here. */
  #settle(attendee: Attendee): void {
    const isThere = attendee.subscribed > 0;
    if (attendee.isAsking || attendee.isIn === isThere) return;
    const { presence } = this.#parts;
    const { audience, member } = attendee;
    attendee.isAsking = true;
    this.#unsettled.delete(attendee);
    try {
      const answer: Answer<number> = isThere
        ? presence.join(audience.topic, member)
        : presence.leave(audience.topic, member.id);
      if (answer instanceof Promise) {
        answer.then(
          (count) => this.#settled(attendee, isThere, count),
          (error: unknown) => this.#failed(attendee, isThere, error),
        );
      } else this.#settled(attendee, isThere, answer);
    } catch (error) {
      this.#failed(attendee, isThere, error);
    }
  }

  #settled(attendee: Attendee, isThere: boolean, count: number): void {
    const { audience, member } = attendee;
    attendee.isAsking = false;
    attendee.isIn = isThere;
    this.#note(attendee, isThere, count);
    if (attendee.subscribed === 0 && !isThere) audience.attendees.delete(member.id);
    else this.#settle(attendee);
    this.#forgetIfEmpty(audience);
    this.#retry();
  }

  /** It may have been done, or not. */
  #failed(attendee: Attendee, isThere: boolean, error: unknown): void {
    attendee.isAsking = false;
    attendee.isIn = undefined;
    this.#unsettled.add(attendee);
    if (this.#unsettled.size > unsettledMax) this.#forgetOldest();
    this.#parts.onFailed(error, `presence of ${attendee.audience.topic}: ${isThere ? 'join' : 'leave'}`);
  }

  #forgetOldest(): void {
    for (const attendee of this.#unsettled) {
      this.#unsettled.delete(attendee);
      if (attendee.subscribed === 0) attendee.audience.attendees.delete(attendee.member.id);
      this.#forgetIfEmpty(attendee.audience);
      return;
    }
  }

  /** The engine answers: perhaps it does so also where it failed. */
  #retry(): void {
    if (this.#unsettled.size === 0 || this.#isRetrying) return;
    this.#isRetrying = true;
    let left = retriesPerAnswer;
    for (const attendee of this.#unsettled) {
      if (left === 0) break;
      left -= 1;
      this.#settle(attendee);
    }
    this.#isRetrying = false;
  }

  #note(attendee: Attendee, isThere: boolean, count: number): void {
    const { audience, member } = attendee;
    const { detail, notes } = audience;
    if (detail === 'none') return;
    const event = isThere ? 'join' : 'leave';
    if (detail === 'count') {
      if (notes.length === 0) audience.countBefore = isThere ? count - 1 : count + 1;
      notes[0] = { event, count };
    } else {
      if (attendee.isTold === isThere) return;
      attendee.isTold = isThere;
      notes.push({ event, count, member });
      if (notes.length >= notesMax) this.#tell(audience);
    }
    if (audience.isQueued) return;
    audience.isQueued = true;
    this.#queue.push(audience);
    this.#parts.turn.now();
  }

  #tell(audience: Audience): void {
    const { topic, detail, notes } = audience;
    audience.notes = [];
    const name = presencePrefix + topic;
    for (const note of notes) {
      // As many came as went: nothing has changed for those who are told numbers only.
      if (detail === 'count' && note.count === audience.countBefore) continue;
      this.#parts.tell(name, note);
    }
  }

  /** What is still to be told is told first. */
  #forgetIfEmpty(audience: Audience): void {
    if (audience.attendees.size > 0 || audience.isQueued) return;
    if (this.#audiences.get(audience.topic) === audience) this.#audiences.delete(audience.topic);
  }
}
