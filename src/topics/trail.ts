/** What a subscription remembers of one topic in order to go back: how far it is sure to have arrived, and what was told. */
import { ToldRanges } from './told-ranges.js';

export class Trail {
  epoch: string;
  /** Everything up to here has arrived. */
  confirmed: number;
  /** Where it stood when it was marked. */
  marked: number;
  /** How far it was delivered; kept for patterns only, which have no other place where they do not lag. */
  at: number;
  #told: ToldRanges | undefined = undefined;

  constructor(epoch: string, offset: number) {
    this.epoch = epoch;
    this.confirmed = offset;
    this.marked = offset;
    this.at = offset;
  }

  confirm(): void {
    this.confirmed = this.marked;
    this.#told?.forget(this.confirmed);
    if (this.#told?.size === 0) this.#told = undefined;
  }

  /** What was marked may never arrive now. */
  unmark(): void {
    this.marked = this.confirmed;
  }

  /** The log begins anew: nothing of the old one can come again. */
  restart(epoch: string): void {
    this.epoch = epoch;
    this.confirmed = 0;
    this.marked = 0;
    this.at = 0;
    this.#told = undefined;
  }

  /** A gap is told for these. */
  tell(from: number, to: number): void {
    if (from > to) return;
    this.#told ??= new ToldRanges();
    this.#told.add(from, to);
  }

  isTold(offset: number): boolean {
    return this.#told?.has(offset) ?? false;
  }

  get hasTold(): boolean {
    return this.#told !== undefined;
  }

  /** Of a range, what no gap was told for. */
  untold(from: number, to: number): { readonly from: number; readonly to: number; readonly count: number } {
    return this.#told?.others(from, to) ?? { from, to, count: to - from + 1 };
  }
}
