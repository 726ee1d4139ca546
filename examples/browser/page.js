/** What the panels need of the page. */

/**
 * An element of the page, by its id.
 *
 * @template {Element} [T=HTMLElement]
 * @param {string} id
 * @returns {T}
 */
export function part(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`expected an element #${id}, got none`);
  return /** @type {T} */ (/** @type {unknown} */ (element));
}

/**
 * Sets a text if it is another one: the layout stays, and what has not changed is not read out again.
 *
 * @param {Element} element
 * @param {string} text
 */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** The next time the browser draws. A page nobody looks at is not drawn: loops that wait for this stand still then. */
export function frame() {
  return new Promise((resolve) => requestAnimationFrame(resolve));
}

/**
 * An error of the SDK as a line of text. The `code` says what it is; `started` whether it may have been done all the same.
 *
 * @param {unknown} error whatever the SDK rejects with is a `SluiceError`
 */
export function explain(error) {
  const { code, message, started } = /** @type {import('sluice/client').SluiceError} */ (error);
  return `${code}: ${message}${started === 'maybe' && code !== 'cancelled' ? ' (it may have been done)' : ''}`;
}

/** A gate in the way of a loop. That is all it takes to pause one: who takes nothing is soon sent nothing. */
export class Gate {
  #isOpen = true;
  /** @type {(() => void)[]} */
  #waiting = [];

  get isOpen() {
    return this.#isOpen;
  }

  close() {
    this.#isOpen = false;
  }

  open() {
    this.#isOpen = true;
    for (const goOn of this.#waiting.splice(0)) goOn();
  }

  /**
   * Resolves when it is open.
   *
   * @returns {Promise<void>}
   */
  passed() {
    return this.#isOpen ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
  }
}
