/** Checks of numbers that callers give: each throws a RangeError that names the argument. */

/** A finite number above 0. */
export function checkPositive(name: string, value: number): void {
  if (!(value > 0 && value < Infinity)) throw new RangeError(`expected ${name} to be a number above 0, got ${value}`);
}

/** A finite number from `min` to `max`, both allowed. */
export function checkBetween(name: string, value: number, min: number, max: number): void {
  if (!(value >= min && value <= max)) {
    throw new RangeError(`expected ${name} to be a number from ${min} to ${max}, got ${value}`);
  }
}

/** A whole number from `min` to `max`, both allowed. */
export function checkWhole(name: string, value: number, min: number, max: number): void {
  if (!(Number.isSafeInteger(value) && value >= min && value <= max)) {
    throw new RangeError(`expected ${name} to be a whole number from ${min} to ${max}, got ${value}`);
  }
}

/** A probability below which a quantile is asked for: 0 is allowed, 1 is not. */
export function checkShare(name: string, value: number): void {
  if (!(value >= 0 && value < 1)) throw new RangeError(`expected ${name} to be from 0 to below 1, got ${value}`);
}
