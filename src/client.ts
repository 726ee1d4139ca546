/** The public entry `sluice/client` in Node: a client of a gateway, on the package `ws`. */
import { type Connect, connectWith } from './client/connect.js';
import { openWsSocket } from './client/ws-socket.js';

/** Connects to a gateway. See {@link Connect}. */
export const connect: Connect = connectWith(openWsSocket);

export * from './client/exports.js';
