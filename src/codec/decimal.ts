/**
 * Whole numbers as text, three digits at a time from a table. The engine's own conversion keeps its last texts in a
 * cache: with ids that hardly ever come again, that is ten thousand strings which every collection of garbage has to
 * carry along.
 */

/** `000` to `999`. */
const chunks = Array.from({ length: 1000 }, (_, n) => String(n).padStart(3, '0'));
const smalls = Array.from({ length: 1000 }, (_, n) => String(n));
/** Up to here arithmetic is on small integers. */
const smallMax = 2 ** 30;

/** @param n whole, 0 to 2^53 */
export function decimal(n: number): string {
  if (n < 1000) return smalls[n] as string;
  if (n > smallMax) return decimal(Math.floor(n / 1000)) + (chunks[n % 1000] as string);
  const thousands = (n / 1000) | 0;
  const ones = chunks[n - thousands * 1000] as string;
  if (thousands < 1000) return (smalls[thousands] as string) + ones;
  const millions = (thousands / 1000) | 0;
  return decimal(millions) + (chunks[thousands - millions * 1000] as string) + ones;
}
