/** Ways to behave badly once a session is welcomed. What is sent is encoded once, since it is the same all the time. */
import { clientMessage, opcodes } from '../client/client-message.js';
import type { BehaviourName } from './hostile-order.js';

/** What a behaviour may do with its connection. */
export interface HostileSocket {
  /** @returns false when the kernel takes no more for now; what was given leaves all the same */
  write(bytes: Buffer): boolean;
  /** Reads nothing until `resume`. */
  pause(): void;
  resume(): void;
  readonly bytesRead: number;
}

export interface Behaviour {
  /** Milliseconds between two calls of `act`; 0 for at every turn of the event loop. */
  readonly everyMs: number;
  /** How long after its end a connection is opened again. */
  readonly againMs: number;
  /** @param turn from 0, counted for each connection */
  act(socket: HostileSocket, turn: number): void;
}

const kib = 1024;

/** Events without an `id`: their refusals are told together, so that little comes back. */
const flood = repeated({ op: 'event', type: 'aside', data: {} }, 4096);
const floodWritesMax = 8;

/** Held for a while each, so that credit does not come back as fast as it is spent. */
const held = { op: 'event', type: 'aside', data: { ms: 20, fill: 'x'.repeat(kib) } };
const heldAtFirst = repeated(held, 400);
const heldLater = repeated(held, 50);

/** Few bytes ask for many. */
const bigReplies = Buffer.concat(
  Array.from({ length: 3 }, (_, id) =>
    message({ op: 'event', id: `big-${id}`, type: 'aside', data: { bytes: 10_000 } }),
  ),
);

/** More than anyone reads at this pace, and all of it allowed. */
const endless = message({
  op: 'event',
  id: 'endless',
  type: 'aside.stream',
  credit: 1_000_000,
  data: { items: 1_000_000, bytes: kib },
});
const readBytesPerS = kib;
const readEveryMs = 100;

/** Allowed none: their handlers have something to give, and nobody takes it. */
const unpulled = Buffer.concat(
  Array.from({ length: 4 }, (_, id) =>
    message({ op: 'event', id: `unpulled-${id}`, type: 'aside.stream', credit: 0, data: { items: 1000, bytes: kib } }),
  ),
);

/** Name → what it does. */
export const behaviours: Readonly<Record<BehaviourName, Behaviour>> = {
  /** Writes events as fast as the connection takes them, whatever comes back. */
  flood: {
    everyMs: 0,
    againMs: 1,
    act(socket) {
      for (let writes = 0; writes < floodWritesMax && socket.write(flood); writes += 1);
    },
  },
  /** Sends far more than it was told it may, and goes on. */
  'ignore-credit': {
    everyMs: 250,
    againMs: 6000,
    act: (socket, turn) => void socket.write(turn === 0 ? heldAtFirst : heldLater),
  },
  /** Asks for 300 KB of replies per second, and reads none of them. */
  'never-read': {
    everyMs: 100,
    againMs: 1000,
    act(socket, turn) {
      if (turn === 0) socket.pause();
      socket.write(bigReplies);
    },
  },
  /** Opens a stream with all the credit there can be, and reads 1 KB of it in a second. */
  'read-slowly': {
    everyMs: readEveryMs,
    againMs: 1000,
    act(socket, turn) {
      if (turn === 0) socket.write(endless);
      const allowedBytes = (turn * readEveryMs * readBytesPerS) / 1000;
      if (socket.bytesRead > allowedBytes) socket.pause();
      else socket.resume();
    },
  },
  /** Opens four streams, and never pulls. */
  'never-pull': {
    everyMs: 1000,
    againMs: 1000,
    act(socket, turn) {
      if (turn === 0) socket.write(unpulled);
    },
  },
};

function message(frame: object): Buffer {
  return clientMessage(opcodes.text, Buffer.from(JSON.stringify(frame)));
}

function repeated(frame: object, times: number): Buffer {
  return Buffer.concat(new Array<Buffer>(times).fill(message(frame)));
}
