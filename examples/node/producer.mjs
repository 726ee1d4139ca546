/**
 * A producer that is never faster than the handlers behind the gateway: it awaits every `emit`, and each second says how
 * far it is.
 *
 *   node examples/node/producer.mjs [--url ws://127.0.0.1:8080] [--type echo] [--count 1000000]
 *   zcat events.ndjson.gz | node examples/node/producer.mjs --type order.place --key customer -
 *
 * With `-` each line of stdin is the data of one event, and `--key` names the field whose value is its key; otherwise
 * `--count` events are made up. Ctrl-C ends it: what has left is answered first. Ends with 1 if any event failed.
 */
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { connect } from 'sluice/client';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: 'string', default: 'ws://127.0.0.1:8080' },
    type: { type: 'string', default: 'echo' },
    count: { type: 'string', default: '1000000' },
    key: { type: 'string' },
  },
});

/** Milliseconds the gateway has to answer what has left. */
const drainMs = 10_000;
const client = connect(options.url);
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    stopping.abort();
    // An `emit` that waits is finished as well, or rejected when that has taken too long.
    void client.close({ withinMs: drainMs });
  });
}

let left = 0;
let failed = 0;
client.failures$.subscribe(({ error }) => {
  failed += 1;
  if (failed === 1) console.error(`the first failure: ${error.code}: ${error.message}`);
});

const startedAtMs = performance.now();
let told = { left: 0, atMs: startedAtMs };

function tell() {
  const { open, queued, credit } = client.usage;
  const nowMs = performance.now();
  const rate = Math.round(((left - told.left) * 1000) / (nowMs - told.atMs));
  told = { left, atMs: nowMs };
  const { status } = client.state;
  console.log(`left ${left}, open ${open}, queued ${queued}, credit ${credit}, ${rate}/s, failed ${failed}, ${status}`);
}

async function* events() {
  if (positionals[0] !== '-') {
    for (let n = 1; n <= Number(options.count); n += 1) yield { n };
    return;
  }
  // Lines are read only as fast as they are taken: what writes them waits too.
  const lines = createInterface({ input: process.stdin, signal: stopping.signal });
  for await (const line of lines) if (line !== '') yield JSON.parse(line);
}

const telling = setInterval(tell, 1000);
try {
  for await (const data of events()) {
    if (stopping.signal.aborted) break;
    await client.emit(options.type, data, options.key === undefined ? {} : { key: String(data[options.key]) });
    left += 1;
  }
} catch (error) {
  if (!stopping.signal.aborted) throw error;
} finally {
  await client.close({ withinMs: drainMs });
  clearInterval(telling);
  process.stdin.destroy();
}
const seconds = (performance.now() - startedAtMs) / 1000;
console.log(`${left} events left in ${seconds.toFixed(1)} s, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
