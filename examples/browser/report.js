/** A report: a stream read by a loop, which sets the pace of the handler at the other end. */
import { explain, frame, Gate, part, say } from './page.js';

/** @typedef {import('./client.js').DemoClient} DemoClient */

/** Rows taken for a picture: at 60 a second, 20,000 rows are some seconds. */
const rowsPerFrame = 80;
const rateEveryMs = 400;

const pause = /** @type {HTMLButtonElement} */ (part('report-pause'));
const cancel = /** @type {HTMLButtonElement} */ (part('report-cancel'));
const progress = /** @type {HTMLProgressElement} */ (part('report-progress'));

/** @param {DemoClient} client */
export function readReports(client) {
  const form = /** @type {HTMLFormElement} */ (part('report-form'));
  const start = /** @type {HTMLButtonElement} */ (form.querySelector('button.main'));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    start.disabled = true;
    pause.disabled = false;
    cancel.disabled = false;
    await readReport(client, Number(new FormData(form).get('rows')));
    pause.disabled = true;
    cancel.disabled = true;
    start.disabled = false;
  });
}

/**
 * @param {DemoClient} client
 * @param {number} rows
 */
async function readReport(client, rows) {
  const stop = new AbortController();
  const gate = new Gate();
  const shown = new Progress(rows);
  pause.onclick = () => {
    if (gate.isOpen) gate.close();
    else gate.open();
    say(pause, gate.isOpen ? 'Pause' : 'Resume');
    say(part('report-note'), gate.isOpen ? 'Reading.' : 'Paused: the handler waits for this page.');
  };
  cancel.onclick = () => {
    stop.abort();
    // A loop that is paused would never learn of it.
    gate.open();
  };
  say(part('report-note'), 'Reading.');
  try {
    // `credit` rows may be on their way, so that the loop has some at hand; what it does not take is not made.
    const report = client.stream('report.rows', { rows }, { credit: 256, signal: stop.signal });
    for await (const row of report) {
      shown.add(row);
      if (row.row % rowsPerFrame === 0) await frame();
      await gate.passed();
    }
    say(part('report-note'), `Done in ${shown.seconds} s.`);
  } catch (error) {
    say(part('report-note'), stop.signal.aborted ? 'Cancelled, and so is the handler.' : explain(error));
  }
  shown.end();
  say(pause, 'Pause');
}

/** The bar and the figures, drawn on their own: reading is not made slower by what it looks like. */
class Progress {
  #startedAtMs = performance.now();
  #rows = 0;
  #pieces = 0;
  #isOver = false;

  /** @param {number} rows */
  constructor(rows) {
    progress.max = rows;
    void this.#draw();
  }

  get seconds() {
    return ((performance.now() - this.#startedAtMs) / 1000).toFixed(1);
  }

  /** @param {import('./client.js').ReportRow} row */
  add({ row, qty }) {
    this.#rows = row;
    this.#pieces += qty;
  }

  end() {
    this.#isOver = true;
  }

  async #draw() {
    let lookedAtMs = this.#startedAtMs;
    let rowsThen = 0;
    do {
      await frame();
      const nowMs = performance.now();
      progress.value = this.#rows;
      say(part('report-rows'), this.#rows.toLocaleString('en'));
      say(part('report-pieces'), this.#pieces.toLocaleString('en'));
      if (nowMs - lookedAtMs < rateEveryMs) continue;
      const perS = ((this.#rows - rowsThen) * 1000) / (nowMs - lookedAtMs);
      say(part('report-rate'), Math.round(perS).toLocaleString('en'));
      lookedAtMs = nowMs;
      rowsThen = this.#rows;
    } while (!this.#isOver);
    say(part('report-rate'), '0');
  }
}
