/**
 * Closes a fault proxy whose connections are in every state, with timers of minutes, and then has nothing left to do:
 * the process ends by itself, or it does not, and the test sees it.
 */
import { echo, ProxiedPair } from './proxied-pair.js';

const pair = await ProxiedPair.start({ latencyMs: 60_000, blackHoleAfterMs: 60_000 }, 1, echo);
const { proxy } = pair;
(await pair.open()).client.socket.write('waits for its time');
proxy.setFaults({ latencyMs: 60_000, toServer: { latencyMs: 0, halfCloseAfterBytes: 2 } });
(await pair.open()).client.socket.write('half');
proxy.setFaults({ latencyMs: 60_000, toServer: { blackHoleAfterBytes: 0 } });
(await pair.open()).client.socket.end('lost');
proxy.setFaults({ latencyMs: 60_000, blackHoleAfterBytes: 0, blackHoleMode: 'stall' });
(await pair.open()).client.socket.write('stalled');
proxy.setFaults({ toServer: { sliceBytes: 1, bandwidthBytesPerSecond: 1, blackHoleAfterMs: 60_000 } });
const { client, server } = await pair.open();
client.socket.write('slow'.repeat(100));
await server.until(() => server.receivedBytes > 0);

const connectionsBefore = proxy.connections;
await Promise.all([proxy.close(), proxy.close()]);
const connectionsAfter = proxy.connections;
await pair.close();
process.once('exit', () => console.log(JSON.stringify({ connectionsBefore, connectionsAfter })));
