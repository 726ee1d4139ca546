/**
 * How late events left because the generator itself was behind, and whether that spoils the figures. An open loop
 * whose generator cannot keep up measures the generator.
 */
import * as hdr from 'hdr-histogram-js';
import type { GeneratorHealth } from '../report/bench-run.js';
import { histogram, record } from './latency-recorder.js';

/** Lateness below this is the timer's and the machine's own. */
const lagMsMin = 1;
/** A closed loop whose client uses more than this of its core sets the pace itself. */
export const cpuShareMax = 0.95;
const msPerS = 1000;

export class GeneratorLag {
  readonly histogram = histogram(2);

  late(ms: number): void {
    record(this.histogram, ms);
  }
}

export function encodedLag({ histogram: lag }: GeneratorLag): string {
  return hdr.encodeIntoCompressedBase64(lag);
}

/**
 * The verdict on the generator, from all client processes together. In an open loop it was the bottleneck when most of
 * the latency at the 99th percentile may be its own lateness; in a closed one when it had no time left.
 */
export function generatorHealth(parts: {
  readonly lags: readonly string[];
  readonly cpuShares: readonly number[];
  readonly latencyP99Ms: number;
  readonly isOpenLoop: boolean;
}): GeneratorHealth {
  const lag = histogram(2);
  for (const each of parts.lags) lag.add(hdr.decodeFromCompressedBase64(each));
  const lagP99Ms = lag.totalCount === 0 ? 0 : lag.getValueAtPercentile(99) / msPerS;
  const cpuShare = Math.max(0, ...parts.cpuShares);
  const isBottleneck = parts.isOpenLoop
    ? lagP99Ms > lagMsMin && lagP99Ms * 2 > parts.latencyP99Ms
    : cpuShare > cpuShareMax;
  return { cpuShare, lagP99Ms, isBottleneck };
}
