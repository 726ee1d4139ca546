/** What the uWebSockets.js peers share: a loopback port chosen by the kernel, told on stdout, and a stop on SIGTERM. */

import type { TemplatedApp } from 'uWebSockets.js';
import { us_listen_socket_close, us_socket_local_port } from 'uWebSockets.js';

/** Listens on 127.0.0.1, prints one line `{"port":n}`, and ends the process on SIGTERM. */
export function serve(app: TemplatedApp): void {
  app.listen('127.0.0.1', 0, (listening) => {
    if (!listening) throw new Error('expected a free loopback port, got none');
    process.stdout.write(`${JSON.stringify({ port: us_socket_local_port(listening) })}\n`);
    process.once('SIGTERM', () => {
      us_listen_socket_close(listening);
      app.close();
      process.exit(0);
    });
  });
}
