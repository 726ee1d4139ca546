/** Takes a port for an app, and finds out why when that fails: the library only says that it did. */

import { type TemplatedApp, type us_listen_socket, us_socket_local_port } from 'uWebSockets.js';
import { createServer } from 'node:net';
import { ListenError } from './listen-error.js';

/** The form of `listen` with host and options: the library has it, its types have not. */
type ListenWithOptions = (
  host: string,
  port: number,
  options: number,
  done: (listening: us_listen_socket | false) => void,
) => TemplatedApp;

/** `LIBUS_LISTEN_EXCLUSIVE_PORT`: without it two processes would share a port and each get half of the clients. */
const exclusivePort = 1;

/**
 * Listens, for this process alone.
 * @returns the port, chosen by the system when `port` is 0; rejects with {@link ListenError}
 */
export async function openPort(app: TemplatedApp, host: string, port: number): Promise<number> {
  const listening = await new Promise<us_listen_socket | false>((resolve) => {
    (app.listen as unknown as ListenWithOptions).call(app, host, port, exclusivePort, resolve);
  });
  if (listening !== false) return us_socket_local_port(listening);
  throw new ListenError(host, port, await causeOf(host, port));
}

/** Tries the same with Node's own server, which tells the cause; undefined when that has no trouble. */
function causeOf(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
