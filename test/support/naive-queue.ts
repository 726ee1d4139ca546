/**
 * The fair queue as plainly as it can be said: arrays that are searched from end to end. The oracle for property
 * tests of the real one.
 */

export interface NaiveItem {
  readonly name: number;
  level: number;
  readonly flow: string;
  readonly group: number;
  readonly serial: string | undefined;
  readonly isOrdered: boolean;
  readonly cost: number;
  sequence: number;
  /** When it was let into its lane after it had been parked; 0 when it never was. */
  releasedAt: number;
  isParked: boolean;
}

interface Turn {
  readonly flow: string;
  balance: number;
  gaveLoose: boolean;
}

export class NaiveQueue {
  waiting: NaiveItem[] = [];
  newestFirst = false;
  readonly #passesMax: readonly number[];
  readonly #passed: number[];
  /** Per level the flows in the order of their turns; the first one's turn it is. */
  readonly #turns: Turn[][];
  /** Those that have something waiting or held, the oldest first. */
  #flows: string[] = [];
  #held: NaiveItem[] = [];
  #sequence = 0;
  #releases = 0;

  constructor(passesMax: readonly number[]) {
    this.#passesMax = passesMax;
    this.#passed = passesMax.map(() => 0);
    this.#turns = passesMax.map(() => []);
  }

  offer(item: NaiveItem): void {
    this.#sequence += 1;
    item.sequence = this.#sequence;
    item.isParked =
      item.serial !== undefined && [...this.#held, ...this.waiting].some((other) => sameSerial(item, other));
    this.waiting.push(item);
    this.#update();
  }

  take(): NaiveItem | undefined {
    const level = this.#chooseLevel();
    if (level === -1) return undefined;
    const turns = this.#turns[level] as Turn[];
    let turn = turns[0] as Turn;
    if (turn.balance <= 0) turn.balance += 1;
    while (turn.balance <= 0) {
      turns.push(turns.shift() as Turn);
      turn = turns[0] as Turn;
      if (turn.balance <= 0) turn.balance += 1;
    }
    const lane = this.#lane(turn.flow, level);
    const { arrived, released, loose } = sorted(lane);
    const ordered = oldest([arrived[0], released[0]]);
    let item = oldest([ordered, loose[0]]);
    if (this.newestFirst && turn.gaveLoose) item = ordered ?? item;
    if (item === undefined) throw new Error('a flow with a turn has nothing');
    turn.gaveLoose = isLoose(item);
    if (turn.gaveLoose && this.newestFirst) item = loose.at(-1) as NaiveItem;
    turn.balance -= item.cost;
    turns.push(turns.shift() as Turn);
    this.waiting = this.waiting.filter((each) => each !== item);
    if (item.serial !== undefined) this.#held.push(item);
    this.#update();
    return item;
  }

  remove(item: NaiveItem): boolean {
    if (!this.waiting.includes(item)) return false;
    this.waiting = this.waiting.filter((each) => each !== item);
    this.#update();
    return true;
  }

  release(item: NaiveItem): void {
    this.#held = this.#held.filter((each) => each !== item);
    this.#update();
  }

  /** Parks what had been let in of that serial, to be the next of it again. */
  seize(item: NaiveItem): void {
    if (item.serial === undefined) return;
    for (const other of this.waiting) if (sameSerial(item, other)) other.isParked = true;
    this.#held.push(item);
    this.#update();
  }

  replaceLast(fresh: NaiveItem): NaiveItem | undefined {
    const old = this.waiting
      .filter((other) => sameSerial(fresh, other))
      .sort((a, b) => a.sequence - b.sequence)
      .at(-1);
    if (old === undefined) return undefined;
    const isMoreUrgent = fresh.level < old.level && !old.isParked;
    fresh.level = Math.min(fresh.level, old.level);
    fresh.sequence = old.sequence;
    fresh.isParked = old.isParked;
    fresh.releasedAt = old.releasedAt;
    if (isMoreUrgent) {
      this.#releases += 1;
      fresh.releasedAt = this.#releases;
      this.waiting = [...this.waiting.filter((each) => each !== old), fresh];
    } else this.waiting = this.waiting.map((each) => (each === old ? fresh : each));
    this.#update();
    return old;
  }

  /** Takes out what would go last, level by level, until `keep` wait; returned in that order. */
  shed(keep: number, levelMin: number): NaiveItem[] {
    const shed: NaiveItem[] = [];
    for (let level = this.#turns.length - 1; level >= levelMin; level -= 1) {
      const staying = new Set<NaiveItem>();
      while (this.waiting.length > keep) {
        const item = this.#lastToGo(level, staying);
        if (item === undefined) break;
        if (this.waiting.some((other) => sameSerial(item, other) && other.sequence > item.sequence)) staying.add(item);
        else {
          this.remove(item);
          shed.push(item);
        }
      }
    }
    return shed;
  }

  /** Of the flow with the most items in the level; of two the older flow. */
  #lastToGo(level: number, staying: ReadonlySet<NaiveItem>): NaiveItem | undefined {
    const items = this.#flows
      .map((flow) => this.waiting.filter((item) => item.flow === flow && item.level === level))
      .filter((ofFlow) => ofFlow.some((item) => !staying.has(item)))
      .sort((a, b) => b.length - a.length)[0];
    if (items === undefined) return undefined;
    const { arrived, released, loose, parked } = sorted(items.filter((item) => !staying.has(item)));
    const newest = [arrived.at(-1), released.at(-1), parked.at(-1)];
    if (!this.newestFirst) newest.push(loose.at(-1));
    else if (loose.length * 2 >= items.length) return loose[0];
    return newest.filter((item) => item !== undefined).sort((a, b) => b.sequence - a.sequence)[0] ?? loose[0];
  }

