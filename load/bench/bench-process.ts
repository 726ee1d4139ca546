/** A client process of a scenario: takes its order on stdin, says on stdout when it starts, and in a second line the end. */
import { text } from 'node:stream/consumers';
import { ClientLedger } from '../audit/client-ledger.js';
import { writeClientLedger } from '../audit/client-ledger-file.js';
import { runBench } from './bench-loop.js';
import type { BenchOrder } from './bench-order.js';

const order = JSON.parse(await text(process.stdin)) as BenchOrder;
const { ledgerFile, eventsMax, numbersAfter } = order;
const ledger =
  ledgerFile === undefined ? undefined : new ClientLedger({ capacity: eventsMax, firstN: numbersAfter + 1 });
let answer: object;
try {
  answer = { result: await runBench(order, ledger, () => process.stdout.write('{"started":true}\n')) };
  if (ledger !== undefined && ledgerFile !== undefined) writeClientLedger(ledgerFile, ledger);
} catch (error) {
  answer = { failure: error instanceof Error ? error.message : String(error) };
}
process.stdout.write(`${JSON.stringify(answer)}\n`, () => process.exit(0));
