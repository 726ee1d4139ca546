/**
 * Streams a report into a file, as fast as the disk takes it: while a write waits, nothing is read, and the handler that
 * makes the rows stands still.
 *
 *   node examples/node/report.mjs report.ndjson [--rows 1000000] [--url ws://127.0.0.1:8080]
 *
 * The file has its name only once it is whole. Ctrl-C ends it, and the report at the gateway.
 */
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { connect } from 'sluice/client';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { url: { type: 'string', default: 'ws://127.0.0.1:8080' }, rows: { type: 'string', default: '1000000' } },
});
const [file = 'report.ndjson'] = positionals;
const unfinished = `${file}.unfinished`;

const client = connect(options.url);
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stopping.abort());

let rows = 0;
async function* lines() {
  const { signal } = stopping;
  for await (const row of client.stream('report.rows', { rows: Number(options.rows) }, { credit: 512, signal })) {
    rows += 1;
    yield `${JSON.stringify(row)}\n`;
  }
}

const telling = setInterval(() => console.error(`${rows} rows`), 1000);
try {
  await pipeline(Readable.from(lines()), createWriteStream(unfinished));
  await rename(unfinished, file);
  console.log(`${rows} rows in ${file}`);
} catch (error) {
  await rm(unfinished, { force: true });
  console.error(stopping.signal.aborted ? `stopped after ${rows} rows` : error);
  process.exitCode = 1;
} finally {
  clearInterval(telling);
  await client.close();
}
