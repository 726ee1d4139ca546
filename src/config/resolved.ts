/** The configuration with nothing left out: defaults that depend on other keys are filled in. */
import type { z } from 'zod';
import { sections } from './sections.js';

/** What the sections give by themselves: their own defaults applied, dependent ones still missing. */
export type Parsed = { [Name in keyof typeof sections]: z.output<(typeof sections)[Name]> };

/** `Parsed`, with every dependent default. */
export interface Sections
  extends Omit<Parsed, 'budget' | 'window' | 'session' | 'resume' | 'reply' | 'breaker' | 'drain'> {
  budget: Filled<Parsed['budget']>;
  window: Filled<Parsed['window']>;
  session: Filled<Parsed['session']>;
  resume: Filled<Parsed['resume']>;
  reply: Filled<Parsed['reply']>;
  breaker: Filled<Parsed['breaker']>;
  drain: Filled<Parsed['drain']>;
}

/** Fills in what depends on other keys. Sections that are missing stay missing. */
export function withDependentDefaults(parsed: Partial<Parsed>): Partial<Sections> {
  const { budget, window, session, resume, reply, breaker, drain, pipelines, ...rest } = parsed;
  return {
    ...rest,
    // There is always a pipeline for handlers that name none.
    ...(pipelines && { pipelines: { default: sections.pipelines.parse(undefined).default as Pipeline, ...pipelines } }),
    ...(budget && { budget: { ...budget, reserve: budget.reserve ?? Math.max(1, Math.floor(budget.items / 16)) } }),
    ...(window && {
      window: { ...window, initial: window.initial ?? within(64, window.min, window.max) },
    }),
    ...(session && {
      session: {
        ...session,
        longIdleMs: session.longIdleMs ?? Math.max(30_000, session.idleMs),
        outboxHighWaterBytes: session.outboxHighWaterBytes ?? Math.min(65_536, session.outboxBytesMax >> 1),
      },
    }),
    // What is kept covers what may wait for a client that is closed as slow, here and in the kernel's own buffers.
    ...(resume && {
      resume: {
        ...resume,
        bytesMax: resume.bytesMax ?? (session?.outboxBytesMax ?? mib) + 8 * mib,
      },
    }),
    ...(reply && { reply: wholeReply(reply, session?.outboxBytesMax ?? mib, budget?.bytes ?? mib) }),
    ...(breaker && { breaker: { ...breaker, openMsMax: breaker.openMsMax ?? Math.max(30_000, breaker.openMs) } }),
    ...(drain && { drain: { ...drain, spreadMs: drain.spreadMs ?? Math.min(5000, drain.deadlineMs) } }),
  };
}

type Filled<Section> = { [Key in keyof Section]-?: NonNullable<Section[Key]> };
type Pipeline = Parsed['pipelines'][string];

const mib = 1_048_576;

function wholeReply(reply: Parsed['reply'], outboxBytesMax: number, budgetBytes: number): Sections['reply'] {
  return {
    bytesMax: reply.bytesMax ?? Math.min(mib, outboxBytesMax),
    allBytesMax: reply.allBytesMax ?? Math.max(outboxBytesMax, Math.floor(budgetBytes / 4)),
  };
}

function within(value: number, min: number, max: number): number {
  return Math.max(min, Math.min(max, value));
}
