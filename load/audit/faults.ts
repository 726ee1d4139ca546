/** The faults that the self-test plants, one in a run. */
import type { Fault } from './fault.js';
import { wireFaults } from './wire-faults.js';

const misdeeds: readonly Fault[] = [
  { name: 'ignore an event', expected: 'lost', on: 'plain', misdeed: 'ignore' },
  { name: 'ignore an event without id', expected: 'lost', on: 'silent', misdeed: 'ignore' },
  { name: 'accept an event without id and never run it', expected: 'lost', on: 'silent', misdeed: 'skip' },
  { name: 'acknowledge and never run', expected: 'lost', on: 'acked', misdeed: 'skip' },
  { name: 'answer without running', expected: 'unexpected', on: 'plain', misdeed: 'unrun' },
  { name: 'run twice', expected: 'duplicated', on: 'plain', misdeed: 'run-twice' },
  { name: 'run an event of a key twice', expected: 'duplicated', on: 'keyed', misdeed: 'run-twice' },
  { name: 'run an event without id twice', expected: 'duplicated', on: 'silent', misdeed: 'run-twice' },
  { name: 'run a stream twice', expected: 'duplicated', on: 'stream', misdeed: 'run-twice' },
  {
    name: 'hand the event of another place to the handler',
    expected: 'unexpected',
    on: 'keyed',
    misdeed: 'wrong-line',
  },
  { name: 'run what nobody sent', expected: 'unexpected', on: 'plain', misdeed: 'phantom' },
  { name: 'refuse with started "no" after running', expected: 'unexpected', on: 'plain', misdeed: 'refuse' },
  { name: 'swap two events of a key', expected: 'reordered', on: 'keyed', misdeed: 'yield' },
  {
    name: 'let the next event of a key go before a retry',
    expected: 'reordered',
    on: 'retried',
    misdeed: 'yield-retry',
  },
  { name: 'retry after the last attempt', expected: 'duplicated', on: 'retried', misdeed: 'retry-more' },
  { name: 'count no outcome', expected: 'lost', on: 'plain', misdeed: 'uncounted' },
  { name: 'count an outcome twice', expected: 'lost', also: ['unexpected'], on: 'plain', misdeed: 'counted-twice' },
];

/** All faults there are. */
export const faults: readonly Fault[] = [...misdeeds, ...wireFaults];
