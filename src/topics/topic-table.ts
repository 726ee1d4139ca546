/**
 * The topics somebody here is subscribed to, and the patterns. Topics that only patterns cover are kept as well, for
 * which patterns these are and which epoch they saw, but only so many.
 */

import { PatternTrie } from './pattern-trie.js';
import type { TopicLogs } from './ports.js';
import { type Listed, Topic } from './topic.js';

/** One that is subscribed to a pattern. */
export interface PatternListed extends Listed {
  readonly request: { readonly topic: string };
  /** Patterns are numbered as they come; 0 for none. */
  patternNumber: number;
}

/** Topics kept that only patterns cover, besides those with entries that wait for the turn to end. */
const coveredMax = 4096;

export class TopicTable<S extends PatternListed> {
  readonly #logs: TopicLogs;
  readonly #topics = new Map<string, Topic<S>>();
  readonly #trie = new PatternTrie<S>();
  /** Topics nobody holds, in the order they came. */
  readonly #covered = new Set<Topic<S>>();
  #version = 0;
  /** Number of the newest pattern. */
  lastPattern = 0;

  constructor(logs: TopicLogs) {
    this.#logs = logs;
  }

  get size(): number {
    return this.#topics.size;
  }

  get(name: string): Topic<S> | undefined {
    return this.#topics.get(name);
  }

  /** The topic is needed here, until it is released: its log is held. Counted. */
  hold(name: string): Topic<S> {
    const topic = this.#topics.get(name) ?? this.#add(name);
    topic.holders += 1;
    if (topic.holders === 1) {
      this.#covered.delete(topic);
      this.#logs.hold(name);
    }
    return topic;
  }

  release(topic: Topic<S>): void {
    topic.holders -= 1;
    if (topic.holders > 0) return;
    this.#logs.release(topic.name);
    if (this.matching(topic).length > 0) this.#cover(topic);
    else this.#topics.delete(topic.name);
  }

  /** The topic of an entry that came; undefined when nobody here wants it. */
  followed(name: string): Topic<S> | undefined {
    const known = this.#topics.get(name);
    if (known !== undefined) {
      if (known.holders > 0 || this.matching(known).length > 0) return known;
      this.#forget(known);
      return undefined;
    }
    if (this.#trie.size === 0) return undefined;
    const found: S[] = [];
    this.#trie.collect(name, found);
    if (found.length === 0) return undefined;
    const topic = this.#add(name);
    topic.matching = found;
    topic.matchingVersion = this.#version;
    this.#cover(topic);
    return topic;
  }

  /** Those whose pattern covers a topic; the list never changes. */
  matching(topic: Topic<S>): readonly S[] {
    if (topic.matchingVersion === this.#version) return topic.matching;
    const found: S[] = [];
    this.#trie.collect(topic.name, found);
    topic.matching = found;
    topic.matchingVersion = this.#version;
    return found;
  }

  addPattern(subscription: S): void {
    this.lastPattern += 1;
    subscription.patternNumber = this.lastPattern;
    this.#version += 1;
    this.#trie.add(subscription.request.topic, subscription);
  }

  removePattern(subscription: S): void {
    this.#version += 1;
    this.#trie.remove(subscription.request.topic, subscription);
    if (this.#trie.size > 0) return;
    for (const topic of this.#covered) this.#topics.delete(topic.name);
    this.#covered.clear();
  }

  #add(name: string): Topic<S> {
    const topic = new Topic<S>(name);
    this.#topics.set(name, topic);
    return topic;
  }

  #cover(topic: Topic<S>): void {
    this.#covered.add(topic);
    // Two for each that comes, for there may be more than should be where many were needed.
    let excess = Math.min(2, this.#covered.size - coveredMax);
    for (const oldest of this.#covered) {
      if (excess <= 0) return;
      excess -= 1;
      if (oldest.pending === undefined && !oldest.isFanning) this.#forget(oldest);
      else {
        // Whoever cannot take what is to be fanned out falls behind in this very topic: there must not be a second one.
        this.#covered.delete(oldest);
        this.#covered.add(oldest);
      }
    }
  }

  #forget(topic: Topic<S>): void {
    this.#covered.delete(topic);
    this.#topics.delete(topic.name);
  }
}
