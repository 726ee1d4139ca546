/**
 * Where a configuration comes from: one YAML file, then the environment, then flags; the later ones win. Everything
 * that is wrong is told at once, each problem with its place.
 */
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ConfigError, type Path, type Problem } from './config-error.js';
import { environmentSettings } from './environment.js';
import { type Flags, flagSettings } from './flags.js';
import { child, type Key, keyTree } from './key-tree.js';
import { isMap, own } from './plain-map.js';
import { type Config, checkConfig } from './schema.js';
import type { Setting } from './setting.js';
import { readYaml, type YamlText } from './yaml-text.js';

export interface LoadOptions {
  /** Path of the YAML file; without one, defaults take its place. */
  readonly file?: string | undefined;
  /** Variables of the environment; those that start with `SLUICE_` are ours. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly flags?: Flags | undefined;
}

/**
 * Reads, joins and checks a configuration. Paths of handlers and pages become absolute: those of the file start at its
 * folder, others at the working directory.
 * @throws ConfigError with every problem: unreadable file, unknown key, bad value
 */
export function loadConfig({ file, env = {}, flags = {} }: LoadOptions): Config {
  const yaml = file === undefined ? undefined : readFile(file);
  const written = yaml?.value ?? {};
  const root = keyTree();
  const fromEnvironment = environmentSettings(env, root, written);
  const fromFlags = flagSettings(flags, root);
  const settings = [...fromEnvironment.settings, ...fromFlags.settings];

  let value = absolute(written, dirname(file ?? ''));
  for (const setting of settings) value = merge(value, nested(setting), root);
  const { config, problems } = checkConfig(value);
  const all = [
    ...fromEnvironment.problems,
    ...fromFlags.problems,
    ...problems.map((problem) => ({ ...problem, ...placed(problem, settings, yaml, file) })),
  ];
  if (config === undefined || all.length > 0) throw new ConfigError(all);
  return config;
}

/** A file larger than this is no configuration. */
const fileBytesMax = 1_048_576;

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'a folder',
  EACCES: 'no permission to read it',
};

function readFile(file: string): YamlText {
  const refuse = (message: string): never => {
    throw new ConfigError([{ path: [], message, where: file }]);
  };
  let bytes: Uint8Array = new Uint8Array();
  try {
    const { size } = statSync(file);
    if (size > fileBytesMax) refuse(`expected a file of at most ${fileBytesMax} bytes, got ${size}`);
    bytes = readFileSync(file);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const { code = 'an error' } = error as NodeJS.ErrnoException;
    refuse(`expected a file that can be read, got ${Object.hasOwn(reasons, code) ? reasons[code] : code}`);
  }
  let text = '';
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    refuse('expected UTF-8 text');
  }
  const yaml = readYaml(text);
  if (yaml.problems.length === 0) return yaml;
  throw new ConfigError(
    yaml.problems.map(({ place, ...problem }) => ({ ...problem, where: `${file}:${place.line}:${place.column}` })),
  );
}

/** The sections that are lists of paths. */
const pathLists = ['handlers', 'pages'] as const;

/** Makes the paths in these lists absolute; whatever is no path is left for the check to find. */
function absolute(value: unknown, folder: string): unknown {
  if (!isMap(value)) return value;
  let result = value;
  for (const name of pathLists) {
    const paths = own(value, name);
    if (!Array.isArray(paths)) continue;
    result = { ...result, [name]: paths.map((path: unknown) => (isPath(path) ? resolve(folder, path) : path)) };
  }
  return result;
}

function isPath(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && !value.includes('\0');
}

function nested({ path, value }: Setting): unknown {
  const whole = path.reduceRight<unknown>((inner, part) => ({ [part]: inner }), value);
  return absolute(whole, '');
}

/**
 * Maps are joined key by key; everything else replaces. What should be a map and is none stays, to be refused.
 * @param key what both stand at; undefined where there is no such key
 */
function merge(under: unknown, over: unknown, key: Key | undefined): unknown {
  if (!isMap(over)) return over;
  if (under === undefined) return over;
  if (!isMap(under)) return key?.kind === 'section' || key?.kind === 'named' ? under : over;
  const merged: Record<string, unknown> = { ...under };
  for (const [name, value] of Object.entries(over)) {
    Object.defineProperty(merged, name, {
      value: merge(own(under, name), value, child(key, name)),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return merged;
}

/** Points at what was written: the problem itself, else what it depends on, else what it stands in. */
function placed(
  { path, because = [], isKey = false }: Problem,
  settings: readonly Setting[],
  yaml: YamlText | undefined,
  file: string | undefined,
): { readonly where?: string } {
  const inFile = (at: Path, isKeyOfIt: boolean): string | undefined => {
    const place = yaml?.placeOf(at, isKeyOfIt);
    return place && `${file}:${place.line}:${place.column}`;
  };
  const outside = (fits: (setting: Setting) => boolean): string | undefined => settings.findLast(fits)?.where;
  for (const at of [path, ...because]) {
    const where = outside((setting) => gives(setting, at)) ?? inFile(at, isKey && at === path);
    if (where !== undefined) return { where };
  }
  for (let depth = path.length - 1; depth > 0; depth -= 1) {
    const around = path.slice(0, depth);
    const where = inFile(around, false) ?? outside((setting) => around.every((part, i) => setting.path[i] === part));
    if (where !== undefined) return { where };
  }
  return {};
}

/** Whether the setting is that path, or a map around it that has it. */
function gives(setting: Setting, path: Path): boolean {
  if (!setting.path.every((part, index) => path[index] === part)) return false;
  let value = setting.value;
  for (const part of path.slice(setting.path.length)) value = own(value, part);
  return value !== undefined;
}
