/**
 * Which entries of a log are the newest of their keys: a list of them in the order of their offsets, so that they are
 * read without those between them. Entries without a key are one key. Every step is O(1) and allocates nothing but the
 * place of a new key.
 */
import type { MemoryEntry } from './memory-entry.js';

export class MemoryLatest {
  oldest: MemoryEntry | undefined = undefined;
  newest: MemoryEntry | undefined = undefined;
  #unkeyed: MemoryEntry | undefined = undefined;
  /** Undefined until there is a key, and when none is left. */
  #keyed: Map<string, MemoryEntry> | undefined = undefined;

  /** The newest entry of a key. */
  get(key: string | undefined): MemoryEntry | undefined {
    return key === undefined ? this.#unkeyed : this.#keyed?.get(key);
  }

  /** The newest entry of its log, and so of its key, where `before` was that until now. */
  add(entry: MemoryEntry, before: MemoryEntry | undefined): void {
    if (before !== undefined) this.#unlink(before);
    if (entry.key === undefined) this.#unkeyed = entry;
    else {
      this.#keyed ??= new Map();
      this.#keyed.set(entry.key, entry);
    }
    entry.olderLatest = this.newest;
    if (this.newest === undefined) this.oldest = entry;
    else this.newest.newerLatest = entry;
    this.newest = entry;
  }

  /** The oldest entry of the log goes. */
  remove(entry: MemoryEntry): void {
    if (!this.has(entry)) return;
    this.#unlink(entry);
    if (entry.key === undefined) this.#unkeyed = undefined;
    else if (this.#keyed?.size === 1) this.#keyed = undefined;
    else this.#keyed?.delete(entry.key);
  }

  /** Whether an entry that is held is the newest of its key. */
  has(entry: MemoryEntry): boolean {
    return entry.olderLatest !== undefined || this.oldest === entry;
  }

  #unlink(entry: MemoryEntry): void {
    const { olderLatest, newerLatest } = entry;
    if (olderLatest === undefined) this.oldest = newerLatest;
    else olderLatest.newerLatest = newerLatest;
    if (newerLatest === undefined) this.newest = olderLatest;
    else newerLatest.olderLatest = olderLatest;
    entry.olderLatest = undefined;
    entry.newerLatest = undefined;
  }
}
