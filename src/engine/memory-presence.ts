/** Who is subscribed to what, in memory. A topic is here for as long as it has a member. All but `members` is O(1). */
import type { Member } from '../model/topic-log.js';
import type { Presence } from './engine.js';

export class MemoryPresence implements Presence {
  /** Topic → id → member. */
  readonly #topics = new Map<string, Map<string, Member>>();

  /** Topics with members. */
  get topics(): number {
    return this.#topics.size;
  }

  join(topic: string, member: Member): number {
    let members = this.#topics.get(topic);
    if (members === undefined) {
      members = new Map();
      this.#topics.set(topic, members);
    }
    members.set(member.id, member);
    return members.size;
  }

  leave(topic: string, memberId: string): number {
    const members = this.#topics.get(topic);
    if (members === undefined) return 0;
    members.delete(memberId);
    if (members.size === 0) this.#topics.delete(topic);
    return members.size;
  }

  count(topic: string): number {
    return this.#topics.get(topic)?.size ?? 0;
  }

  members(topic: string): readonly Member[] {
    return [...(this.#topics.get(topic)?.values() ?? [])];
  }
}
