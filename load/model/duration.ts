/** Durations as people write them: `20ms`, `0.5s`, `1m`. */

const unitsMs = { us: 0.001, ms: 1, s: 1000, m: 60_000 } as const;

/** In milliseconds; from a microsecond to a day. @throws RangeError that names the flag */
export function parseDurationMs(flag: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)(us|ms|s|m)$/.exec(text);
  const durationMs = match === null ? 0 : Number(match[1]) * unitsMs[match[2] as keyof typeof unitsMs];
  if (durationMs >= 0.001 && durationMs <= 86_400_000) return durationMs;
  throw new RangeError(`expected ${flag} to be a duration such as 20ms, 0.5s or 1m, got ${text}`);
}

/** With three digits or more, in the unit that reads best. */
export function durationText(durationMs: number): string {
  if (durationMs === 0) return '0 ms';
  if (durationMs < 0.001) return '< 0.001 ms';
  if (durationMs >= 10_000) return `${digits(durationMs / 1000)} s`;
  return `${digits(durationMs)} ms`;
}

function digits(value: number): string {
  return Number(value >= 1000 ? value.toFixed(0) : value.toPrecision(3)).toLocaleString('en-US', {
    maximumFractionDigits: 6,
  });
}
