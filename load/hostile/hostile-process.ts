/**
 * The badly behaved clients of a scenario, in a process of their own: its order is the first line of stdin. They go on
 * until stdin ends; then one line on stdout says what became of them.
 */
import { setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import type { HostileClients } from '../report/bench-run.js';
import { behaviours } from './behaviours.js';
import { type GroupTally, HostileClient } from './hostile-client.js';
import type { HostileOrder } from './hostile-order.js';

/** Where they share a core with the clients whose answers are timed, those go first. */
const niceness = 10;
/** Connections that are opened in one turn; the rest come in the next, so that they do not act in step. */
const openAtOnce = 4;
const openEveryMs = 20;

const input = createInterface({ input: process.stdin });
const lines = input[Symbol.asyncIterator]();
const first = await lines.next();
const order = JSON.parse(String(first.value)) as HostileOrder;
setPriority(niceness);

const groups = order.groups.map(({ behaviour, connections }) => {
  const tally: GroupTally = { opened: 0, closed: new Map(), bytesWritten: 0 };
  const parts = { host: order.host, port: order.port, behaviour: behaviours[behaviour], tally };
  return { behaviour, tally, clients: Array.from({ length: connections }, () => new HostileClient(parts)) };
});
const waiting = groups.flatMap(({ clients }) => clients);
const opening = setInterval(() => {
  for (const client of waiting.splice(0, openAtOnce)) client.start();
  if (waiting.length === 0) clearInterval(opening);
}, openEveryMs);

await lines.next();
clearInterval(opening);
for (const { clients } of groups) for (const client of clients) client.stop();
// Each of them adds what it wrote when its socket has closed.
await new Promise(setImmediate);
await new Promise(setImmediate);
const answer: HostileClients[] = groups.map(({ behaviour, tally, clients }) => ({
  name: behaviour,
  connections: clients.length,
  opened: tally.opened,
  closed: Object.fromEntries(tally.closed),
  bytesWritten: tally.bytesWritten,
}));
process.stdout.write(`${JSON.stringify(answer)}\n`, () => process.exit(0));
