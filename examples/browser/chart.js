/** Lines that move: values of the last half minute, as SVG, whose colours are the style sheet's. */
import { frame, say } from './page.js';

const windowMs = 30_000;
/** Values of a line; older ones go first. */
const pointsMax = 2000;
/** Where nothing came for so long, a line is interrupted. */
const holeMs = 1000;
/** The size of the drawing, see `viewBox`: it is stretched to the size of its element. */
const width = 1000;
const height = 100;
/** The share of the way that the axis goes towards its new range with each drawing. */
const ease = 0.2;
/** Between two pictures; who does not want things to move all the time gets a new one every two seconds. */
const pictureMs = 30;
const calmMs = 2000;
const calm = matchMedia('(prefers-reduced-motion: reduce)');

/** @typedef {{ atMs: number, value: number, isBreak: boolean }} Point */

export class Chart {
  /** @type {Map<string, { points: Point[], path: SVGPathElement, head: SVGPathElement }>} */
  #lines = new Map();
  #svg;
  #high;
  #low;
  #range = { low: -0.1, high: 0.1 };

  /**
   * @param {SVGSVGElement} svg
   * @param {{ high: Element, low: Element }} labels of its axis
   */
  constructor(svg, { high, low }) {
    this.#svg = svg;
    this.#high = high;
    this.#low = low;
  }

  /**
   * Adds a value that is of now.
   *
   * @param {string} name
   * @param {number} value
   * @param {boolean} isBreak nothing leads from the last value to this one
   */
  add(name, value, isBreak) {
    const { points } = this.#lines.get(name) ?? this.#newLine(name);
    points.push({ atMs: performance.now(), value, isBreak });
    if (points.length > pointsMax) points.shift();
  }

  /** Draws for as long as the page is there and is looked at. */
  async draw() {
    for (let drawnAtMs = Number.NEGATIVE_INFINITY; ; ) {
      await frame();
      const nowMs = performance.now();
      if (nowMs - drawnAtMs < (calm.matches ? calmMs : pictureMs)) continue;
      drawnAtMs = nowMs;
      this.#picture(nowMs);
    }
  }

  /** @param {number} nowMs */
  #picture(nowMs) {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (const { points } of this.#lines.values()) {
      while (points.length > 0 && points[0].atMs < nowMs - windowMs) points.shift();
      for (const { value } of points) {
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
    }
    if (low <= high) this.#rangeTowards(low, high);
    for (const { points, path, head } of this.#lines.values()) {
      path.setAttribute('d', this.#way(points, nowMs));
      const last = points.at(-1);
      // A way of no length with round ends is a dot, which stays round however the drawing is stretched.
      head.setAttribute('d', last === undefined ? '' : `M${this.#place(last, nowMs)}h0`);
    }
    say(this.#high, percent(this.#range.high));
    say(this.#low, percent(this.#range.low));
  }

  /**
   * @param {readonly Point[]} points
   * @param {number} nowMs
   */
  #way(points, nowMs) {
    let way = '';
    let lastAtMs = Number.NEGATIVE_INFINITY;
    for (const point of points) {
      way += `${point.isBreak || point.atMs - lastAtMs > holeMs ? 'M' : 'L'}${this.#place(point, nowMs)}`;
      lastAtMs = point.atMs;
    }
    return way;
  }

  /**
   * @param {Point} point
   * @param {number} nowMs
   */
  #place({ atMs, value }, nowMs) {
    const { low, high } = this.#range;
    const x = width * (1 - (nowMs - atMs) / windowMs);
    const y = height * (1 - (value - low) / (high - low));
    return `${x.toFixed(1)} ${y.toFixed(2)}`;
  }

  /**
   * @param {number} low
   * @param {number} high
   */
  #rangeTowards(low, high) {
    const margin = Math.max(0.05, (high - low) * 0.08);
    const share = calm.matches ? 1 : ease;
    // No line leaves the picture while the axis is on its way.
    this.#range.low = Math.min(low, this.#range.low + (low - margin - this.#range.low) * share);
    this.#range.high = Math.max(high, this.#range.high + (high + margin - this.#range.high) * share);
  }

  /** @param {string} name */
  #newLine(name) {
    const [path, head] = ['line', 'head'].map((kind) => {
      const made = document.createElementNS('http://www.w3.org/2000/svg', 'path');
      made.setAttribute('class', `${kind} colour-${this.#lines.size}`);
      this.#svg.append(made);
      return made;
    });
    /** @type {{ points: Point[], path: SVGPathElement, head: SVGPathElement }} */
    const line = { points: [], path, head };
    this.#lines.set(name, line);
    return line;
  }
}

/** @param {number} value */
export function percent(value) {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)} %`;
}
