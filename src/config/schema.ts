/**
 * The configuration of a gateway: its type, its defaults, and the way from what a user wrote to a whole, checked,
 * frozen value. Each key is declared in `sections.ts`.
 */
import type { z } from 'zod';
import { ConfigError, type Path, type Problem } from './config-error.js';
import { crossChecks } from './cross-checks.js';
import { shown } from './fields.js';
import { keyTree } from './key-tree.js';
import { isMap } from './plain-map.js';
import { type Parsed, type Sections, withDependentDefaults } from './resolved.js';
import { sections } from './sections.js';
import { unknownKey } from './unknown-key.js';

/** A whole, checked configuration, frozen to its depth. Every key is there but those of `routes`. */
export type Config = Frozen<Sections>;

/** A configuration as a user writes it: whatever is left out has a default. */
export type ConfigParts = { readonly [Name in keyof typeof sections]?: z.input<(typeof sections)[Name]> };

/**
 * Fills in the defaults and checks everything.
 * @param parts sections with their keys; a value that is no configuration at all is refused like a wrong key
 * @throws ConfigError with every problem, each as `path: expected X, got Y`
 */
export function resolveConfig(parts: ConfigParts | Readonly<Record<string, unknown>> = {}): Config {
  const { config, problems } = checkConfig(parts);
  if (config === undefined) throw new ConfigError(problems);
  return config;
}

/** What {@link resolveConfig} does, without throwing. The config is undefined when there are problems. */
export function checkConfig(value: unknown): { readonly config?: Config; readonly problems: readonly Problem[] } {
  if (!isMap(value)) return { problems: [{ path: [], message: `expected a map of sections, got ${shown(value)}` }] };
  const problems: Problem[] = Object.keys(value)
    .filter((name) => !Object.hasOwn(sections, name))
    .map((name) => unknownKey(keyTree(), [name]));
  const parsed: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(sections)) {
    const result = schema.safeParse(value[name], { reportInput: true });
    const found = [...forbiddenKeys(value[name], [name]), ...problemsOf(result.error?.issues ?? [], [name])];
    if (found.length === 0) parsed[name] = result.data;
    problems.push(...onePerPath(found));
  }
  const whole = withDependentDefaults(parsed as Partial<Parsed>);
  problems.push(...crossChecks(whole));
  if (problems.length > 0) return { problems };
  const inOrder = Object.keys(sections).map((name) => [name, whole[name as keyof Sections]]);
  return { config: freeze(Object.fromEntries(inOrder)) as Config, problems };
}

/** What holds where nobody says otherwise. */
export const defaultConfig: Config = resolveConfig();

type Frozen<T> = T extends (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Frozen<T[Key]> }
    : T;

type Issue = z.core.$ZodIssue;

function problemsOf(issues: readonly Issue[], base: Path): Problem[] {
  return issues.flatMap((issue): Problem[] => {
    const path = [...base, ...(issue.path as (string | number)[])];
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(keyTree(), [...path, key]));
    if (issue.code === 'invalid_key') return [{ path, message: issue.issues[0]?.message ?? '', isKey: true }];
    const inside = issue.code === 'invalid_union' ? insideMap(issue) : [];
    if (inside.length > 0) return problemsOf(inside, path);
    return [{ path, message: issue.message }];
  });
}

/** Where a value may be a map or something else, and is a map with keys: what is wrong with those. */
function insideMap({ input, errors }: z.core.$ZodIssueInvalidUnion): readonly Issue[] {
  if (!isMap(input) || Object.keys(input).length === 0) return [];
  return (
    errors.find((issues) => issues.every(({ code, path }) => code === 'unrecognized_keys' || path.length > 0)) ?? []
  );
}

/** `__proto__` as a key: schemas pass it over in silence. */
function forbiddenKeys(value: unknown, path: Path): Problem[] {
  if (!isMap(value) || path.length > depthMax) return [];
  return Object.keys(value).flatMap((key) =>
    key === '__proto__' ? [unknownKey(keyTree(), [...path, key])] : forbiddenKeys(value[key], [...path, key]),
  );
}

/** Sections, names, keys, and the keys of `retry`, `batch` and `slots`. */
const depthMax = 4;

/** A number may be out of two bounds at once; one message says it all. */
function onePerPath(problems: readonly Problem[]): Problem[] {
  return [
    ...new Map(problems.toReversed().map((problem) => [JSON.stringify(problem.path), problem])).values(),
  ].reverse();
}

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const inner of Object.values(value)) freeze(inner);
  return Object.freeze(value);
}
