/** A shop: orders, one at a time for each key, and a report that streams. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { defineHandler } from '../index.js';

/** Places an order. Those a session sends with one `key` (the customer, say) are placed one at a time, in their order. */
export const placeOrder = defineHandler({
  type: 'order.place',
  priority: 'high',
  order: 'key',
  input: z.object({
    customer: z.string().min(1).max(64),
    sku: z.string().min(1).max(64),
    qty: z.int().min(1).max(1000),
  }),
  handle: async () => ({ orderId: `o-${randomUUID()}` }),
});

/** Streams a report row by row, as fast as its reader takes them. */
export const reportRows = defineHandler({
  type: 'report.rows',
  input: z.object({ rows: z.int().min(0).max(10_000_000) }),
  async *handle({ data }) {
    for (let row = 1; row <= data.rows; row += 1) yield { row, sku: `sku-${row % 97}`, qty: row % 13 };
  },
});
