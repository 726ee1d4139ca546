/**
 * The places of a subscription to a pattern, one for each topic it is behind in, in the order in which they have their
 * turns. There may be very many: whatever is done to one is O(1).
 */
import { LinkedList } from '../collections/linked-list.js';
import type { Cursor, CursorTopic } from './cursor.js';

export class Cursors<T extends CursorTopic> {
  readonly #byTopic = new Map<string, Cursor<T>>();
  /** A map would know the order as well, but finds its first one behind all that were taken out. */
  readonly #turns = new LinkedList<Cursor<T>>();

  get size(): number {
    return this.#byTopic.size;
  }

  /** Whose turn is next. */
  get next(): Cursor<T> | undefined {
    return this.#turns.head;
  }

  has(topic: string): boolean {
    return this.#byTopic.has(topic);
  }

  get(topic: string): Cursor<T> | undefined {
    return this.#byTopic.get(topic);
  }

  /** Adds one for a topic that has none. Its turn comes after all others. */
  add(cursor: Cursor<T>): void {
    this.#byTopic.set(cursor.topic.name, cursor);
    this.#turns.push(cursor);
  }

  /** Takes one out that is in. */
  remove(cursor: Cursor<T>): void {
    this.#byTopic.delete(cursor.topic.name);
    this.#turns.remove(cursor);
  }

  /** It had its turn, if it is in still: the others have theirs first. */
  rotate(cursor: Cursor<T>): void {
    if (cursor.queueHome !== this.#turns) return;
    this.#turns.remove(cursor);
    this.#turns.push(cursor);
  }

  /** All of them, in no particular order. */
  values(): IterableIterator<Cursor<T>> {
    return this.#byTopic.values();
  }
}
