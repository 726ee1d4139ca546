/**
 * A doubly linked list whose links are fields of its items: adding, taking and removing from the middle are O(1) and
 * allocate nothing. An item is in one list at a time, named by its `queueHome`.
 */
export interface Linked<T> {
  /** The list it is in. */
  queueHome: unknown;
  queuePrevious: T | undefined;
  queueNext: T | undefined;
}

export class LinkedList<T extends Linked<T>> {
  head: T | undefined = undefined;
  tail: T | undefined = undefined;

  /** Adds an item, which must be in no list, at the end. */
  push(item: T): void {
    item.queueHome = this;
    item.queuePrevious = this.tail;
    item.queueNext = undefined;
    if (this.tail === undefined) this.head = item;
    else this.tail.queueNext = item;
    this.tail = item;
  }

  /** Adds an item, which must be in no list, at the front. */
  unshift(item: T): void {
    item.queueHome = this;
    item.queuePrevious = undefined;
    item.queueNext = this.head;
    if (this.head === undefined) this.tail = item;
    else this.head.queuePrevious = item;
    this.head = item;
  }

  /** Adds an item, which must be in no list, behind one that is in this list. */
  insertAfter(place: T, item: T): void {
    const { queueNext } = place;
    if (queueNext === undefined) {
      this.push(item);
      return;
    }
    item.queueHome = this;
    item.queuePrevious = place;
    item.queueNext = queueNext;
    place.queueNext = item;
    queueNext.queuePrevious = item;
  }

  /** Takes out an item, which must be in this list. */
  remove(item: T): void {
    const { queuePrevious, queueNext } = item;
    if (queuePrevious === undefined) this.head = queueNext;
    else queuePrevious.queueNext = queueNext;
    if (queueNext === undefined) this.tail = queuePrevious;
    else queueNext.queuePrevious = queuePrevious;
    item.queueHome = undefined;
    item.queuePrevious = undefined;
    item.queueNext = undefined;
  }

  /** Puts `fresh`, which must be in no list, where `old` is; `old` leaves. */
  replace(old: T, fresh: T): void {
    const { queuePrevious, queueNext } = old;
    fresh.queueHome = this;
    fresh.queuePrevious = queuePrevious;
    fresh.queueNext = queueNext;
    if (queuePrevious === undefined) this.head = fresh;
    else queuePrevious.queueNext = fresh;
    if (queueNext === undefined) this.tail = fresh;
    else queueNext.queuePrevious = fresh;
    old.queueHome = undefined;
    old.queuePrevious = undefined;
    old.queueNext = undefined;
  }
}
