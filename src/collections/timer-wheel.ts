/**
 * Many timers for the price of one: a hashed timing wheel (Varghese and Lauck, 1987, scheme 6). Adding and removing
 * are O(1) and allocate nothing; items due beyond one turn of the wheel are looked at once a turn. The one timer
 * behind it runs only while something is in.
 *
 * An item comes into the wheel some additions later, or when the turn of the event loop ends: most that are removed
 * again are so before that, and never get there.
 */

/** The fields the wheel keeps its state in: set `wheelSlot` to −1, which is nowhere, and the links to undefined. */
export interface WheelItem<T> {
  /** When it is due. May be raised while the item is in: the wheel notices by itself. */
  dueAtMs: number;
  wheelSlot: number;
  wheelPrevious: T | undefined;
  wheelNext: T | undefined;
}

/** Where the wheel has its time from. */
export interface WheelClock {
  nowMs(): number;
  after(delayMs: number, callback: () => void): { clear(): void };
}

/** What tells it of the ends of turns. */
export interface WheelTurn {
  /** Makes sure that this turn has an end. */
  now(): number;
  onEnd(callback: () => void): void;
}

export interface TimerWheelOptions<T> {
  /** Milliseconds between looks: how late an item may be noticed, and never early. */
  readonly tickMs: number;
  readonly clock: WheelClock;
  readonly turn: WheelTurn;
  /** Called once per due item, which is out of the wheel by then and may be added again. */
  readonly onDue: (item: T) => void;
}

/** A power of two. With ticks of 10 ms one turn takes 5.12 s. */
const slots = 512;
/** Items being looked at: those of a slot whose time has come. */
const underLook = slots;
/** The `wheelSlot` of an item that is in no list. */
const nowhere = -1;
/** Of one that was added lately; and of one that was removed again, and is still in that list. */
const fresh = -2;
const forgotten = -3;
/** Items in that list at most: it keeps those removed from being collected as garbage. */
const freshMax = 32;

export class TimerWheel<T extends WheelItem<T>> {
  /** Items in the wheel proper. */
  size = 0;
  /** Added lately: linked by `wheelNext` alone. */
  #fresh: T | undefined = undefined;
  #freshCount = 0;
  readonly #options: TimerWheelOptions<T>;
  readonly #heads: (T | undefined)[] = new Array(slots + 1).fill(undefined);
  /** The tick up to which, itself included, items have been looked at. */
  #tick = 0;
  #timer: { clear(): void } | undefined = undefined;
  #isClosed = false;
  readonly #onTimer = (): void => {
    this.#timer = undefined;
    this.#look();
    this.#arm();
  };

  constructor(options: TimerWheelOptions<T>) {
    this.#options = options;
    options.turn.onEnd(() => this.#takeFresh());
  }

  /** Whether an item is in, and will be called when it is due. */
  static has(item: { readonly wheelSlot: number }): boolean {
    return item.wheelSlot >= 0 || item.wheelSlot === fresh;
  }

  /** Puts in an item that is not in, and whose `dueAtMs` is set. */
  add(item: T): void {
    if (item.wheelSlot === nowhere) {
      if (this.#freshCount === freshMax) this.#takeFresh();
      if (this.#freshCount === 0) this.#options.turn.now();
      this.#freshCount += 1;
      item.wheelNext = this.#fresh;
      this.#fresh = item;
    }
    item.wheelSlot = fresh;
  }

  /** Takes out an item; does nothing when it is not in. */
  remove(item: T): void {
    if (item.wheelSlot === fresh) item.wheelSlot = forgotten;
    else if (item.wheelSlot >= 0) {
      this.size -= 1;
      this.#unlink(item);
    }
  }

  /** Stops the timer for good. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.clear();
    this.#timer = undefined;
  }

  /** What was added and is still wanted comes into the wheel. */
  #takeFresh(): void {
    let item = this.#fresh;
    this.#fresh = undefined;
    this.#freshCount = 0;
    while (item !== undefined) {
      const next = item.wheelNext;
      item.wheelNext = undefined;
      const isWanted = item.wheelSlot === fresh && !this.#isClosed;
      item.wheelSlot = nowhere;
      if (isWanted) this.#enter(item);
      item = next;
    }
  }

  #enter(item: T): void {
    if (this.#timer === undefined) {
      if (this.size === 0) this.#tick = this.#now();
      this.#arm(true);
    }
    this.size += 1;
    this.#link(item, this.#slotOf(item.dueAtMs));
  }

  /** The first tick at which the item is due, but never one that was looked at already. */
  #slotOf(dueAtMs: number): number {
    const due = Math.ceil(dueAtMs / this.#options.tickMs);
    return Math.max(due, this.#tick + 1) & (slots - 1);
  }

  #now(): number {
    return Math.floor(this.#options.clock.nowMs() / this.#options.tickMs);
  }

  #arm(isFirst = false): void {
    if (this.#isClosed || this.#timer !== undefined || (this.size === 0 && !isFirst)) return;
    this.#timer = this.#options.clock.after(this.#options.tickMs, this.#onTimer);
  }

  #look(): void {
    const now = this.#now();
    const from = Math.max(this.#tick + 1, now - slots + 1);
    this.#tick = now;
    for (let tick = from; tick <= now; tick += 1) this.#lookAt(tick & (slots - 1));
  }

  #lookAt(slot: number): void {
    this.#setAside(slot);
    const nowMs = this.#options.clock.nowMs();
    for (;;) {
      const item = this.#heads[underLook];
      if (item === undefined) return;
      this.#unlink(item);
      if (item.dueAtMs > nowMs) this.#link(item, this.#slotOf(item.dueAtMs));
      else {
        this.size -= 1;
        this.#options.onDue(item);
      }
    }
  }

  /** Moves the items of a slot to a list of their own, so that those put back are not looked at again. */
  #setAside(slot: number): void {
    const head = this.#heads[slot];
    this.#heads[slot] = undefined;
    this.#heads[underLook] = head;
    for (let item = head; item !== undefined; item = item.wheelNext) item.wheelSlot = underLook;
  }

  #link(item: T, slot: number): void {
    const head = this.#heads[slot];
    item.wheelSlot = slot;
    item.wheelPrevious = undefined;
    item.wheelNext = head;
    if (head !== undefined) head.wheelPrevious = item;
    this.#heads[slot] = item;
  }

  #unlink(item: T): void {
    const { wheelPrevious, wheelNext } = item;
    if (wheelPrevious === undefined) this.#heads[item.wheelSlot] = wheelNext;
    else wheelPrevious.wheelNext = wheelNext;
    if (wheelNext !== undefined) wheelNext.wheelPrevious = wheelPrevious;
    item.wheelSlot = nowhere;
    item.wheelPrevious = undefined;
    item.wheelNext = undefined;
  }
}
