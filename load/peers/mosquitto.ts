/**
 * Mosquitto, MQTT over WebSocket. Each client is subscribed to a topic of its own and publishes to it with QoS 0: the
 * broker finds the one subscriber and hands the bytes on. It never looks into them, and acknowledges nothing.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { userInfo } from 'node:os';
import { serveBroker } from './broker.js';

const port = await freePort();

serveBroker({
  program: 'mosquitto',
  // Version 2.0.11 does not start with nothing but WebSocket listeners: hence the one in the folder. Without
  // socket_domain it would listen on all addresses, and without user it would leave its folder's owner.
  configuration: (folder) => `
listener 0 ${folder}/plain
listener ${port} 127.0.0.1
socket_domain ipv4
protocol websockets
allow_anonymous true
persistence false
set_tcp_nodelay true
user ${userInfo().username}
`,
  ready: /mosquitto version \S+ running/,
  port,
});

/** Mosquitto cannot be told to let the kernel choose: a port is asked for here, and given back at once. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
