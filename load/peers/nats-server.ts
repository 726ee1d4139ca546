/**
 * NATS over its WebSocket listener. Each client is subscribed to a subject of its own and publishes to it: the broker
 * finds the one subscriber and hands the bytes on. It never looks into them, stores nothing and acknowledges nothing.
 */
import { serveBroker } from './broker.js';

serveBroker({
  program: 'nats-server',
  // Port -1 is one the kernel chooses; the listener for other clients than those over WebSocket cannot be left out.
  configuration: () => `
host: "127.0.0.1"
port: -1
websocket { host: "127.0.0.1", port: -1, no_tls: true }
`,
  ready: /ws:\/\/127\.0\.0\.1:(\d+).*Server is ready/s,
});
