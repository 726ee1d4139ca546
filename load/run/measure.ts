/** One measurement: a fresh server, a fresh client, one window. */
import type { HttpOrder } from '../client/http-order.js';
import type { LoadOrder, LoadResult } from '../client/order.js';
import type { Measurement } from '../plan/measurement.js';
import { startClient } from '../processes/client.js';
import { dialectFor, type RunningServer, startServer } from '../processes/server.js';

export interface Timing {
  readonly warmUpMs: number;
  readonly windowMs: number;
}

/** How long the last replies may take. */
const drainMs = 5000;

/** For starting, connecting and ending, on top of what the measurement itself takes. */
const overheadMsMax = 45_000;

/** Runs it; both processes have ended when this resolves or rejects. @throws when there are no figures */
export async function measure(measurement: Measurement, timing: Timing): Promise<LoadResult> {
  const kind = 'socket' in measurement.load ? 'socket' : 'http';
  const client = startClient(kind, timing.warmUpMs + timing.windowMs + drainMs + overheadMsMax);
  let server: RunningServer | undefined;
  try {
    server = await startServer(measurement.server);
    return await client.run(orderFor(measurement, server, timing));
  } finally {
    client.end();
    await server?.stop();
  }
}

function orderFor({ load, server }: Measurement, { port, pid }: RunningServer, timing: Timing): LoadOrder | HttpOrder {
  const common = { port, serverPid: pid, ...timing };
  if (!('socket' in load)) return { ...common, connections: load.httpConnections };
  return { ...common, ...load.socket, dialect: dialectFor(server), drainMs };
}
