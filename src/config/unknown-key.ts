/** What is said of a key that does not exist: where it would have to be, and which one may have been meant. */

import { type Path, type Problem, pathText } from './config-error.js';
import { listed, shown } from './fields.js';
import { type Key, keyRows, keysBelow } from './key-tree.js';
import { suggestion } from './suggestion.js';

/** @param path of the key itself */
export function unknownKey(root: Key, path: Path): Problem {
  const name = String(path.at(-1));
  const parent = path.slice(0, -1);
  const siblings = keysBelow(root, parent);
  const place = parent.length === 0 ? 'a section' : `a key of ${pathText(parent)}`;
  const meant =
    suggestion(name, siblings) ??
    similarKey(
      name,
      keyRows().map((row) => row.name),
    );
  if (meant !== undefined) {
    return { path, message: `expected ${place}, got ${shown(name)}; did you mean ${meant}?`, isKey: true };
  }
  const all = siblings.length === 0 ? '' : ` (${listed(siblings)})`;
  return { path, message: `expected ${place}${all}, got ${shown(name)}`, isKey: true };
}

/**
 * The key nearest to a path with a slip in it: by its whole name, by its last part in the same section, or by its last
 * part alone, as in `port` for `listen.port`.
 */
export function similarKey(path: string, known: readonly string[]): string | undefined {
  const last = lastPart(path);
  const section = path.split('.')[0] as string;
  const here = known.filter((name) => name.toLowerCase().startsWith(`${section.toLowerCase()}.`));
  const meant = suggestion(last, here.map(lastPart));
  return (
    suggestion(path, known) ??
    here.find((name) => lastPart(name) === meant) ??
    known.find((name) => lastPart(name).toLowerCase() === last.toLowerCase() && !name.includes('<'))
  );
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}
