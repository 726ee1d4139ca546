/**
 * An entry of a log in memory, with the links by which the engine holds it: in one list of all entries, in the order of
 * time, and in another of those of its log that are the newest of their keys. Once it is not held they are undefined, so
 * that whoever still has it has nothing else with it.
 */
import type { Payload } from '../model/codec.js';
import type { LogEntry, NewMessage } from '../model/topic-log.js';

/** The log an entry is the next one of. */
export interface EntryLog {
  readonly topic: string;
  readonly epoch: string;
  readonly last: number;
}

export class MemoryEntry implements LogEntry {
  readonly topic: string;
  readonly data: unknown;
  readonly key: string | undefined;
  readonly bytes: number;
  readonly epoch: string;
  readonly offset: number;
  readonly atMs: number;
  json: Payload | undefined = undefined;
  msgpack: Payload | undefined = undefined;
  older: MemoryEntry | undefined = undefined;
  newer: MemoryEntry | undefined = undefined;
  olderLatest: MemoryEntry | undefined = undefined;
  newerLatest: MemoryEntry | undefined = undefined;

  /** @param key that of the message, or an equal string that is kept already */
  constructor(log: EntryLog, message: NewMessage, key: string | undefined, atMs: number) {
    // The log's own string: the message's would stay in memory once for each message.
    this.topic = log.topic;
    this.data = message.data;
    this.key = key;
    this.bytes = message.bytes;
    this.epoch = log.epoch;
    this.offset = log.last + 1;
    this.atMs = atMs;
  }
}
