/** What the help of the client commands says besides their flags: the lines of `--json`, and the exit codes. */

const error = 'code, message, retry, afterMs? (ms), started, reason?, details?';

const lines = Object.freeze({
  item: ['item', 'n (1, 2, …), data, key?'],
  'item gap': ['gap', 'from, to (both included), count, reason (dropped or conflated)'],
  end: ['end', 'items: how many came'],
  error: ['error', error],
  subscribed: ['subscribed', 'topic, epoch?, offset?: messages come from behind it, recovered (true or false)'],
  message: ['message', 'topic, offset, epoch (empty for a pattern), data, key?'],
  'topic gap': [
    'gap',
    'topic, from, to (0: not known), count?, reason (dropped, conflated, expired, reset, lost), epoch, offset',
  ],
  'event error': ['error', `type, key?, ${error}`],
  emitted: ['emitted', 'left, failed: of those, unsent: failed before, ms, codes: how many by code'],
});

/** One of the lines a command may write. */
export type JsonLine = keyof typeof lines;

/** Text to stand below the flags. */
export function clientHelp(written: readonly JsonLine[]): string {
  const rows = written.map((name) => {
    const [kind, fields] = lines[name] as [string, string];
    return `  ${kind.padEnd(10)}  ${fields}`;
  });
  return [
    '',
    'Lines of --json, by their "kind", and the other fields they have (? not always):',
    ...rows,
    '',
    'Results go to stdout; trouble with the connection, and errors without --json, to stderr. NO_COLOR is respected.',
    'Exit codes: 0 done; 1 wrong use, no connection, or nothing heard in time; 2 it failed at the gateway or its handler.',
  ].join('\n');
}
