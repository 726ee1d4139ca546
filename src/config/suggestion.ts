/** Which known name was meant by an unknown one. */

/**
 * The nearest of the known names, or undefined when none is near: case and separators do not count, up to a third of
 * the letters may be wrong, and the end may be missing. O(names × length²).
 */
export function suggestion(unknown: string, known: readonly string[]): string | undefined {
  if (unknown.length > lengthMax) return undefined;
  const wanted = squash(unknown);
  let nearest: string | undefined;
  let least = Number.MAX_SAFE_INTEGER;
  for (const name of known) {
    const squashed = squash(name);
    const distance = editDistance(wanted, squashed);
    const isStart = wanted.length >= startLengthMin && squashed.startsWith(wanted);
    const isNear = isStart || distance <= Math.max(1, Math.floor(squashed.length / 3));
    if (distance >= least || !isNear) continue;
    nearest = name;
    least = distance;
  }
  return nearest;
}

const lengthMax = 128;
/** Letters that say enough of a name to stand for it. */
const startLengthMin = 3;

function squash(name: string): string {
  return name.toLowerCase().replace(/[-_.]/g, '');
}

/**
 * Letters inserted, left out, replaced, or swapped with their neighbour (optimal string alignment, after Damerau,
 * "A technique for computer detection and correction of spelling errors", 1964).
 */
function editDistance(a: string, b: string): number {
  let older: number[] = [];
  let old = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(at(old, j) + 1, at(row, j - 1) + 1, at(old, j - 1) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, at(older, j - 2) + 1);
      row.push(best);
    }
    older = old;
    old = row;
  }
  return at(old, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] as number;
}
