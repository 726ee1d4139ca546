import { describe, expect, it } from 'vitest';
import { encodedLag, GeneratorLag, generatorHealth } from '../../../load/bench/generator-lag.js';

const lagOf = (ms: number): string => {
  const lag = new GeneratorLag();
  for (let i = 0; i < 1000; i += 1) lag.late(ms);
  return encodedLag(lag);
};

const health = (lagMs: number, latencyP99Ms: number, isOpenLoop = true, cpuShare = 1) =>
  generatorHealth({ lags: [lagOf(0), lagOf(lagMs)], cpuShares: [0.2, cpuShare], latencyP99Ms, isOpenLoop });

describe('a generator', () => {
  it('of an open loop was the bottleneck when most of the latency may be its own lateness', () => {
    expect(health(10, 12)).toMatchObject({ isBottleneck: true, cpuShare: 1 });
    expect(Math.abs(health(10, 12).lagP99Ms - 10)).toBeLessThan(0.2);
  });

  it('was not when the server took much longer, or the lateness is that of any timer', () => {
    expect(health(10, 200).isBottleneck).toBe(false);
    expect(health(0.9, 1).isBottleneck).toBe(false);
  });

  it('of a closed loop was the bottleneck when it had no time left', () => {
    expect(health(0, 1, false, 0.99).isBottleneck).toBe(true);
    expect(health(0, 1, false, 0.9).isBottleneck).toBe(false);
  });
});
