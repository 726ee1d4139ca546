/** What operators with a state per key have in common: whose a value is, and how many keys there may be. */

export interface KeyOptions<T, K> {
  /** Whose a value is, compared as a Map compares its keys. @default all values are of one key, which is undefined */
  readonly key?: (value: T) => K;
  /** Keys with a state at the same time; each operator says what happens to one more. @default 10_000 */
  readonly keysMax?: number;
}

/** The same, resolved. @throws RangeError */
export function keyed<T, K>({ key, keysMax = 10_000 }: KeyOptions<T, K>): Required<KeyOptions<T, K>> {
  wholeFrom1('keysMax', keysMax);
  return { key: key ?? (() => undefined as K), keysMax };
}

/** @throws RangeError when a count is no whole number, or less than one */
export function wholeFrom1(name: string, value: number): void {
  if (!(Number.isSafeInteger(value) && value >= 1)) {
    throw new RangeError(`expected ${name} to be a whole number from 1, got ${value}`);
  }
}

/** @throws RangeError when a time is not more than 0, or more than a timer can wait */
export function timerMs(name: string, value: number): void {
  if (!(value > 0 && value <= timerMsMax)) {
    throw new RangeError(`expected ${name} to be milliseconds above 0 and at most ${timerMsMax}, got ${value}`);
  }
}

const timerMsMax = 2 ** 31 - 1;
