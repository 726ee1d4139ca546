/** A bare server that answers at once, but for one stretch of time in which it stands still. For a test of the generator. */
import { WebSocketServer } from 'ws';

export interface StalledServer {
  readonly port: number;
  close(): void;
}

/** Stands still once, `stallMs` long, `afterMs` after the first event. */
export async function startStalledServer({
  afterMs,
  stallMs,
}: {
  readonly afterMs: number;
  readonly stallMs: number;
}): Promise<StalledServer> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: ([first = '']) => first });
  await new Promise((resolve) => server.once('listening', resolve));
  let firstAtMs: number | undefined;
  server.on('connection', (socket) => {
    socket.on('message', (bytes) => {
      const { id, data } = JSON.parse(String(bytes)) as { readonly id: number; readonly data: unknown };
      const nowMs = performance.now();
      firstAtMs ??= nowMs;
      const stallFromMs = firstAtMs + afterMs;
      const delayMs = nowMs >= stallFromMs && nowMs < stallFromMs + stallMs ? stallFromMs + stallMs - nowMs : 0;
      const answer = (): void => socket.send(JSON.stringify({ op: 'end', id, data }));
      if (delayMs === 0) answer();
      else setTimeout(answer, delayMs);
    });
  });
  const { port } = server.address() as { readonly port: number };
  return {
    port,
    close() {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
}
