/** One value given outside of the file: by a flag or by a variable of the environment. */
import type { Problem } from './config-error.js';
import type { Key } from './key-tree.js';
import { readYaml } from './yaml-text.js';

export interface Setting {
  readonly path: readonly string[];
  readonly value: unknown;
  /** The flag or variable it came by. */
  readonly where: string;
}

/** What was understood, and what was not. */
export interface Settings {
  readonly settings: readonly Setting[];
  readonly problems: readonly Problem[];
}

/**
 * Turns text into the value of a key: text is taken as it is; a list is YAML when it starts with `[`, and one item
 * otherwise; all else is YAML, so that `true` and `9000` are what they look like, and a whole section can be given as
 * `{ port: 9000 }`.
 * @param texts at least one; where the key is no list the last one counts
 */
export function settingOf(path: readonly string[], key: Key, texts: readonly string[], where: string): Settings {
  const last = texts.at(-1) ?? '';
  if (key.kind === 'text') return { settings: [{ path, value: last, where }], problems: [] };
  if (key.kind === 'list') {
    const parts = texts.map((text) =>
      text.trimStart().startsWith('[') ? readYaml(text) : { value: [text], problems: [] },
    );
    const problems = parts.flatMap((part) => part.problems).map((problem) => ({ ...problem, path, where }));
    return problems.length > 0
      ? { settings: [], problems }
      : { settings: [{ path, value: parts.flatMap(({ value }) => value), where }], problems };
  }
  const { value, problems } = readYaml(last);
  if (problems.length > 0) return { settings: [], problems: problems.map(({ message }) => ({ path, message, where })) };
  return { settings: [{ path, value: value ?? null, where }], problems: [] };
}

/** Joins what several flags or variables gave. */
export function joined(parts: readonly Settings[]): Settings {
  return {
    settings: parts.flatMap(({ settings }) => settings),
    problems: parts.flatMap(({ problems }) => problems),
  };
}
