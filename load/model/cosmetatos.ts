/**
 * A closed form for the mean wait of M/D/c, good when traffic is heavy, where the exact sums are long. Source: G. P.
 * Cosmetatos, "Approximate explicit formulae for the average queueing time in the processes (M/D/r) and (D/M/r)", INFOR
 * 13 (1975).
 */
import { waitMeanMs } from './erlang-c.js';
import { type Station, utilisationOf } from './station.js';

/** Half the wait of M/M/c, and a little more the more slots there are. Too large for many slots at little load. */
export function cosmetatosWaitMeanMs(station: Station): number {
  const { slots } = station;
  const utilisation = utilisationOf(station);
  const more = ((1 - utilisation) * (slots - 1) * (Math.sqrt(4 + 5 * slots) - 2)) / (16 * utilisation * slots);
  return (waitMeanMs(station) / 2) * (1 + more);
}
