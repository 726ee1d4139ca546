/** What the gateway refuses an event with, and what the client's own side ends it with, in tests. */
import { type SluiceError, sluiceError } from '../../src/client/sluice-error.js';
import type { ErrorFrame } from '../../src/protocol/frames.js';

/** By default one that may be retried after 100 ms. */
export const refusal = (id: number, fields: Partial<ErrorFrame> = {}): ErrorFrame => ({
  op: 'error',
  id,
  code: 'resource_exhausted',
  message: 'full',
  retry: 'backoff',
  afterMs: 100,
  started: 'no',
  ...fields,
});

/** Bounds of retries. */
export const retry = { attempts: 3, withinMs: 10_000 };

/** Somebody had enough of it. */
export const why = (started: 'no' | 'maybe'): SluiceError => sluiceError('cancelled', 'enough', { started });
