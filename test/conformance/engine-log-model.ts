/** Logs as naive as can be: arrays that are filtered. */
import fc from 'fast-check';
import type { Retention } from '../../src/model/topic-log.js';

const anyTopic = fc.constantFrom('a', 'b', 'c');
const anyRange = { topic: anyTopic, after: fc.nat(25), max: fc.nat(8) };

/** One thing done to logs. */
export const anyLogStep = fc.oneof(
  { weight: 6, arbitrary: appendOf(fc.integer({ min: 1, max: 45 })) },
  // Too large for a topic, and for all.
  { weight: 1, arbitrary: appendOf(fc.constantFrom(120, 121, 201)) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.nat(40) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('read' as const), ...anyRange }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('readLatest' as const), ...anyRange }) },
);

interface Kept {
  readonly topic: string;
  readonly key: string | undefined;
  readonly bytes: number;
  readonly offset: number;
  readonly atMs: number;
}

interface Range {
  readonly topic: string;
  readonly after: number;
  readonly max: number;
}

interface ModelPage {
  readonly first: number;
  readonly last: number;
  readonly offsets: number[];
}

/** All topics have one retention: where ages differ, who goes first would depend on when the old ones are noticed. */
export class LogModel {
  readonly #retention: Retention;
  readonly #allBytesMax: number;
  readonly #last = new Map<string, number>();
  #kept: Kept[] = [];
  #nowMs = 0;

  constructor(retention: Retention, allBytesMax: number) {
    this.#retention = retention;
    this.#allBytesMax = allBytesMax;
  }

  advance(byMs: number): void {
    this.#nowMs += byMs;
    this.#kept = this.#kept.filter(({ atMs }) => atMs > this.#nowMs - this.#retention.ageMs);
  }

  append({ topic, key, bytes }: Pick<Kept, 'topic' | 'key' | 'bytes'>): number {
    const offset = this.#lastOf(topic) + 1;
    this.#last.set(topic, offset);
    this.#kept.push({ topic, key, bytes, offset, atMs: this.#nowMs });
    const { messages, bytes: bytesMax } = this.#retention;
    const isTooLarge = bytes > Math.min(bytesMax, this.#allBytesMax);
    while (this.#of(topic).length > messages || sum(this.#of(topic)) > bytesMax || (isTooLarge && this.#of(topic)[0])) {
      this.#drop(this.#of(topic)[0] as Kept);
    }
    while (sum(this.#kept) > this.#allBytesMax) this.#drop(this.#kept[0] as Kept);
    return offset;
  }

  read({ topic, after, max }: Range): ModelPage {
    return this.#page(
      topic,
      this.#of(topic)
        .filter(({ offset }) => offset > after)
        .slice(0, max),
    );
  }

  readLatest({ topic, after, max }: Range): ModelPage {
    const behind = this.#of(topic).filter(({ offset }) => offset > after);
    const latest = behind.filter(({ key }, i) => !behind.slice(i + 1).some((later) => later.key === key));
    return this.#page(topic, latest.slice(0, max));
  }

  #page(topic: string, kept: readonly Kept[]): ModelPage {
    const last = this.#lastOf(topic);
    return { first: this.#of(topic)[0]?.offset ?? last + 1, last, offsets: kept.map(({ offset }) => offset) };
  }

  #lastOf(topic: string): number {
    return this.#last.get(topic) ?? 0;
  }

  #of(topic: string): Kept[] {
    return this.#kept.filter((kept) => kept.topic === topic);
  }

  #drop(kept: Kept): void {
    this.#kept.splice(this.#kept.indexOf(kept), 1);
  }
}

function sum(kept: readonly Kept[]): number {
  return kept.reduce((bytes, each) => bytes + each.bytes, 0);
}

function appendOf(bytes: fc.Arbitrary<number>) {
  const key = fc.constantFrom(undefined, 'k', 'l', 'm', 'n');
  return fc.record({ kind: fc.constant('append' as const), topic: anyTopic, key, bytes });
}
