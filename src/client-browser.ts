/** The public entry `sluice/client` in browsers: the same client, on the platform's own WebSocket. */
import { openBrowserSocket } from './client/browser-socket.js';
import { type Connect, connectWith } from './client/connect.js';

/** Connects to a gateway. See {@link Connect}. */
export const connect: Connect = connectWith(openBrowserSocket);

export * from './client/exports.js';
