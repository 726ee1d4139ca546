/** What the two socket.io peers share: their settings, and the handler. */
import type { Server, ServerOptions } from 'socket.io';

/** No polling, no files for browsers, no compression: what is left is what an event needs. */
export const socketioOptions: Partial<ServerOptions> = {
  transports: ['websocket'],
  serveClient: false,
  perMessageDeflate: false,
};

/** Gives the data of every event `echo` back in its acknowledgement. */
export function answerEvents(server: Server): void {
  server.on('connection', (socket) => {
    socket.on('echo', (data: unknown, acknowledge: (data: unknown) => void) => acknowledge(data));
  });
}
