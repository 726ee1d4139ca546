/** Hands messages and gaps to subscribers, and counts them. Each message is encoded once for each codec. */
import type { Codec, Payload } from '../model/codec.js';
import { MessageBundle } from '../model/message-bundle.js';
import type { LogEntry } from '../model/topic-log.js';
import type { GapReason } from '../protocol/frames.js';
import { limits } from '../protocol/limits.js';
import type { TopicCursor, TopicSubscription } from './topic-subscription.js';

/** Bytes after which a bundle is full. */
const bundleBytesMax = 64 * 1024;

/** Frames in a bundle. */
const bundleEntriesMax = limits.framesPerMessageMax;

export class Feed {
  readonly #json: Codec;
  readonly #onFailed: (error: unknown, what: string) => void;
  /** Messages given to subscribers, and those they were told will not come. */
  delivered = 0;
  missed = 0;

  constructor(json: Codec, onFailed: (error: unknown, what: string) => void) {
    this.#json = json;
    this.#onFailed = onFailed;
  }

  /** Bundles for all who are to get the same entries. */
  shared(entries: readonly LogEntry[], codec: Codec): MessageBundle[] {
    const bundles: MessageBundle[] = [];
    for (let start = 0; start < entries.length; ) {
      const end = this.bundleEnd(entries, start, codec);
      const part = end - start === entries.length ? entries : entries.slice(start, end);
      bundles.push(this.#bundle(part, codec));
      start = end;
    }
    return bundles;
  }

  /** Where a bundle ends that begins with an entry: behind at least this one. */
  bundleEnd(entries: readonly LogEntry[], start: number, codec: Codec): number {
    const last = Math.min(entries.length, start + bundleEntriesMax);
    let bytes = 0;
    let end = start;
    while (end < last) {
      bytes += codec.byteLength(this.#payload(entries[end] as LogEntry, codec));
      if (bytes > bundleBytesMax && end > start) break;
      end += 1;
    }
    return end;
  }

  /** Delivers at most one bundle of entries, which its credit allows. The caller has moved it behind them. */
  deliver(subscription: TopicSubscription, entries: readonly LogEntry[]): void {
    const { subscriber } = subscription;
    this.delivered += entries.length;
    if (subscription.isMetered) {
      subscription.delivered += entries.length;
      subscriber.deliver(subscription, this.#metered(subscription, entries));
    } else {
      subscriber.deliver(subscription, this.#bundle(entries, subscriber.codec));
    }
  }

  /** Tells that some of the entries behind a cursor will not come. */
  missing(subscription: TopicSubscription, cursor: TopicCursor, gap: Missing): void {
    this.missed += gap.count;
    subscription.subscriber.gap(subscription, { topic: cursor.topic.name, ...gap });
  }

  /** Tells that the log of a topic begins anew. */
  reset(subscription: TopicSubscription, topic: string, epoch: string): void {
    subscription.subscriber.gap(subscription, { topic, from: 1, to: 1, count: 0, reason: 'reset', epoch });
  }

  #bundle(entries: readonly LogEntry[], codec: Codec): MessageBundle {
    const frames: Payload[] = [];
    for (const entry of entries) frames.push(this.#payload(entry, codec));
    return new MessageBundle(entries, frames, codec);
  }

  #metered(subscription: TopicSubscription, entries: readonly LogEntry[]): MessageBundle {
    const { codec } = subscription.subscriber;
    const { id } = subscription.request;
    const frames: Payload[] = [];
    for (const entry of entries) {
      const frame = this.#payload(entry, codec);
      frames.push(id === undefined ? frame : codec.extended(frame, 'id', id));
    }
    return new MessageBundle(entries, frames, codec);
  }

  #payload(entry: LogEntry, codec: Codec): Payload {
    if (!codec.isBinary) {
      entry.json ??= this.#encoded(entry, codec);
      return entry.json;
    }
    entry.msgpack ??= this.#encoded(entry, codec);
    return entry.msgpack;
  }

  /** What JSON takes another codec may refuse, as a function in a map: all get what JSON made of it. */
  #encoded(entry: LogEntry, codec: Codec): Payload {
    const { topic, offset, data, key } = entry;
    try {
      return codec.message(topic, offset, data, key);
    } catch (error) {
      this.#onFailed(error, `message ${offset} of ${topic} as ${codec.name}`);
    }
    try {
      const { data: plain } = JSON.parse(String(this.#json.message(topic, offset, data, key))) as { data: unknown };
      return codec.message(topic, offset, plain, key);
    } catch {
      return codec.message(topic, offset, null, key);
    }
  }
}

/** A part of a log that will not come. */
export interface Missing {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly reason: GapReason;
}
