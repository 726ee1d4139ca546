/**
 * The second and third bound of what may wait or run: bytes, and the reserve of items for events that come without
 * credit (`critical`, and HTTP requests).
 */
export interface BudgetOptions {
  readonly bytes: number;
  /** Part of `bytes` in use from which on credit does not grow. */
  readonly pressedPercent: number;
  /** Items for events without credit. HTTP may use three quarters, so that `critical` always finds some. */
  readonly reserve: number;
}

export class Budget {
  items = 0;
  bytes = 0;
  reserveUsed = 0;
  readonly bytesMax: number;
  readonly reserveMax: number;
  readonly #pressedBytes: number;
  readonly #httpMax: number;

  constructor(options: BudgetOptions) {
    this.bytesMax = options.bytes;
    this.#pressedBytes = (options.bytes * options.pressedPercent) / 100;
    this.reserveMax = options.reserve;
    this.#httpMax = Math.max(1, Math.floor(options.reserve * 0.75));
  }

  hasBytes(bytes: number): boolean {
    return this.bytes + bytes <= this.bytesMax;
  }

  hasReserve(isHttp: boolean): boolean {
    return this.reserveUsed < (isHttp ? this.#httpMax : this.reserveMax);
  }

  /** So many bytes are in use that windows stop growing. */
  get isPressed(): boolean {
    return this.bytes > this.#pressedBytes;
  }

  take(bytes: number, usesReserve: boolean): void {
    this.items += 1;
    this.bytes += bytes;
    if (usesReserve) this.reserveUsed += 1;
  }

  giveBack(bytes: number, usesReserve: boolean): void {
    this.items -= 1;
    this.bytes -= bytes;
    if (usesReserve) this.reserveUsed -= 1;
  }
}
