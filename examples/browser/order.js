/** An order: a request that is safe to send again, and a topic that tells what becomes of it. */
import { Orders, rewind, short } from './orders.js';
import { explain, part, say } from './page.js';

/** @typedef {import('./client.js').DemoClient} DemoClient */

const fields = ['customer', 'sku', 'qty'];

/** @param {DemoClient} client */
export function takeOrders(client) {
  const form = /** @type {HTMLFormElement} */ (part('order-form'));
  const customer = /** @type {HTMLInputElement} */ (part('customer'));
  const orders = new Orders();
  const follow = follower(client, orders);
  follow(customer.value);
  customer.addEventListener('change', () => follow(customer.value));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void placeOrder(client, new FormData(form), orders);
  });
}

/**
 * @param {DemoClient} client
 * @param {FormData} form
 * @param {Orders} orders
 */
async function placeOrder(client, form, orders) {
  const customer = String(form.get('customer'));
  const order = { customer, sku: String(form.get('sku')), qty: Number(form.get('qty')) };
  const priority = /** @type {NonNullable<import('sluice/client').RequestOptions['priority']>} */ (
    form.get('priority')
  );
  showIssues([]);
  showResult('Placing …');
  try {
    // `key`: orders of one customer are placed one after the other. `idem`: should the connection be lost before the
    // answer is here, the client sends it again, and the gateway still places it once.
    const { orderId } = await client.request('order.place', order, { key: customer, priority, idem: true });
    orders.describe(orderId, `${order.qty} × ${order.sku}`);
    showResult(`Placed as ${short(orderId)}`);
  } catch (error) {
    showFailure(/** @type {import('sluice/client').SluiceError} */ (error));
  }
}

/**
 * Every failure is a `SluiceError`: what went wrong is its `code`, and `details` are what the handler gave besides; of
 * data that is not as expected, the fields and why.
 *
 * @param {import('sluice/client').SluiceError} error
 */
function showFailure(error) {
  const { issues = [] } = /** @type {{ issues?: { path: string, message: string }[] }} */ (error.details ?? {});
  showIssues(issues);
  const isAtFields = error.code === 'invalid_argument' && issues.length > 0;
  showResult(isAtFields ? error.code : explain(error), error.code);
}

/**
 * Follows one customer at a time. `rewind` brings what was said before the page was opened, and what is said while the
 * connection is away comes when it is back: nothing is asked for again here.
 *
 * @param {DemoClient} client
 * @param {Orders} orders
 */
function follower(client, orders) {
  let leaving = new AbortController();
  /** @param {string} customer */
  return async (customer) => {
    leaving.abort();
    leaving = new AbortController();
    const { signal } = leaving;
    orders.clear(customer);
    try {
      for await (const event of client.subscribe(`orders.${customer}`, { rewind, signal })) {
        if (signal.aborted) return;
        if (event.kind === 'message') orders.show(event.data);
        else if (event.reason === 'reset') orders.note('The gateway began anew, and knows nothing of earlier orders.');
      }
    } catch (error) {
      if (!signal.aborted) orders.note(explain(error));
    }
  };
}

/**
 * @param {string} text
 * @param {string} [code] of the failure, if it is one
 */
function showResult(text, code) {
  const result = part('order-result');
  say(result, text);
  result.className = code === undefined ? '' : 'failure';
}

/** @param {readonly { readonly path: string, readonly message: string }[]} issues */
function showIssues(issues) {
  for (const field of fields) {
    const issue = issues.find(({ path }) => path === field);
    part(field).setAttribute('aria-invalid', String(issue !== undefined));
    say(part(`${field}-issue`), issue?.message ?? '');
  }
}
