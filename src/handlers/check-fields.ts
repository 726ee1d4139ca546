/** Checks of fields that declarations of several kinds have, with messages that name what was declared. */
import { limits } from '../protocol/limits.js';
import { isTopicPattern } from '../protocol/topics.js';

/** Throws about a field what was expected of it. */
export type Refuse = (field: string, expected: string) => never;

/** @param what the kind and name of what is declared, as in `processor "tick.*"` */
export function refusing(what: string): Refuse {
  return (field, expected) => {
    throw new TypeError(`${what}: expected ${field} to be ${expected}`);
  };
}

/** The fields of a route that are not code. */
export interface RouteFields {
  readonly input?: unknown;
  readonly pipeline?: unknown;
  readonly priority?: unknown;
  readonly ttlMs?: unknown;
  readonly timeoutMs?: unknown;
  readonly order?: unknown;
  readonly retry?: unknown;
}

/** The names of {@link RouteFields}. */
export const routeFields = ['input', 'pipeline', 'priority', 'ttlMs', 'timeoutMs', 'order', 'retry'] as const;

/** Refuses the first of them that is wrong. */
export function checkRouteFields(fields: RouteFields, refuse: Refuse): void {
  const { input, pipeline, priority, ttlMs, timeoutMs, order, retry } = fields;
  if (input !== undefined && !isSchema(input)) refuse('input', 'a schema of the Standard Schema family');
  if (pipeline !== undefined && !isFilled(pipeline)) refuse('pipeline', 'the name of a pipeline');
  if (priority !== undefined && !['high', 'normal', 'low'].includes(priority as string)) {
    refuse('priority', "'high', 'normal' or 'low' (critical is asked for by an event)");
  }
  if (ttlMs !== undefined && !isAtLeast(ttlMs, 0)) refuse('ttlMs', 'milliseconds, 0 or more');
  if (timeoutMs !== undefined && !isAtLeast(timeoutMs, 1)) refuse('timeoutMs', 'milliseconds, 1 or more');
  if (order !== undefined && order !== 'key' && order !== 'none') refuse('order', "'key' or 'none'");
  if (retry !== undefined && !isFrom1((retry as { attempts?: unknown } | null)?.attempts)) {
    refuse('retry.attempts', 'a whole number, 1 or more');
  }
}

/** A finite number from `min` on. */
export function isAtLeast(value: unknown, min: number): value is number {
  return typeof value === 'number' && value >= min && value < Number.POSITIVE_INFINITY;
}

/** Whether a value can be the type of a route: an event's type, or a pattern. */
export function isTypePattern(value: unknown): value is string {
  return typeof value === 'string' && value.length <= limits.typeBytesMax && isTopicPattern(value);
}

/** What a pattern is made of, for messages. */
export const patternText = 'dot-separated tokens of A-Z a-z 0-9 _ -, or * for a token and > for the rest';

function isFrom1(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1;
}

function isFilled(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function isSchema(value: unknown): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  const standard = (value as { '~standard'?: { validate?: unknown } })['~standard'];
  return typeof standard?.validate === 'function';
}
