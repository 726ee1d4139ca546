/** The log of one topic, as nouns: a message that is to be appended, one that was, and where a log stands. */
import type { Payload } from './codec.js';

/** What is published. It is handed over: nobody may change `data` afterwards. */
export interface NewMessage {
  readonly topic: string;
  /** Any value of the common model. */
  readonly data: unknown;
  /** For those who only want the newest of each key; messages without one are one key. */
  readonly key: string | undefined;
  /** What it counts for in the bounds of logs. */
  readonly bytes: number;
}

/** A message with its place in the log. The same object for all who read it, so that it is encoded once for each codec. */
export interface LogEntry extends NewMessage {
  readonly epoch: string;
  /** 1, 2, … in the order the log was written. */
  readonly offset: number;
  /** Milliseconds by the clock. */
  readonly atMs: number;
  /** Its whole `message` frame, once somebody needed it. */
  json: Payload | undefined;
  msgpack: Payload | undefined;
}

/** Where a log stands. Empty: `first` is `last` + 1. */
export interface LogPosition {
  /** Changes whenever offsets can no longer be told to continue those from before. */
  readonly epoch: string;
  /** Offset of the oldest message held. */
  readonly first: number;
  /** Offset of the newest message ever appended in this epoch; 0 for none. */
  readonly last: number;
}

/** Some messages of a log, and where it stood when they were read. */
export interface LogPage extends LogPosition {
  /** In the order of their offsets. */
  readonly entries: readonly LogEntry[];
}

/** How much of a topic is held: beyond any of these its oldest messages go. */
export interface Retention {
  readonly messages: number;
  readonly bytes: number;
  readonly ageMs: number;
}

/** One who is subscribed to a topic. */
export interface Member {
  /** Of the session. */
  readonly id: string;
  /** Absent when anonymous. */
  readonly identity?: string | undefined;
}
