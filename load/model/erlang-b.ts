/**
 * Erlang's loss formula: the share of arrivals that find all slots busy when nothing can wait. Source: A. K. Erlang,
 * 1917; the recursion is in R. B. Cooper, "Introduction to Queueing Theory", 2nd edition, chapter 3.
 */
import { checkBetween, checkWhole } from './number-checks.js';
import { slotsMax } from './station.js';

/**
 * B(c, a) by B(k) = a·B(k−1) / (k + a·B(k−1)): no factorials, every step a number from 0 to 1, so that neither many
 * slots nor a large load overflow. @param load offered load in Erlang. O(slots).
 */
export function erlangB(slots: number, load: number): number {
  checkWhole('slots', slots, 0, slotsMax);
  checkBetween('load', load, 0, Number.MAX_SAFE_INTEGER);
  let blocked = 1;
  for (let k = 1; k <= slots; k++) blocked = (load * blocked) / (k + load * blocked);
  return blocked;
}
