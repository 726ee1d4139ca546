/** Settings from flags, named by the path of their key: `--listen.port 9000`, `--pipelines.orders.slots 4`. */
import { shown } from './fields.js';
import { child, type Key, keyRows } from './key-tree.js';
import { joined, type Settings, settingOf } from './setting.js';
import { similarKey } from './unknown-key.js';

/** Path of a key → what was given for it, once for each time the flag was used. */
export type Flags = Readonly<Record<string, string | readonly string[]>>;

/** Every flag that names a key; the others are told, with the one that may have been meant. */
export function flagSettings(flags: Flags, root: Key): Settings {
  return joined(
    Object.entries(flags).map(([name, given]): Settings => {
      const where = `--${name}`;
      const found = resolve(name.split('.'), root);
      if (found !== undefined) return settingOf(found.path, found.key, [given].flat(), where);
      const meant = similarKey(
        name,
        keyRows().map((row) => row.name),
      );
      const hint = meant === undefined ? '' : `; did you mean --${meant}?`;
      const message = `expected a flag such as --listen.port, got ${shown(where)}${hint}`;
      return { settings: [], problems: [{ path: [], message, where, isKey: true }] };
    }),
  );
}

interface Found {
  readonly path: readonly string[];
  readonly key: Key;
}

function resolve(words: readonly string[], key: Key): Found | undefined {
  const [first, ...rest] = words;
  if (first === undefined) return { path: [], key };
  if (key.kind === 'named') return resolveNamed(words, key.of);
  const next = child(key, first);
  const found = next === undefined ? undefined : resolve(rest, next);
  return found === undefined ? undefined : { path: [first, ...found.path], key: found.key };
}

/** A name may have dots of its own, as types have: it is the shortest one that leaves a known key behind it. */
function resolveNamed(words: readonly string[], key: Key): Found | undefined {
  for (let length = 1; length <= words.length; length += 1) {
    const found = resolve(words.slice(length), key);
    const isWhole = length === words.length && length > 1;
    if (found === undefined || isWhole) continue;
    return { path: [words.slice(0, length).join('.'), ...found.path], key: found.key };
  }
  return undefined;
}
