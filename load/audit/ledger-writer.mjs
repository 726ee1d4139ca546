/**
 * Appends lines to a file in large pieces. It is synchronous, so that the buffer has a bound and the order of lines is
 * that of the calls; what a process that is killed has not flushed is at most 200 ms old.
 */
import { openSync, writeSync } from 'node:fs';

const flushBytes = 65_536;
const flushMs = 200;

/**
 * Opens a file for appending.
 * @param {string} path
 * @returns {{ line(text: string): void, flush(): void }} `line` takes ASCII without an end of line. Both throw when
 *   the file cannot be written.
 */
export function openLedger(path) {
  const file = openSync(path, 'a');
  const buffer = Buffer.allocUnsafe(flushBytes);
  let used = 0;
  /** @type {NodeJS.Timeout | undefined} */
  let timer;

  function flush() {
    clearTimeout(timer);
    timer = undefined;
    let written = 0;
    while (written < used) written += writeSync(file, buffer, written, used - written);
    used = 0;
  }

  process.on('exit', flush);
  return {
    line(text) {
      if (used + text.length + 1 > flushBytes) flush();
      used += buffer.latin1Write(text, used);
      used += buffer.latin1Write('\n', used);
      timer ??= setTimeout(flush, flushMs).unref();
    },
    flush,
  };
}
