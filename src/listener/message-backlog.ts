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
const messageOverheadBytes = 256;

export class MessageBacklog {
  readonly #room: BacklogRoom;
  #messages: (WaitingMessage | undefined)[] = [];
  #first = 0;
  #bytes = 0;

  constructor(room: BacklogRoom) {
    this.#room = room;
  }

  /** Adds a copy. @returns false when there is no room; one message always has room in an empty backlog */
  take(bytes: ArrayBuffer, isBinary: boolean): boolean {
    const room = this.#room;
    const size = bytes.byteLength + messageOverheadBytes;
    const count = this.#messages.length - this.#first;
    if (count >= room.messagesMax || room.allBytes + size > room.allBytesMax) return false;
    if (count > 0 && this.#bytes + size > room.bytesMax) return false;
    this.#messages.push({ bytes: bytes.slice(0), isBinary });
    this.#bytes += size;
    room.allBytes += size;
    return true;
  }

  /** The first to come out, left inside. */
  get next(): WaitingMessage | undefined {
    return this.#messages[this.#first];
  }

  /** Takes the first out. */
  shift(): void {
    const { next } = this;
    if (next === undefined) return;
    this.#messages[this.#first] = undefined;
    this.#first += 1;
    this.#free(next.bytes.byteLength + messageOverheadBytes);
    // Emptied places at the front are given back when they are half of all: O(1) amortised.
    if (this.#first * 2 < this.#messages.length) return;
    this.#messages = this.#messages.slice(this.#first);
    this.#first = 0;
  }

  /** Forgets all that waits. */
  clear(): void {
    this.#free(this.#bytes);
    this.#messages = [];
    this.#first = 0;
  }

  #free(bytes: number): void {
    this.#bytes -= bytes;
    this.#room.allBytes -= bytes;
  }
}
