/** A topic and a subscription to it inside the faulty server of resumed sessions. */
import type { Frame } from './audit-event.js';
import { topicMatches } from './topic-pattern.js';

/** A message of a log. */
export interface FaultyEntry {
  readonly offset: number;
  readonly n: unknown;
  readonly key: string | undefined;
}

export class FaultyLog {
  readonly topic: string;
  readonly epoch: string;
  /** Those that are held, in order. */
  entries: FaultyEntry[] = [];
  last = 0;

  constructor(topic: string) {
    this.topic = topic;
    this.epoch = `epoch-of-${topic}`;
  }

  append(n: unknown, key: string | undefined): number {
    this.last += 1;
    this.entries.push({ offset: this.last, n, key });
    return this.last;
  }

  /** Offset of the oldest that is held. */
  get first(): number {
    return this.entries[0]?.offset ?? this.last + 1;
  }

  at(offset: number): FaultyEntry | undefined {
    return this.entries[offset - this.first];
  }

  /** Behind `after`, of each key the newest. */
  newest(after: number): FaultyEntry[] {
    const newest = new Map<string | undefined, FaultyEntry>();
    for (const entry of this.entries) if (entry.offset > after) newest.set(entry.key, entry);
    return [...newest.values()].sort((one, other) => one.offset - other.offset);
  }
}

/** How far a subscription is. */
export interface Mark {
  readonly positions: ReadonlyMap<string, number>;
  readonly delivered: number;
}

export class FaultySubscription {
  readonly id: unknown;
  readonly pattern: string;
  readonly overflow: string;
  /** Undefined without credit. */
  max: number | undefined;
  delivered = 0;
  /** Topic → the last offset that was sent or left out. */
  positions = new Map<string, number>();
  /** Where it was when the session was last taken up again. */
  sent: ReadonlyMap<string, number> = new Map();
  /** What has arrived for sure. */
  confirmed: Mark = { positions: new Map(), delivered: 0 };
  isOpen = true;
  /** Nothing is delivered any more, though it is open. */
  isStalled = false;

  constructor(frame: Frame) {
    this.id = frame.id;
    this.pattern = String(frame.topic);
    this.overflow = String(frame.overflow ?? 'wait');
    this.max = typeof frame.credit === 'number' ? frame.credit : undefined;
  }

  get isPattern(): boolean {
    return /[*>]/.test(this.pattern);
  }

  matches(topic: string): boolean {
    return topicMatches(this.pattern, topic);
  }

  get allowed(): number {
    return this.max === undefined ? Number.MAX_SAFE_INTEGER : this.max - this.delivered;
  }

  mark(): Mark {
    return { positions: new Map(this.positions), delivered: this.delivered };
  }

  rewind(): void {
    this.sent = this.positions;
    this.positions = new Map(this.confirmed.positions);
    this.delivered = this.confirmed.delivered;
  }
}
