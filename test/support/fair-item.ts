/** An item for a real fair queue: what a test says of it, a name, and the queue's own fields. */
import type { FairQueueItem } from '../../src/collections/fair-queue.js';

export interface FairItemFields {
  readonly level: number;
  readonly flow: string;
  readonly group: number;
  readonly serial: string | undefined;
  readonly isOrdered: boolean;
  readonly cost: number;
}

export class FairItem implements FairQueueItem<FairItem> {
  readonly name: number;
  level: number;
  readonly flow: string;
  readonly group: number;
  readonly serial: string | undefined;
  readonly isOrdered: boolean;
  readonly cost: number;
  queueSequence = 0;
  queueHome: unknown = undefined;
  serialState: unknown = undefined;
  queuePrevious: FairItem | undefined = undefined;
  queueNext: FairItem | undefined = undefined;

  /** What is not said: `{ level: 2, flow: 'a', group: 0, serial: undefined, isOrdered: true, cost: 1 }`. */
  constructor(name: number, fields: Partial<FairItemFields> = {}) {
    this.name = name;
    this.level = fields.level ?? 2;
    this.flow = fields.flow ?? 'a';
    this.group = fields.group ?? 0;
    this.serial = fields.serial;
    this.isOrdered = fields.isOrdered ?? true;
    this.cost = fields.cost ?? 1;
  }
}
