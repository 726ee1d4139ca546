/** A station: slots of one speed, and one queue in front of them, served in the order of arrival. */
import { checkPositive, checkWhole } from './number-checks.js';

export interface Station {
  /** Events that are served at once, 1 to `slotsMax`. */
  readonly slots: number;
  /** Arrivals per second. */
  readonly ratePerS: number;
  /** Mean time an event holds its slot, in milliseconds. */
  readonly serviceMs: number;
}

/** What the formulas are made for: they take time in proportion to the slots. */
export const slotsMax = 100_000;

/** Arrivals during one mean service: the slots that are busy on average, in Erlang. */
export function offeredLoad({ ratePerS, serviceMs }: Omit<Station, 'slots'>): number {
  return (ratePerS * serviceMs) / 1000;
}

/** Share of the time that a slot is busy, when nothing is refused. May be 1 or more: then the queue grows for ever. */
export function utilisationOf(station: Station): number {
  return offeredLoad(station) / station.slots;
}

/** @throws RangeError when a field is outside its range */
export function checkStation({ slots, ratePerS, serviceMs }: Station): void {
  checkWhole('slots', slots, 1, slotsMax);
  checkPositive('ratePerS', ratePerS);
  checkPositive('serviceMs', serviceMs);
}

/** @throws RangeError when a field is outside its range, or the station has no steady state */
export function checkStable(station: Station): void {
  checkStation(station);
  const utilisation = utilisationOf(station);
  if (utilisation >= 1) throw new RangeError(`expected a utilisation below 1, got ${utilisation}`);
}
