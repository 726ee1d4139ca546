/** The loads of the WebSocket rows. "a × b" is a connections with b events in flight on each. */
import type { SocketLoad } from '../client/order.js';

const echo: SocketLoad = {
  encoding: 'json',
  payload: 'small',
  type: 'echo',
  connections: 50,
  inFlight: 32,
  framesPerMessage: 1,
  keys: 0,
};

/** Slots of the route `later`: so many of its events run at once, all others wait. */
const slots = 256;
/** All slots busy, and one event waiting. */
const oneWaiting = slots + 1;

const later: SocketLoad = { ...echo, type: 'later' };

/** P1: many events on few connections, so that several share each read and each write. */
export const pipelined = echo;

/** P2: every event is a read and a write of its own. */
export const single: SocketLoad = { ...echo, connections: 1000, inFlight: 1 };

/** P3: the event of P1 in MessagePack. */
export const msgpack: SocketLoad = { ...echo, encoding: 'msgpack' };

/** P3: a kilobyte, half numbers, half bytes; in JSON the bytes are base64. */
export const kilobyteJson: SocketLoad = { ...echo, payload: 'kilobyte' };
export const kilobyteMsgpack: SocketLoad = { ...kilobyteJson, encoding: 'msgpack' };

/** P3: the events of P1, 16 in each message. */
export const arrays: SocketLoad = { ...echo, framesPerMessage: 16 };

/** P8, connections: ten events in flight in all; with ten thousand connections each sends one event in a thousand. */
export const connections10: SocketLoad = { ...echo, connections: 10, inFlight: 1, inFlightTotal: 10 };
export const connections10k: SocketLoad = { ...connections10, connections: 10_000 };

/** P8, waiting: the same 2,000 sessions; the events in flight that are not in a slot wait in the queue. */
export const waiting1: SocketLoad = { ...later, connections: 2000, inFlight: 31, inFlightTotal: oneWaiting };
export const waiting60k: SocketLoad = { ...later, connections: 2000, inFlight: 31 };

/** P8, tenants: the same sessions, each a tenant of its own; one of them has an event waiting, or all but `slots`. */
export const tenants1: SocketLoad = { ...later, connections: 10_256, inFlight: 1, inFlightTotal: oneWaiting };
export const tenants10k: SocketLoad = { ...later, connections: 10_256, inFlight: 1 };

/** P8, keys in turn: the events of P1 with an ordering key; the handler is done before the next one comes. */
export const keys1: SocketLoad = { ...echo, keys: 1 };
export const keys10k: SocketLoad = { ...echo, keys: 10_000 };

/** P8, keys that wait: 40 events in flight per session, behind each other, or each with a key of its own. */
export const waitingKeys256: SocketLoad = { ...later, connections: 256, inFlight: 40, keys: 1 };
export const waitingKeys10k: SocketLoad = { ...waitingKeys256, keys: 256 * 40 };
