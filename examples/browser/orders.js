/** The list of a customer's orders, and how far each has come. */
import { part, say } from './page.js';

const steps = /** @type {const} */ (['placed', 'packed', 'shipped']);
/** Orders shown; the oldest goes. */
const ordersMax = 5;
/** Messages of a customer's topic that tell of so many orders. */
export const rewind = ordersMax * steps.length;

/** The list of orders, the newest first. */
export class Orders {
  #list = part('orders');
  /** @type {Map<string, { line: HTMLElement, what: HTMLElement, way: HTMLElement }>} */
  #lines = new Map();

  /** @param {string} customer */
  clear(customer) {
    this.#lines.clear();
    this.#list.replaceChildren();
    say(part('orders-of'), customer);
    this.note('No orders yet.');
  }

  /** @param {import('./client.js').OrderStatus} status */
  show({ orderId, status }) {
    const { way } = this.#line(orderId);
    const reached = steps.indexOf(status);
    for (const [n, step] of [...way.children].entries()) {
      step.className = n <= reached ? 'reached' : '';
      if (n === reached) step.setAttribute('aria-current', 'step');
      else step.removeAttribute('aria-current');
    }
    this.note(`${short(orderId)} is ${status}.`);
  }

  /**
   * What only the page that placed it knows.
   *
   * @param {string} orderId
   * @param {string} what
   */
  describe(orderId, what) {
    say(this.#line(orderId).what, what);
  }

  /** @param {string} text */
  note(text) {
    say(part('orders-note'), text);
  }

  /** @param {string} orderId */
  #line(orderId) {
    const known = this.#lines.get(orderId);
    if (known !== undefined) return known;
    const line = document.createElement('li');
    line.dataset.order = orderId;
    const id = document.createElement('code');
    id.textContent = short(orderId);
    const what = document.createElement('span');
    const way = document.createElement('ol');
    for (const step of steps) way.append(Object.assign(document.createElement('li'), { textContent: step }));
    line.append(id, what, way);
    this.#list.prepend(line);
    const made = { line, what, way };
    this.#lines.set(orderId, made);
    for (const [oldest, { line }] of this.#lines) {
      if (this.#lines.size <= ordersMax) break;
      this.#lines.delete(oldest);
      line.remove();
    }
    return made;
  }
}

/**
 * An order's id in short: it is for the eye only.
 *
 * @param {string} orderId
 */
export function short(orderId) {
  return orderId.slice(0, 10);
}
