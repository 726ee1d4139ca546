/**
 * The sum of two independent exponential times: the hypoexponential distribution of two phases. Source: S. M. Ross,
 * "Introduction to Probability Models", section 5.2.4 (hypoexponential random variables).
 */

/**
 * P(X + Y > t), means above 0, t of 0 or more. The textbook's form divides by the difference of the rates; this one
 * holds its digits where they are close, and when they are equal.
 */
export function exponentialSumTail(firstMean: number, secondMean: number, t: number): number {
  const slowRate = 1 / Math.max(firstMean, secondMean);
  const fastRate = 1 / Math.min(firstMean, secondMean);
  const gap = fastRate - slowRate;
  // (e^-slow·t − e^-fast·t) / (fast − slow), which tends to t·e^-slow·t.
  const ratio = gap * t < 1e-12 ? t : -Math.expm1(-gap * t) / gap;
  return Math.min(1, Math.exp(-fastRate * t) + fastRate * Math.exp(-slowRate * t) * ratio);
}
