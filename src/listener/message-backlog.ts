/**
 * Messages of one socket that wait for later turns of the event loop, because it has had its share of this one. The
 * library cannot stop reading a socket, so what it reads has to go somewhere; a bound per socket, and one for all
 * together, say how much.
 */

/** The bounds, and what waits in all backlogs together. */
export interface BacklogRoom {
  readonly messagesMax: number;
  readonly bytesMax: number;
  readonly allBytesMax: number;
  allBytes: number;
}

/** A copy of what the library handed over. */
export interface WaitingMessage {
  readonly bytes: ArrayBuffer;
  readonly isBinary: boolean;
}

/** What a waiting message takes beside its bytes. */
const messageOverheadBytes = 16;
/** Bytes there is room for at first. */
const slabBytes = 4096;

/**
 * All bytes lie one behind the other in one piece of memory: copying a message into it takes a twentieth of the time that
 * a copy of its own does, and a flood is mostly messages nobody ever sees.
 */
export class MessageBacklog {
  readonly #room: BacklogRoom;
  #slab = new Uint8Array(0);
  /** Where the bytes of the first message begin, and where those of the last end. */
  #from = 0;
  #to = 0;
  /** Of each message, its length; one less than its negative where it is binary. */
  #lengths: number[] = [];
  #first = 0;
  #bytes = 0;

  constructor(room: BacklogRoom) {
    this.#room = room;
  }

  /** Messages that wait. */
  get size(): number {
    return this.#lengths.length - this.#first;
  }

  /** Adds a copy. @returns false when there is no room; one message always has room in an empty backlog */
  add(bytes: ArrayBuffer, isBinary: boolean): boolean {
    const room = this.#room;
    const length = bytes.byteLength;
    const held = length + messageOverheadBytes;
    if (this.size >= room.messagesMax || room.allBytes + held > room.allBytesMax) return false;
    if (this.size > 0 && this.#bytes + held > room.bytesMax) return false;
    if (this.#to + length > this.#slab.length) this.#makeRoom(length);
    this.#slab.set(new Uint8Array(bytes), this.#to);
    this.#to += length;
    this.#lengths.push(isBinary ? -length - 1 : length);
    this.#count(held);
    return true;
  }

  /** Bytes of the first message; 0 when none waits. */
  get nextBytes(): number {
    const length = this.#lengths[this.#first] ?? 0;
    return length < 0 ? -length - 1 : length;
  }

  /** Takes the first out, when one waits. */
  take(): WaitingMessage {
    const isBinary = (this.#lengths[this.#first] as number) < 0;
    const length = this.nextBytes;
    const bytes = this.#slab.slice(this.#from, this.#from + length).buffer;
    this.#from += length;
    this.#first += 1;
    this.#count(-length - messageOverheadBytes);
    if (this.size === 0) this.clear();
    else if (this.#first * 2 > this.#lengths.length) {
      // Emptied places at the front are given back when they are more than half of all: O(1) amortised.
      this.#lengths = this.#lengths.slice(this.#first);
      this.#first = 0;
    }
    return { bytes, isBinary };
  }

  /** Forgets all that waits. */
  clear(): void {
    this.#count(-this.#bytes);
    this.#slab = new Uint8Array(0);
    this.#from = 0;
    this.#to = 0;
    this.#lengths = [];
    this.#first = 0;
  }

  /** Twice what waits, so that each byte is copied once on average. */
  #makeRoom(length: number): void {
    const waiting = this.#slab.subarray(this.#from, this.#to);
    const fresh = new Uint8Array(Math.max(slabBytes, 2 * (waiting.length + length)));
    fresh.set(waiting);
    this.#slab = fresh;
    this.#from = 0;
    this.#to = waiting.length;
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    this.#room.allBytes += bytes;
  }
}
