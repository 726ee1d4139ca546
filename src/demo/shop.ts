/**
 * A shop: orders, one at a time for each key, whose way can be followed on a topic of the customer, and a report that
 * streams.
 */
import { randomUUID } from 'node:crypto';
import { concatMap, filter, from, map, timer } from 'rxjs';
import { z } from 'zod';
import { defineHandler, defineProcessor, type TopicMessage } from '../index.js';

/** What is said of an order on `orders.<customer>`. */
export interface OrderStatus {
  readonly orderId: string;
  readonly status: 'placed' | 'packed' | 'shipped';
}

/**
 * Places an order, and says so to all who follow the customer's orders. Those a session sends with one `key` (the
 * customer, say) are placed one at a time, in their order.
 */
export const placeOrder = defineHandler({
  type: 'order.place',
  priority: 'high',
  order: 'key',
  input: z.object({
    customer: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
    sku: z.string().min(1).max(64),
    qty: z.int().min(1).max(1000),
  }),
  async handle({ data }, { publish }) {
    const orderId = `o-${randomUUID()}`;
    const placed: OrderStatus = { orderId, status: 'placed' };
    await publish(`orders.${data.customer}`, placed, { key: orderId });
    return { orderId };
  },
});

/** How many orders may be on their way; further ones wait in the log of their topic. */
const underWayMax = 10_000;
/** Milliseconds until an order that was placed is packed, and until it is shipped then. */
const packingMs = 1000;
const shippingMs = 2000;

/** The warehouse: sees orders that were placed, and says when they are packed and shipped. */
export const warehouse = defineProcessor<OrderStatus>({
  from: { topic: 'orders.*' },
  through: (messages$, { mapAsync }) =>
    messages$.pipe(
      filter(({ data }) => isOrderStatus(data) && data.status === 'placed'),
      mapAsync(way, { concurrency: underWayMax }),
    ),
});

/** Anybody who may publish to the topic can have published anything. */
function isOrderStatus(data: unknown): data is OrderStatus {
  if (typeof data !== 'object' || data === null) return false;
  const { orderId, status } = data as Partial<OrderStatus>;
  return typeof orderId === 'string' && typeof status === 'string';
}

function way({ topic, data: { orderId } }: TopicMessage<OrderStatus>) {
  const steps = [
    { status: 'packed', afterMs: packingMs },
    { status: 'shipped', afterMs: shippingMs },
  ] as const;
  return from(steps).pipe(
    concatMap(({ status, afterMs }) =>
      timer(afterMs).pipe(map(() => ({ topic, key: orderId, data: { orderId, status } }))),
    ),
  );
}

/** Streams a report row by row, as fast as its reader takes them. */
export const reportRows = defineHandler({
  type: 'report.rows',
  input: z.object({ rows: z.int().min(0).max(10_000_000) }),
  async *handle({ data }) {
    for (let row = 1; row <= data.rows; row += 1) yield { row, sku: `sku-${row % 97}`, qty: row % 13 };
  },
});