  #lane(flow: string, level: number): NaiveItem[] {
    return this.waiting.filter((item) => item.flow === flow && item.level === level && !item.isParked);
  }

  #chooseLevel(): number {
    const ready = this.#turns.map((turns, level) => (turns.length > 0 ? level : -1)).filter((level) => level !== -1);
    const first = ready[0];
    if (first === undefined) return -1;
    const due = ready.filter(
      (level) => level !== first && (this.#passed[level] as number) >= (this.#passesMax[level] as number),
    );
    const chosen = due.at(-1) ?? first;
    for (const level of ready) (this.#passed[level] as number) += 1;
    this.#passed[chosen] = 0;
    return chosen;
  }

  /** Lets in what may leave its parking place, and brings the turns up to date. */
  #update(): void {
    for (const item of [...this.waiting].sort((a, b) => a.sequence - b.sequence)) {
      if (!item.isParked) continue;
      const others = this.waiting.filter((other) => other !== item && sameSerial(item, other));
      const isBlocked =
        this.#held.some((other) => sameSerial(item, other)) ||
        others.some((other) => !other.isParked || other.sequence < item.sequence);
      if (isBlocked) continue;
      item.isParked = false;
      this.#releases += 1;
      item.releasedAt = this.#releases;
    }
    const present = [...this.#flows, ...[...this.waiting, ...this.#held].map(({ flow }) => flow)];
    this.#flows = [...new Set(present)].filter((name) =>
      [...this.waiting, ...this.#held].some(({ flow }) => flow === name),
    );
    for (const [level, turns] of this.#turns.entries()) {
      const kept = turns.filter(({ flow }) => this.#lane(flow, level).length > 0);
      turns.splice(0, turns.length, ...kept);
      for (const { flow } of this.waiting) {
        if (this.#lane(flow, level).length > 0 && !turns.some((turn) => turn.flow === flow)) {
          turns.push({ flow, balance: 0, gaveLoose: false });
        }
      }
      if (turns.length === 0) this.#passed[level] = 0;
    }
  }
}

function isLoose(item: NaiveItem): boolean {
  return item.serial === undefined && !item.isOrdered;
}

function oldest(items: (NaiveItem | undefined)[]): NaiveItem | undefined {
  return items.filter((item) => item !== undefined).sort((a, b) => a.sequence - b.sequence)[0];
}

/** The items by kind, each kind in the order in which it goes, or has come. */
function sorted(items: readonly NaiveItem[]) {
  const inOrder = [...items].sort((a, b) => a.sequence - b.sequence);
  const standing = inOrder.filter((item) => !item.isParked && !isLoose(item));
  return {
    arrived: standing.filter(({ releasedAt }) => releasedAt === 0),
    released: standing.filter(({ releasedAt }) => releasedAt !== 0).sort((a, b) => a.releasedAt - b.releasedAt),
    loose: inOrder.filter(isLoose),
    parked: inOrder.filter(({ isParked }) => isParked),
  };
}

function sameSerial(a: NaiveItem, b: NaiveItem): boolean {
  return a.serial !== undefined && a.flow === b.flow && a.group === b.group && a.serial === b.serial;
}
