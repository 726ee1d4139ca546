/** Where in the bytes of one direction the next fault that ends something is. */
import type { ResolvedDirectionFaults } from './faults.js';

export interface Stop {
  readonly fault: 'reset' | 'cut' | 'halfClose' | 'blackHole';
  /** The last byte before it is the one that makes so many. */
  readonly atBytes: number;
}

/** The first stop. Of two at the same place, the more violent: reset, cut, half-close, black hole. */
export function nextStop(faults: ResolvedDirectionFaults, cutAtBytes: number | undefined): Stop | undefined {
  const stops = [
    stopAt('reset', faults.resetAfterBytes),
    stopAt('cut', cutAtBytes),
    stopAt('halfClose', faults.halfCloseAfterBytes),
    stopAt('blackHole', faults.blackHoleAfterBytes),
  ];
  let first: Stop | undefined;
  for (const stop of stops) {
    if (stop !== undefined && (first === undefined || stop.atBytes < first.atBytes)) first = stop;
  }
  return first;
}

function stopAt(fault: Stop['fault'], atBytes: number | undefined): Stop | undefined {
  return atBytes === undefined ? undefined : { fault, atBytes };
}
