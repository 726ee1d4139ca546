/** The table of prices and their chart: what is shown of the ticks. */
import { Chart, percent } from './chart.js';
import { part, say } from './page.js';

const prefix = 'tick.';
/** A demo may have a thousand symbols; so many are shown, those that came first. */
const symbolsMax = 5;
/** A tick moves a price by a thousandth at most; one that is so much elsewhere is of another market, and begins anew. */
const jumpMax = 0.01;
/** The same behind a gap, in which prices have moved on. */
const gapJumpMax = 0.1;

/**
 * What is known of a symbol. `base` is the price its change counts from.
 *
 * @typedef {object} Row
 * @property {number} base
 * @property {number} price
 * @property {number} leftOut
 * @property {boolean} isBehindGap
 * @property {HTMLElement} line
 * @property {Record<string, Element>} cells
 */

/** The table and the chart. */
export class Prices {
  #chart = new Chart(part('chart'), { high: part('chart-high'), low: part('chart-low') });
  /** @type {Map<string, Row>} */
  #symbols = new Map();
  #leftOut = 0;
  #isCounted = true;
  #movedAtMs = performance.now();

  constructor() {
    void this.#chart.draw();
  }

  /** @param {import('sluice/client').TopicMessage<import('./client.js').Tick>} tick */
  tick({ topic, data }) {
    this.#moved();
    const symbol = topic.slice(prefix.length);
    const price = data?.price;
    const row = this.#row(symbol);
    // In the demo everybody may publish ticks, and anything as one.
    if (row === undefined || !Number.isFinite(price) || price <= 0) return;
    const isElsewhere = Math.abs(price / row.price - 1) > (row.isBehindGap ? gapJumpMax : jumpMax);
    if (isElsewhere) row.base = price;
    row.price = price;
    const change = (price / row.base - 1) * 100;
    this.#chart.add(symbol, change, isElsewhere || row.isBehindGap);
    row.isBehindGap = false;
    say(row.cells.price, price.toFixed(2));
    say(row.cells.change, percent(change));
  }

  /** @param {import('./client.js').Vwap} average */
  average({ symbol, vwap, trades }) {
    this.#moved();
    const row = this.#row(symbol);
    if (row === undefined) return;
    say(row.cells.vwap, vwap.toFixed(2));
    say(row.cells.trades, trades.toLocaleString('en'));
  }

  /**
   * What does not come is told, and told by the topic it is missing from.
   *
   * @param {import('sluice/client').TopicGap} gap
   */
  gap({ topic, count }) {
    // Nobody counted what passed while there was no session.
    if (count === undefined) this.#isCounted = false;
    else this.#leftOut += count;
    const row = this.#symbols.get(topic.slice(prefix.length));
    if (row !== undefined) {
      row.isBehindGap = true;
      row.leftOut += count ?? 0;
      say(row.cells.leftOut, row.leftOut.toLocaleString('en'));
    }
    this.paused(false);
  }

  /** @param {boolean} isPaused */
  paused(isPaused) {
    const more = this.#isCounted ? '' : ', and more between two sessions';
    const leftOut = `${this.#leftOut.toLocaleString('en')} left out${more}.`;
    say(part('ticks-note'), isPaused ? 'Paused: nothing is taken.' : leftOut);
  }

  /**
   * Resolves when nothing has come for so long.
   *
   * @param {number} ms
   */
  async silence(ms) {
    for (;;) {
      const leftMs = this.#movedAtMs + ms - performance.now();
      if (leftMs <= 0) return;
      await new Promise((resolve) => setTimeout(resolve, leftMs));
      if (performance.now() - this.#movedAtMs < ms) say(part('market'), 'Somebody else runs the market.');
    }
  }

  #moved() {
    this.#movedAtMs = performance.now();
  }

  /** @param {string} symbol */
  #row(symbol) {
    const known = this.#symbols.get(symbol);
    if (known !== undefined || this.#symbols.size === symbolsMax) return known;
    const line = document.createElement('tr');
    const name = document.createElement('th');
    name.scope = 'row';
    name.className = `colour-${this.#symbols.size}`;
    name.textContent = symbol;
    line.append(name);
    /** @type {Record<string, Element>} */
    const cells = {};
    for (const column of ['price', 'change', 'vwap', 'trades', 'leftOut']) {
      cells[column] = line.insertCell();
      cells[column].textContent = column === 'leftOut' ? '0' : '–';
    }
    // By name, whichever ticked first.
    const next = [...this.#symbols.keys()].filter((other) => other > symbol).sort()[0];
    part('prices').insertBefore(line, this.#symbols.get(next)?.line ?? null);
    /** @type {Row} */
    const row = { base: 0, price: 0, leftOut: 0, isBehindGap: false, line, cells };
    this.#symbols.set(symbol, row);
    return row;
  }
}
