/** A process with a client, which it closes; it then ends by itself, when nothing is left that holds it. */
import { connect } from '../../src/client.js';
import { heldSockets } from './client-socket.js';

process.channel?.unref();
const [how = '', url = ''] = process.argv.slice(2);
const sockets = heldSockets();
const abort = new AbortController();
const client = connect(url, {
  signal: abort.signal,
  openSocket: sockets.openSocket,
  reconnect: { minMs: how === 'unreachable' ? 15_000 : 1 },
});

/** Everything a client can have: answers, streams, subscriptions, timers of events that wait. */
async function beBusy(): Promise<void> {
  await client.request('echo', 1, { ttlMs: 60_000 });
  await client.emit('echo', 2, { ttlMs: 60_000 });
  for await (const n of client.stream('count', { to: 1000 })) if (n === 10) break;
  client.subscribe('room').subscribe({ error: () => undefined });
  await client.request('say', { topic: 'room', all: [1] });
  await client.writable();
}

async function untilState(status: string): Promise<void> {
  await new Promise<void>((resolve) => {
    client.state$.subscribe((state) => {
      if (state.status === status) resolve();
    });
  });
}

if (how === 'unreachable') await untilState('waiting');
else await beBusy();
if (how === 'resumed') {
  sockets.last.terminate();
  await untilState('waiting');
  await untilState('open');
  await client.request('echo', 3);
}
if (how === 'aborted') {
  client.request('never', 1, { ttlMs: 60_000 }).catch(() => undefined);
  abort.abort();
}
await client.close();
process.stdout.write('closed\n');
