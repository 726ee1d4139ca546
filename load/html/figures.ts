/** Numbers as people read them: grouped in thousands, and no more digits than mean something. */

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const digits = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3, minimumSignificantDigits: 3 });

/** What stands where there is no figure. */
export const noFigure = '–';

/** A number of things: `1,234,567`. */
export function count(value: number): string {
  return whole.format(value);
}

/** Three digits that mean something, or all those before the point: `0.123`, `12.3`, `1,234`. Zero is `0`. */
export function precise(value: number): string {
  if (value === 0) return '0';
  return Math.abs(value) >= 999.5 ? whole.format(value) : digits.format(value);
}

/** Two digits behind the point, as ratios are compared: `0.98`, `1.24`, `12.40`. */
export function ratio(value: number): string {
  return value.toFixed(2);
}

/** Bytes, in MiB: `86.4`. */
export function mebibytes(bytes: number): string {
  return precise(bytes / 2 ** 20);
}

/** A share of one, in percent: `41 %`. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** ISO 8601 → `2026-11-30 07:24:29 UTC`; text that is no date stays as it is. */
export function dateTime(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** Milliseconds → `12.3 s`. */
export function seconds(milliseconds: number): string {
  return `${precise(milliseconds / 1000)} s`;
}
