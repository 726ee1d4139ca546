/**
 * The kinds of values a configuration is made of. Each knows how to say what it expects, so that every refusal reads
 * *expected X, got Y*, and carries its description, unit and default into the JSON Schema.
 */
import { z } from 'zod';

/** What is told of every key. */
interface Told {
  readonly description: string;
}

/** A whole number inside bounds. */
export interface WholeOptions extends Told {
  /** What is counted: bytes, ms, events, …; part of every message. */
  readonly unit: string;
  readonly min: number;
  readonly max: number;
}

/** A whole number with a default. */
export function whole(options: WholeOptions & { readonly default: number }) {
  return bounded(options)
    .default(options.default)
    .meta({ description: wholeDescription(options) });
}

/** A whole number that may be left out: what then holds depends on other keys, or on the handler. */
export function optionalWhole(options: WholeOptions) {
  return bounded(options)
    .optional()
    .meta({ description: wholeDescription(options) });
}

/** A whole number that has to be given. */
export function requiredWhole(options: WholeOptions) {
  return bounded(options).meta({ description: wholeDescription(options) });
}

/** True or false, with a default. */
export function toggle(options: Told & { readonly default: boolean }) {
  return boolean().default(options.default).meta({ description: options.description });
}

/** True or false, or left out. */
export function optionalToggle({ description }: Told) {
  return boolean().optional().meta({ description });
}

/** One of a few words, or left out. `but` is added to the message, for a word one might try. */
export function optionalChoice<const Word extends string>(
  words: readonly Word[],
  { description, but = '' }: Told & { readonly but?: string },
) {
  return z
    .enum(words, expects(`${listed(words)}${but}`))
    .optional()
    .meta({ description });
}

/** One of a few words, with a default. */
export function choice<const Word extends string>(
  words: readonly Word[],
  options: Told & { readonly default: NoInfer<Word> },
) {
  return z
    .enum(words, expects(listed(words)))
    .default(options.default)
    .meta({ description: options.description });
}

/** Text of a form; `expected` says which. */
export function text({ pattern, expected }: { readonly pattern: RegExp; readonly expected: string }) {
  return z.string(expects(expected)).regex(pattern, expects(expected));
}

/** A map of known keys. Absent is the same as empty. */
export function section<Shape extends z.ZodRawShape>(shape: Shape, { description }: Told) {
  return z.strictObject(shape, expects('a map')).meta({ description });
}

/** The message of a schema: what it expects, and what it got instead. */
export function expects(expected: string) {
  return { error: ({ input }: { readonly input?: unknown }) => `expected ${expected}, got ${shown(input)}` };
}

/** A value as a message shows it: short, on one line, text in quotes. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(value.length > shownCharactersMax ? `${value.slice(0, shownCharactersMax)}…` : value);
}

/** `a, b or c`. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

const shownCharactersMax = 60;

function boolean() {
  return z.boolean(expects('true or false'));
}

function bounded({ unit, min, max }: WholeOptions) {
  const what = unit === '' ? 'a whole number' : `a whole number of ${unit}`;
  // Aborts: a number out of its own bounds is not compared with others.
  const range = { ...expects(`${what} from ${min} to ${max}`), abort: true };
  return z.int(range).min(min, range).max(max, range);
}

function wholeDescription({ description, unit }: WholeOptions): string {
  return unit === '' ? description : `${description} Unit: ${unit}.`;
}
