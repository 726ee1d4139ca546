/** What topics need of an engine. Structurally its `Logs` and `Presence`, whose documentation says what may be relied on. */
import type { LogEntry, LogPage, LogPosition, Member, NewMessage } from '../model/topic-log.js';

/** At once where it can be, a promise where it takes time. */
export type Answer<T> = T | Promise<T>;

/** The logs. */
export interface TopicLogs {
  append(message: NewMessage): Answer<LogEntry>;
  position(topic: string): Answer<LogPosition>;
  read(topic: string, after: number, max: number): Answer<LogPage>;
  readLatest(topic: string, after: number, max: number): Answer<LogPage>;
  follow(follower: { appended(entry: LogEntry): void; reset(topic: string, epoch: string): void }): void;
  hold(topic: string): void;
  release(topic: string): void;
}

/** Who is there. */
export interface TopicPresence {
  join(topic: string, member: Member): Answer<number>;
  leave(topic: string, memberId: string): Answer<number>;
  count(topic: string): Answer<number>;
  members(topic: string): Answer<readonly Member[]>;
}
