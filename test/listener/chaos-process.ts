/**
 * Sockets and requests whose handlers do to each other whatever the interface allows, inside of each other's callbacks
 * and corks: what the library does not bear ends the process. Argument: the seed. Exits with 0 when all went well.
 */
import { createListener } from '../../src/listener/listener.js';
import type { HttpExchange, Socket, SocketHandler } from '../../src/model/transport.js';
import { clientFrame, opcodes, RawSocket } from '../support/raw-socket.js';
import { TestLog, testOptions, testRoute } from './start-listener.js';

const rounds = 400;
const clientsMax = 24;

let state = Number(process.argv[2] ?? 1);

/** A whole number below `limit`; the same sequence for the same seed (a linear congruential generator). */
function random(limit: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * limit);
}

const open = new Set<Socket>();
const exchanges = new Set<HttpExchange>();
const log = new TestLog();

function anyOf<T>(set: ReadonlySet<T>): T | undefined {
  return [...set][random(set.size)];
}

function payload(): string | Uint8Array {
  const length = [0, 10, 1000, 16_000, 17_000, 100_000, 1_000_000][random(7)] as number;
  return random(2) === 0 ? 'é'.repeat(length / 2) : Buffer.alloc(length);
}

function actOnSocket(depth: number): void {
  const socket = anyOf(open);
  if (socket === undefined) return;
  const action = random(40);
  if (action < 20) socket.send(payload());
  else if (action < 30 && depth < 4) {
    socket.cork(() => {
      for (let i = random(4); i > 0; i -= 1) act(depth + 1);
      socket.send(payload());
    });
  } else if (action < 34) socket.ping();
  else if (action === 34) socket.end(random(5000), 'x'.repeat(random(200)));
  else if (action === 35) socket.terminate();
}

function actOnExchange(): void {
  const exchange = anyOf(exchanges);
  if (exchange === undefined) return;
  const action = random(8);
  if (action < 2) exchange.respond(200, { 'X-Chaos': String(random(100)) }, payload());
  else if (action < 4) exchange.start(200, {});
  else if (action < 7) exchange.write('x'.repeat(random(30_000)));
  else exchange.end();
  if (action < 2 || action === 7) exchanges.delete(exchange);
}

function act(depth: number): void {
  if (random(3) === 0) actOnExchange();
  else actOnSocket(depth);
}

function actSome(): void {
  for (let i = random(6); i > 0; i -= 1) act(0);
}

const sockets: SocketHandler<Socket> = {
  refuse: () => undefined,
  open(socket) {
    open.add(socket);
    actSome();
    return socket;
  },
  message() {
    actSome();
    return 1;
  },
  heard: actSome,
  drain: actSome,
  close(socket) {
    open.delete(socket);
    actSome();
  },
};
const route = testRoute({
  handle(_request, exchange) {
    exchanges.add(exchange);
    exchange.onAborted(() => {
      exchanges.delete(exchange);
      actSome();
    });
    exchange.onWritable(actSome);
    actSome();
  },
});

const listener = await createListener(testOptions, sockets, [route], log);
const clients: RawSocket[] = [];
for (let round = 0; round < rounds; round += 1) {
  if (clients.length < clientsMax) {
    const raw =
      random(3) === 0
        ? await RawSocket.connect(listener.port)
        : await RawSocket.webSocket(listener.port).catch(() => undefined);
    if (raw !== undefined) clients.push(raw);
    raw?.socket.removeAllListeners('data').resume();
  }
  const index = random(clients.length);
  const raw = clients[index] as RawSocket;
  const action = random(8);
  if (action === 0) raw.socket.pause();
  else if (action < 3) raw.socket.resume();
  else if (action === 3 || raw.isEnded || raw.isClosed) {
    raw.destroy();
    clients.splice(index, 1);
  } else if (action < 6)
    raw.write(`POST /test HTTP/1.1\r\nHost: a\r\nContent-Length: ${action}\r\n\r\nhello`.repeat(1 + random(3)));
  else raw.write(Buffer.concat([clientFrame(opcodes.text, 'x'.repeat(random(300))), clientFrame(opcodes.ping, 'p')]));
  if (random(4) === 0) actSome();
  await new Promise((resolve) => setImmediate(resolve));
}
listener.close();
for (const raw of clients) raw.destroy();
process.exit(log.errors.length === 0 ? 0 : 3);
