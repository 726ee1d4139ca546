/** The keys of what outlives a message: topics and their logs, sessions that are taken up again, remembered outcomes. */
import { z } from 'zod';
import { timerMsMax } from '../model/clock.js';
import { limits } from '../protocol/limits.js';
import { patternSource } from '../protocol/topics.js';
import { choice, expects, optionalChoice, optionalWhole, section, text, whole } from './fields.js';

const kib = 1024;
const mib = 1024 * kib;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Who is seen to be subscribed. */
const presences = ['none', 'count', 'members'] as const;

const topicPattern = text({
  pattern: new RegExp(`^(?=.{1,${limits.topicBytesMax}}$)${patternSource}$`),
  expected: 'a topic: dot-separated tokens of A-Z a-z 0-9 _ -, * for one token, > for the rest',
});

/** A list of topics and patterns. */
export function topicPatterns(options: { readonly default: readonly string[]; readonly description: string }) {
  return z
    .array(topicPattern, expects('a list of topics'))
    .max(1024, expects('a list of at most 1024 topics'))
    .default([...options.default])
    .meta({ description: options.description });
}

const messages = { unit: 'messages', min: 0, max: 2 ** 24 } as const;
const bytes = { unit: 'bytes', min: 0, max: 2 ** 40 } as const;
const age = { unit: 'ms', min: 1, max: timerMsMax } as const;

const ofPattern = section(
  {
    messages: optionalWhole({ ...messages, description: 'As `topics.messages`.' }),
    bytes: optionalWhole({ ...bytes, description: 'As `topics.bytes`.' }),
    ageMs: optionalWhole({ ...age, description: 'As `topics.ageMs`.' }),
    presence: optionalChoice(presences, { description: 'As `topics.presence`.' }),
  },
  { description: 'What holds for the topics of one pattern.' },
);

/** Section → its schema: part of `sections`. */
export const topicSections = {
  topics: section(
    {
      max: whole({
        unit: 'topics',
        min: 1,
        max: 2 ** 24,
        default: 100_000,
        description:
          'Topics that are held. For another one the oldest messages of all make room; with subscribers to each of them, ' +
          'what is published to another is refused.',
      }),
      allBytesMax: whole({
        unit: 'bytes',
        min: kib,
        max: 2 ** 40,
        default: 128 * mib,
        description: 'Bytes of all logs together; beyond, the oldest messages of all go.',
      }),
      idleMs: whole({
        unit: 'ms',
        min: 1,
        max: timerMsMax,
        default: 60_000,
        description: 'Time after which a topic that is empty and has no subscriber is forgotten.',
      }),
      messages: whole({ ...messages, default: 1024, description: 'Messages that a topic holds.' }),
      bytes: whole({ ...bytes, default: mib, description: 'Bytes of the messages that a topic holds.' }),
      ageMs: whole({ ...age, default: 300_000, description: 'Age up to which a topic holds messages.' }),
      behindMax: whole({
        unit: 'topics',
        min: 1,
        max: 2 ** 24,
        default: 16_384,
        description:
          'Topics in which one subscription to a pattern may be behind, or unconfirmed; beyond, it ends. Stream ' +
          'processors have no such bound.',
      }),
      streamsMax: whole({
        unit: 'streams',
        min: 0,
        max: 2 ** 20,
        default: 10_000,
        description: 'Streams of messages over HTTP (`GET /v1/topics/…`) that may be open at once.',
      }),
      presence: choice(presences, {
        default: 'none',
        description:
          'What is told of subscribers coming and going, on the topic `_presence.` and the name: nothing, how many ' +
          'there are, or also who.',
      }),
      of: z
        .record(topicPattern, ofPattern, expects('a map of topics'))
        .default({})
        .meta({ description: 'Topic or pattern → what holds for it instead; the most specific wins, key by key.' }),
    },
    { description: 'Topics: what their logs hold, and what is told of their subscribers.' },
  ).prefault({}),
  resume: section(
    {
      ms: whole({
        unit: 'ms',
        min: 0,
        max: hourMs,
        default: 30_000,
        description: 'Time a session waits for its client to come back, if it asked for that; 0 is: none does.',
      }),
      bytesMax: optionalWhole({
        unit: 'bytes',
        min: kib,
        max: 1024 * mib,
        description:
          'Bytes kept of what a client has not said to have received. Default: `session.outboxBytesMax` and 8388608, for ' +
          'what may be in the buffers of the kernel.',
      }),
      allBytesMax: whole({
        unit: 'bytes',
        min: kib,
        max: 2 ** 40,
        default: 128 * mib,
        description:
          'As `bytesMax`, for all sessions together: beyond, those whose clients are away end, those away the longest ' +
          'first; then those with most that nobody acknowledges forget it, and cannot be taken up again where they were.',
      }),
    },
    { description: 'Sessions that outlive their socket.' },
  ).prefault({}),
  idempotency: section(
    {
      entriesMax: whole({
        unit: 'outcomes',
        min: 1,
        max: 2 ** 24,
        default: 100_000,
        description: 'Outcomes remembered of events with `idem`; beyond, the oldest go.',
      }),
      bytesMax: whole({
        unit: 'bytes',
        min: kib,
        max: 2 ** 40,
        default: 32 * mib,
        description: 'Bytes of all remembered outcomes.',
      }),
      ms: whole({
        unit: 'ms',
        min: 1,
        max: 7 * dayMs,
        default: 600_000,
        description: 'Time for which an outcome is remembered.',
      }),
    },
    { description: 'Events that are sent again: what is remembered of them.' },
  ).prefault({}),
};
