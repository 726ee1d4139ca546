/**
 * The client of this page. What the demo handlers take and answer is written down once, as types: editors that read
 * JSDoc then know it in every panel.
 *
 * @typedef {{ symbol: string, price: number, qty: number }} Tick
 * @typedef {{ symbol: string, vwap: number, volume: number, trades: number, from: number, to: number }} Vwap
 * @typedef {{ orderId: string, status: 'placed' | 'packed' | 'shipped' }} OrderStatus
 * @typedef {{ row: number, sku: string, qty: number }} ReportRow
 *
 * @typedef {{
 *   events: {
 *     'ticks.start': {
 *       data: { symbols: number, perS: number, seconds: number },
 *       reply: { published: number, due: number },
 *     },
 *     'order.place': { data: { customer: string, sku: string, qty: number }, reply: { orderId: string } },
 *     'report.rows': { data: { rows: number }, item: ReportRow },
 *   },
 *   topics: {
 *     [topic: `tick.${string}`]: Tick,
 *     [topic: `vwap.${string}`]: Vwap,
 *     [topic: `orders.${string}`]: OrderStatus,
 *   },
 * }} DemoApi
 *
 * @typedef {import('sluice/client').Client<DemoApi>} DemoClient
 */

const { Sluice } = /** @type {typeof globalThis & { Sluice: typeof import('sluice/client') }} */ (globalThis);

/**
 * Connects to the gateway that served the page. It is there at once, and can be used at once: what is asked of it waits
 * until the connection is open, and again whenever it is lost.
 *
 * @type {DemoClient}
 */
export const client = Sluice.connect(location.origin);
