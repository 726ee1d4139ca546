/**
 * Who is there: each member counts once for a topic, however often it is subscribed here. What changes is told on a topic
 * of its own, to whoever wants to know.
 */
import type { Member } from '../model/topic-log.js';
import { limits } from '../protocol/limits.js';
import { isReserved } from '../protocol/topics.js';
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
  readonly presenceOf: (topic: string) => PresenceDetail;
  /** Appends a note to a topic. */
  readonly tell: (topic: string, note: PresenceNote) => void;
  readonly onFailed: (error: unknown, what: string) => void;
}

/** Before the name of a topic: where its presence is told. */
const companion = '_presence.';

export class PresenceNotes {
  readonly #parts: PresenceNotesParts;
  /** Topic → member → how often it is subscribed. */
  readonly #counts = new Map<string, Map<string, number>>();

  constructor(parts: PresenceNotesParts) {
    this.#parts = parts;
  }

  join(topic: string, member: Member): void {
    let counts = this.#counts.get(topic);
    if (counts === undefined) {
      counts = new Map();
      this.#counts.set(topic, counts);
    }
    const count = counts.get(member.id) ?? 0;
    counts.set(member.id, count + 1);
    if (count === 0) this.#change(topic, member, 'join');
  }

  leave(topic: string, member: Member): void {
    const counts = this.#counts.get(topic);
    const count = counts?.get(member.id);
    if (counts === undefined || count === undefined) return;
    if (count > 1) {
      counts.set(member.id, count - 1);
      return;
    }
    counts.delete(member.id);
    if (counts.size === 0) this.#counts.delete(topic);
    this.#change(topic, member, 'leave');
  }

  #change(topic: string, member: Member, event: 'join' | 'leave'): void {
    const { presence, onFailed } = this.#parts;
    const failed = (error: unknown) => onFailed(error, `presence of ${topic}: ${event}`);
    try {
      const answer: Answer<number> = event === 'join' ? presence.join(topic, member) : presence.leave(topic, member.id);
      if (answer instanceof Promise) answer.then((count) => this.#tell(topic, member, { event, count }), failed);
      else this.#tell(topic, member, { event, count: answer });
    } catch (error) {
      failed(error);
    }
  }

  #tell(topic: string, member: Member, note: PresenceNote): void {
    const name = companion + topic;
    if (isReserved(topic) || name.length > limits.topicBytesMax) return;
    const detail = this.#parts.presenceOf(topic);
    if (detail === 'none') return;
    this.#parts.tell(name, detail === 'members' ? { ...note, member } : note);
  }
}
