/** How engines under test are made, and their bounds: wide, but for what a test is about. */
import type { Engine } from '../../src/engine/engine.js';
import type { LogEntry, NewMessage, Retention } from '../../src/model/topic-log.js';

const hourMs = 3_600_000;

/** The bounds an engine is made with. */
export interface EngineBounds {
  readonly logs: {
    readonly topicsMax: number;
    readonly allBytesMax: number;
    readonly idleMs: number;
    readonly retention: (topic: string) => Retention;
  };
  readonly outcomes: { readonly entriesMax: number; readonly bytesMax: number; readonly ms: number };
}

/** An engine with nothing in it, and the time it lives in. */
export interface MadeEngine {
  readonly engine: Engine;
  advance(byMs: number): void;
}

export type MakeEngine = (bounds: EngineBounds) => MadeEngine;

/** So much of a topic that nothing goes, but for what is given. */
export function retaining(bounds: Partial<Retention> = {}): Retention {
  return { messages: 1000, bytes: 1_000_000, ageMs: hourMs, ...bounds };
}

export function logsWithin(logs: Partial<EngineBounds['logs']>): EngineBounds {
  return { ...wideBounds, logs: { ...wideBounds.logs, ...logs } };
}

export function outcomesWithin(outcomes: Partial<EngineBounds['outcomes']>): EngineBounds {
  return { ...wideBounds, outcomes: { ...wideBounds.outcomes, ...outcomes } };
}

export const wideBounds: EngineBounds = {
  logs: { topicsMax: 1000, allBytesMax: 10_000_000, idleMs: hourMs, retention: () => retaining() },
  outcomes: { entriesMax: 1000, bytesMax: 1_000_000, ms: hourMs },
};

export function message(topic: string, fields: Partial<NewMessage> = {}): NewMessage {
  return { topic, data: { of: topic }, key: undefined, bytes: 10, ...fields };
}

export function offsets(entries: readonly LogEntry[]): number[] {
  return entries.map(({ offset }) => offset);
}
