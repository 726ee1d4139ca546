/**
 * What a subscriber was told of a topic, held against the promise: messages in order, and nothing missing that was not
 * announced before.
 */
import type { Frame } from './test-client.js';

export interface TopicStory {
  /** Of the messages that came, each once. */
  readonly offsets: readonly number[];
  readonly data: readonly unknown[];
  readonly gaps: readonly Frame[];
  /** Messages that came again. */
  readonly repeats: number;
  /** How many were announced as not coming. */
  readonly lost: number;
  /** Breaches of the promise. */
  readonly faults: readonly string[];
}

export interface TopicStoryOptions {
  readonly topic: string;
  /** Of the subscription. */
  readonly id: unknown;
  /** Messages and gaps carry the id. */
  readonly isMetered?: boolean;
  /** Where it begins; otherwise `subscribed` says it. */
  readonly after?: number;
  /** Its connection was cut: the gateway may not know how far it came, and may begin a gap before that. */
  readonly wasCut?: boolean;
}

/** Reads the story of one subscription out of all frames of a client, in the order they came. */
export function topicStory(frames: readonly Frame[], options: TopicStoryOptions): TopicStory {
  const { topic, id, isMetered = false, wasCut = false } = options;
  const messageId = isMetered ? id : undefined;
  const offsets: number[] = [];
  const data: unknown[] = [];
  const gaps: Frame[] = [];
  const faults: string[] = [];
  let repeats = 0;
  const announced = new Set<number>();
  let lost = 0;
  let start = options.after;
  let last = start ?? -1;
  for (const frame of frames) {
    if (frame.op === 'subscribed' && frame.id === id && start === undefined) {
      start = frame.offset as number;
      last = start;
    }
    if (frame.topic !== topic || frame.id !== messageId) continue;
    if (start === undefined) faults.push(`before subscribed: ${JSON.stringify(frame).slice(0, 200)}`);
    if (frame.op === 'gap') {
      const told = newlyTold(frame, announced, last);
      if (!isPossible(frame, told, wasCut ? -1 : last))
        faults.push(`after ${last} expected another gap than ${JSON.stringify(frame)}`);
      gaps.push(frame);
      lost += frame.reason === 'conflated' ? (frame.count as number) : told.lost;
    }
    if (frame.op !== 'message') continue;
    const offset = frame.offset as number;
    if (offset <= last) {
      repeats += 1;
      continue;
    }
    const untold = firstUntold(gaps, last + 1, offset - 1);
    if (untold !== undefined) faults.push(`${offset} came after ${last}, and nothing was told of ${untold}`);
    if (announced.has(offset)) faults.push(`${offset} came though it would not`);
    last = offset;
    offsets.push(offset);
    data.push(frame.data);
  }
  const told = Math.max(last, ...gaps.map(({ to }) => to as number));
  const missing = told - (start ?? 0) - offsets.length;
  if (told === last && missing !== lost) faults.push(`${missing} are missing up to ${last}, ${lost} were announced`);
  return { offsets, data, gaps, repeats, lost, faults };
}

interface Told {
  /** Offsets of the gap of which no gap before it said that they will not come. */
  readonly fresh: number;
  /** Those among them that had not come either. */
  readonly lost: number;
}

/** Notes what a gap says will not come: all of it, unless it is conflated. */
function newlyTold({ from, to, reason }: Frame, announced: Set<number>, last: number): Told {
  let fresh = 0;
  let lost = 0;
  for (let offset = from as number; reason !== 'conflated' && offset <= (to as number); offset += 1) {
    if (announced.has(offset)) continue;
    announced.add(offset);
    fresh += 1;
    if (offset > last) lost += 1;
  }
  return { fresh, lost };
}

/** Whether a gap can be: behind what came, and with a count of all of it, or of what was not told yet. */
function isPossible(gap: Frame, { fresh }: Told, after: number): boolean {
  const { from, to, count, reason } = gap as unknown as { from: number; to: number; count: number; reason: string };
  const size = to - from + 1;
  if (!(from > after && size >= 1 && count >= 1 && count <= size)) return false;
  return reason === 'conflated' || count === size || count === fresh;
}

function firstUntold(gaps: readonly Frame[], from: number, to: number): number | undefined {
  for (let offset = from; offset <= to; offset += 1) {
    const gap = gaps.find((each) => covers(each, offset));
    if (gap === undefined) return offset;
    offset = gap.to as number;
  }
  return undefined;
}

function covers({ from, to }: Frame, offset: number): boolean {
  return (from as number) <= offset && offset <= (to as number);
}
