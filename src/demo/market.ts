/** A trader's screen: ticks taken in batches, positions where only the newest counts. */
import { z } from 'zod';
import { defineHandler } from '../index.js';

/** Takes up to 64 ticks, or those of 20 ms, in one call. */
export const tickBatch = defineHandler({
  type: 'tick.batch',
  batch: { size: 64, waitMs: 20 },
  input: z.object({ symbol: z.string().min(1).max(16), price: z.number(), qty: z.number() }),
  handle: async (events) => events.map(() => ({ batchSize: events.length })),
});

/** A newer position replaces a waiting older one of the same key, which is answered `aborted`. */
export const positionUpdate = defineHandler({
  type: 'position.update',
  conflate: true,
  input: z.object({ x: z.number(), y: z.number() }),
  handle: async ({ data }) => data,
});
