/** The size of the heap without what is garbage. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes in use after a full collection. */
export function heapBytes(): number {
  collect();
  return process.memoryUsage().heapUsed;
}
