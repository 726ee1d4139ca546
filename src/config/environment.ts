/**
 * Settings from the environment: `SLUICE_LISTEN__PORT` is `listen.port`, `SLUICE_LISTEN__PAYLOAD_BYTES_MAX` is
 * `listen.payloadBytesMax`. Names users choose are matched with those in the file, whatever their case and
 * separators: `SLUICE_PIPELINES__ORDERS__SLOTS`, `SLUICE_ROUTES__ORDER_PLACE__TTL_MS`.
 */
import type { Problem } from './config-error.js';
import { shown } from './fields.js';
import { child, type Key, keyRows } from './key-tree.js';
import { isMap, own } from './plain-map.js';
import { joined, type Settings, settingOf } from './setting.js';
import { similarKey } from './unknown-key.js';

/** @param written what the file says: where names are looked up */
export function environmentSettings(
  environment: Readonly<Record<string, string | undefined>>,
  root: Key,
  written: unknown,
): Settings {
  const parts: Settings[] = [];
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith(prefix) || text === undefined || isOfKubernetes(name, text)) continue;
    const found = resolve(name.slice(prefix.length).split('__'), root, written);
    if (found === undefined) parts.push({ settings: [], problems: [unknownVariable(name)] });
    else parts.push(settingOf(found.path, found.key, [text], name));
  }
  return joined(parts);
}

const prefix = 'SLUICE_';

/** In a cluster with a service called `sluice`, every container is told its address, unasked, in such variables. */
function isOfKubernetes(name: string, text: string): boolean {
  if (name === 'SLUICE_PORT') return /^[a-z]+:\/\//.test(text);
  return /^SLUICE_(?:SERVICE_(?:HOST|PORT(?:_[A-Z0-9_]+)?)|PORT_\d+_(?:TCP|UDP|SCTP)(?:_[A-Z]+)?)$/.test(name);
}

function resolve(
  words: readonly string[],
  root: Key,
  written: unknown,
): { readonly path: readonly string[]; readonly key: Key } | undefined {
  const path: string[] = [];
  let key = root;
  let value = written;
  for (const word of words) {
    const name = nameOf(word, key, value);
    const next = name === undefined ? undefined : child(key, name);
    if (name === undefined || next === undefined) return undefined;
    path.push(name);
    key = next;
    value = own(value, name);
  }
  return { path, key };
}

function nameOf(word: string, key: Key, value: unknown): string | undefined {
  if (key.kind === 'section' || key.kind === 'value')
    return [...key.keys.keys()].find((name) => variableWord(name) === word);
  if (key.kind !== 'named') return undefined;
  const same = Object.keys(isMap(value) ? value : {}).filter((name) => letters(name) === letters(word));
  if (same.length > 0) return same.length === 1 ? same[0] : undefined;
  // One word can only mean one name; how more of them are joined, nobody can tell.
  return /^[A-Z][A-Z0-9]*$/.test(word) ? word.toLowerCase() : undefined;
}

/** `payloadBytesMax` → `PAYLOAD_BYTES_MAX`. */
function variableWord(name: string): string {
  return name.replace(/(?=[A-Z])/g, '_').toUpperCase();
}

function letters(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

function unknownVariable(name: string): Problem {
  const words = name.slice(prefix.length).split('__');
  const named = /^(?:PIPELINES|ROUTES)$/.exec(words[0] ?? '')?.[0];
  const expected =
    named === undefined
      ? 'a variable such as SLUICE_LISTEN__PORT'
      : `a name the file has, and a key of it (SLUICE_${named} takes all as { name: { key: value } })`;
  const rows = keyRows().map((row) => row.name);
  const meant = similarKey(words.join('.'), rows) ?? similarKey(words.join('.').replaceAll('_', '.'), rows);
  const hint = meant === undefined ? '' : `; did you mean ${variableName(meant)}?`;
  return { path: [], message: `expected ${expected}, got ${shown(name)}${hint}`, where: name, isKey: true };
}

/** The variable of a key: `SLUICE_LISTEN__PORT` of `listen.port`. */
function variableName(key: string): string {
  return prefix + key.split('.').map(variableWord).join('__');
}
