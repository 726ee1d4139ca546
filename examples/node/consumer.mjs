/**
 * Follows a topic, keeps its position in a file, and goes on from there when it is started again: each message is handled
 * at least once, and what is missing is told.
 *
 *   node examples/node/consumer.mjs orders.ada [--url ws://127.0.0.1:8080] [--position orders.ada.position]
 *
 * Without a file it begins with what the topic holds. Messages go to stdout as lines of JSON, everything else to stderr.
 * Ctrl-C ends it.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { connect } from 'sluice/client';

/** @typedef {{ epoch: string, offset: number }} Position */

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { url: { type: 'string', default: 'ws://127.0.0.1:8080' }, position: { type: 'string' } },
});
const [topic = 'orders.ada'] = positionals;
const file = options.position ?? `${topic}.position`;
/** Messages of before that are asked for where there is no position. */
const rewind = 1_000_000;

const client = connect(options.url);
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => client.close());

/** @type {Position | undefined} */
let position = kept();
if (position !== undefined) console.error(`going on behind ${position.offset} of ${position.epoch}`);
const start = position === undefined ? { rewind } : { from: position };
for await (const event of client.subscribe(topic, start)) {
  if (event.kind === 'message') console.log(JSON.stringify({ offset: event.offset, data: event.data }));
  else {
    const { reason, from, to, count } = event;
    console.error(`gap: ${count ?? 'an unknown number of'} messages are missing (${from} to ${to}, ${reason})`);
  }
  // Both say where to go on from.
  keep({ epoch: event.epoch, offset: event.offset });
}
console.error(`stopped behind ${position?.offset ?? 0}`);

/** @returns {Position | undefined} */
function kept() {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whole or not at all: a rename is. @param {Position} at */
function keep(at) {
  position = at;
  writeFileSync(`${file}.new`, JSON.stringify(at));
  renameSync(`${file}.new`, file);
}
