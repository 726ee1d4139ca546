/** The Poisson distribution, for means that may be large. */

/** P(N = k) for a mean above 0. Stirling's series keeps factorials out of it; ten digits or more. */
export function poissonProbability(k: number, mean: number): number {
  if (k < 16) {
    let probability = Math.exp(-mean);
    for (let i = 1; i <= k; i++) probability *= mean / i;
    return probability;
  }
  const series = 1 / (12 * k) - 1 / (360 * k ** 3) + 1 / (1260 * k ** 5);
  return Math.exp(k - mean + k * Math.log(mean / k) - series) / Math.sqrt(2 * Math.PI * k);
}
