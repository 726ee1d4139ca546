// A client that sends one frame again and again as fast as its socket takes it, and looks at no answer.
// node flooder.mjs <port> <text of the frame>: ends when the gateway has closed the connection.
import { connect } from 'node:net';

const [port, text] = process.argv.slice(2);
const payload = Buffer.from(text);
const head =
  payload.length < 126
    ? Buffer.of(0x81, 0x80 | payload.length, 0, 0, 0, 0)
    : Buffer.of(0x81, 0x80 | 126, payload.length >> 8, payload.length & 0xff, 0, 0, 0, 0);
const frame = Buffer.concat([head, payload]);
const flood = Buffer.concat(Array.from({ length: Math.ceil(1_048_576 / frame.length) }, () => frame));

const socket = connect(Number(port), '127.0.0.1');
let isOpen = false;
const write = () => {
  for (let i = 0; i < 64; i += 1) if (!socket.write(flood)) return;
};
socket.on('data', () => {
  if (isOpen) return;
  isOpen = true;
  write();
});
socket.on('drain', write);
socket.on('error', () => process.exit(0));
socket.on('end', () => process.exit(0));
socket.write(
  'GET /v1/socket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n',
);
setTimeout(() => process.exit(1), 10_000).unref();
