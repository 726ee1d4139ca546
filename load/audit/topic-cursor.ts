/**
 * Follows one topic of one subscription: offsets rise, and what is missing was told by a gap before the first message
 * behind it. After a resume messages may come again until the first new one. The client keeps its place by it, and the
 * audit its rules.
 */
import type { Frame } from './audit-event.js';
import { covered, type Range, without } from './ranges.js';
import type { Finding } from './verdict.js';

/** Told of everything that is not as it should be. */
export type Report = (kind: Finding['kind'], message: string) => void;

/** Of these offsets some do not come, as was told. Those that do come all the same, and all of them behind the gap. */
interface Gap {
  readonly from: number;
  readonly to: number;
  /** How many do come; undefined where a later gap over a part of it leaves that open. */
  readonly promised: number | undefined;
  readonly delivered: Set<number>;
  /** False when a resume came since: some that were left out may come after all. */
  isExact: boolean;
}

export class TopicCursor {
  /** Undefined where nobody told it, as to patterns. */
  epoch: string | undefined;
  /** Everything up to this offset came or was told to be missing. */
  position: number;
  readonly #report: Report;
  /** Where it began: nothing at or below comes. */
  #start: number;
  #missing: Range[] = [];
  /** Those that are not behind the position, in order. A resume may tell one before what lies in front of it. */
  #gaps: Gap[] = [];
  #isReplaying = false;
  /** Highest offset of the current connection. */
  #onConnection = 0;

  /** Messages come from behind `position` on. */
  constructor(epoch: string | undefined, position: number, report: Report) {
    this.epoch = epoch;
    this.position = position;
    this.#start = position;
    this.#report = report;
  }

  /** @returns whether it is new, and not one that comes again */
  message(offset: number): boolean {
    const isRising = offset > this.#onConnection;
    this.#onConnection = Math.max(this.#onConnection, offset);
    for (const gap of this.#gaps) if (offset >= gap.from && offset <= gap.to) gap.delivered.add(offset);
    if (offset > this.position) {
      this.#advance(offset);
      return true;
    }
    if (covered(this.#missing, [offset, offset]) === 1) {
      this.#missing = without(this.#missing, [offset, offset]);
      this.#report('reordered', `expected offset ${offset} in its turn, got it after ${this.position}`);
      return true;
    }
    if (offset <= this.#start) this.#report('unexpected', `expected nothing up to ${this.#start}, got ${offset}`);
    else if (!this.#isReplaying) this.#report('duplicated', `expected offsets above ${this.position}, got ${offset}`);
    else if (!isRising) this.#report('duplicated', `expected offsets to rise after a resume, got ${offset} again`);
    return false;
  }

  /** A gap of this topic; the client has checked that its numbers are some. */
  gap({ from, to, count, reason, epoch }: Frame): void {
    if (reason === 'reset') this.#reset(epoch);
    else this.#range(from as number, to as number, count as number, reason === 'conflated');
  }

  /** The session was taken up again: what was on its way may come once more. */
  resumed(): void {
    // What lies behind them had come on the old connection: they were left out there, whatever comes now.
    this.#lose();
    this.#isReplaying = true;
    this.#onConnection = 0;
    for (const gap of this.#gaps) gap.isExact = false;
  }

  /** Nothing more is to come. @param isAtRest everything that was to come had the time to */
  end(isAtRest: boolean): void {
    if (isAtRest) for (const gap of this.#gaps) this.#pass(gap);
    this.#gaps = [];
    this.#lose();
  }

  #lose(): void {
    for (const [from, to] of this.#missing) {
      this.#report('lost', `expected offsets ${from} to ${to}, or a gap that says so, got neither`);
    }
    this.#missing = [];
  }

  #advance(offset: number): void {
    this.#isReplaying = false;
    for (let gap = this.#gaps[0]; gap !== undefined && gap.from <= offset; gap = this.#gaps[0]) {
      this.#skip(gap.from - 1);
      if (offset <= gap.to) break;
      this.#gaps.shift();
      this.#pass(gap);
    }
    const [first] = this.#gaps;
    if (first === undefined || first.from > offset) this.#skip(offset - 1);
    this.position = offset;
    this.#settle();
  }

  /** Nothing told of what lies between. */
  #skip(to: number): void {
    if (to > this.position) this.#missing.push([this.position + 1, to]);
    this.position = Math.max(this.position, to);
  }

  /** A message behind it has come. */
  #pass({ from, to, promised, delivered, isExact }: Gap): void {
    this.#skip(from - 1);
    this.position = Math.max(this.position, to);
    if (promised === undefined) return;
    const words = `expected ${promised} of the offsets ${from} to ${to}, as the gap of them says, got ${delivered.size}`;
    if (delivered.size < promised) this.#report('lost', words);
    else if (delivered.size > promised && isExact) this.#report('unexpected', words);
  }

  /** Where nothing is to come of a gap, its end is as good as a message. */
  #settle(): void {
    for (let gap = this.#gaps[0]; gap !== undefined && gap.from <= this.position + 1; gap = this.#gaps[0]) {
      if (gap.promised !== 0 && gap.to > this.position) return;
      this.#gaps.shift();
      this.#pass(gap);
    }
  }

  #reset(epoch: unknown): void {
    if (typeof epoch !== 'string' || epoch === this.epoch) {
      this.#report('unexpected', `expected a reset to a new epoch, got ${String(epoch)} after ${this.epoch}`);
    }
    this.end(false);
    this.epoch = String(epoch);
    this.position = 0;
    this.#start = 0;
    this.#isReplaying = false;
    this.#onConnection = 0;
  }

  #range(from: number, to: number, count: number, isConflated: boolean): void {
    const length = to - from + 1;
    if (!(from >= 1 && length >= 1)) {
      this.#report('unexpected', `expected a gap over offsets from 1 on, got one from ${from} to ${to}`);
      return;
    }
    const isRight = isConflated ? count >= 1 && count <= length : count === length;
    if (!isRight) this.#report('unexpected', `expected a gap from ${from} to ${to} to count ${length}, got ${count}`);
    if (from <= this.position && !this.#isReplaying) this.#lateGap(from, to);
    this.#missing = without(this.#missing, [from, to]);
    this.#gaps = this.#gaps.flatMap((gap) => this.#without(gap, from, to));
    if (to <= this.position) return;
    this.#gaps.push({ from, to, promised: Math.max(0, length - count), delivered: new Set(), isExact: true });
    this.#gaps.sort((one, other) => one.from - other.from);
    this.#settle();
  }

  /** A newer gap stands for an older one where both are. */
  #without(gap: Gap, from: number, to: number): Gap[] {
    if (gap.to < from || gap.from > to) return [gap];
    const parts: Gap[] = [];
    if (gap.from < from && gap.from <= this.position + 1) this.position = Math.max(this.position, from - 1);
    else if (gap.from < from) parts.push({ ...gap, to: from - 1, promised: undefined });
    if (gap.to > to) parts.push({ ...gap, from: to + 1, promised: undefined });
    return parts;
  }

  #lateGap(from: number, to: number): void {
    const late: Range = [from, Math.min(to, this.position)];
    const words = `expected the gap from ${from} to ${to} before what lies behind it`;
    if (covered(this.#missing, late) === late[1] - late[0] + 1) {
      this.#report('unexpected', `${words}, got it after offset ${this.position}`);
    } else this.#report('unexpected', `${words}, got one over what had come, up to ${this.position}`);
  }
}
