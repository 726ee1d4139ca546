/**
 * How far a subscription has got in each of its topics, to tell messages that come again from new ones. Only the topics
 * that moved last are remembered: after a connection was lost only the last second or two comes again.
 */

/** Topics in one of two generations; the older one is forgotten when the newer one is full. */
const generationTopicsMax = 4096;

/** The place in one topic. */
interface Place {
  offset: number;
  /** When something of it came last, on the clock of `performance.now`. */
  atMs: number;
  /** Number of the connection that brought the last message. */
  connection: number;
}

export class TopicOffsets {
  #newer = new Map<string, Place>();
  #older = new Map<string, Place>();
  #connection = 0;
  #repeatedFromMs = 0;

  /**
   * A session was taken up again: messages may come once more.
   * @param repeatedFromMs those that had come since then, on the clock of `performance.now`, and none from before
   */
  resumed(repeatedFromMs: number): void {
    this.#connection += 1;
    this.#repeatedFromMs = repeatedFromMs;
  }

  /** A session was lost: nothing comes again. */
  clear(): void {
    this.#newer.clear();
    this.#older.clear();
  }

  /** Takes the offset of a message that came. @returns whether it is new */
  take(topic: string, offset: number): boolean {
    const place = this.#place(topic);
    const atMs = performance.now();
    if (place === undefined) {
      this.#add(topic, { offset, atMs, connection: this.#connection });
      return true;
    }
    // On one connection offsets only grow, unless a topic begins anew; and so they do over two, if nothing of it came
    // shortly before the first was lost.
    const mayBeRepeated = place.connection !== this.#connection && place.atMs >= this.#repeatedFromMs;
    place.atMs = atMs;
    if (mayBeRepeated && offset <= place.offset) return false;
    place.offset = offset;
    place.connection = this.#connection;
    return true;
  }

  /** The topic begins anew. */
  forget(topic: string): void {
    this.#newer.delete(topic);
    this.#older.delete(topic);
  }

  #place(topic: string): Place | undefined {
    const newer = this.#newer.get(topic);
    if (newer !== undefined) return newer;
    const older = this.#older.get(topic);
    if (older === undefined) return undefined;
    this.#older.delete(topic);
    this.#add(topic, older);
    return older;
  }

  #add(topic: string, place: Place): void {
    if (this.#newer.size >= generationTopicsMax) {
      this.#older = this.#newer;
      this.#newer = new Map();
    }
    this.#newer.set(topic, place);
  }
}
