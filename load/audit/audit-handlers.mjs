/** The handlers of an audited run, for the gateway as it is built. They write to the file that BENCH_LEDGER names. */
import { defineHandler, HandlerError } from '../../dist/index.js';
import { auditHandlers } from './audit-handler-set.mjs';
import { openLedger } from './ledger-writer.mjs';

const path = process.env.BENCH_LEDGER;
if (!path) throw new Error('expected the environment variable BENCH_LEDGER to name a file, got nothing');

export const { echo, keyed, free, capacity, setCapacity, stream, fail, publish } = auditHandlers({
  defineHandler,
  HandlerError,
  ledger: openLedger(path),
});
