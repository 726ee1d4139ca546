/** Single figures of what was sampled over time. All of them are undefined where nothing was. */
import type { Samples } from '../report/bench-run.js';
import { summarize } from '../report/statistics.js';

/** A stretch of time in which something had one value. */
export interface Step {
  readonly fromMs: number;
  readonly toMs: number;
  readonly value: number;
}

/** The stretches of a series of changes; the last ends with the run. */
export function stepsOf(samples: Samples | undefined, name: string, endMs: number): Step[] {
  const values = samples?.of[name] ?? [];
  const { atMs = [] } = samples ?? {};
  return values.map((value, at) => ({ fromMs: atMs[at] ?? 0, toMs: atMs[at + 1] ?? endMs, value }));
}

/** The median of the values in a stretch of time. */
export function medianBetween(
  samples: Samples | undefined,
  name: string,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): number | undefined {
  const { atMs = [] } = samples ?? {};
  const values = (samples?.of[name] ?? []).filter((_, at) => (atMs[at] ?? -1) >= fromMs && (atMs[at] ?? 0) < toMs);
  return summarize(values)?.median;
}

/** Time from `fromMs` until a series that was at `from` has come to `to`, from above or from below. */
export function reachedMs(
  samples: Samples | undefined,
  name: string,
  { fromMs, from, to }: { readonly fromMs: number; readonly from: number; readonly to: number },
): number | undefined {
  const { atMs = [] } = samples ?? {};
  const values = samples?.of[name] ?? [];
  const at = values.findIndex(
    (value, index) => (atMs[index] ?? -1) >= fromMs && (to <= from ? value <= to : value >= to),
  );
  return at === -1 ? undefined : (atMs[at] ?? 0) - fromMs;
}
