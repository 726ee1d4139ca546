/**
 * A listener in a process of its own, for tests that flood it: it tells its port, and, whenever it is sent a message,
 * a {@link FloodedReport}. Argument: {@link FloodedOptions} as JSON.
 *
 * Handling a message, ping or request takes a fixed time, or one by its bytes. A message that is only a number makes
 * the event loop stand still for so many milliseconds. Every message is answered by a message of one byte.
 */
import { createListener } from '../../src/listener/listener.js';
import type { Socket, SocketHandler } from '../../src/model/transport.js';
import { TestLog, testOptions, testRoute } from './start-listener.js';

/** How the process is started. */
export interface FloodedOptions {
  readonly floodFramesMax: number;
  readonly turnFramesMax: number;
  readonly floodBytesMax: number;
  /** What handling one message, ping or request costs. */
  readonly handlingMicroseconds: number;
  /** What each KiB of it costs beside. */
  readonly kibMicroseconds: number;
}

/** What the process tells. */
export interface FloodedReport {
  /**
   * Of a 5 ms timer, since the last report. A gap counts as far as this process was computing in it, so that a machine
   * busy with other things fails no test.
   */
  readonly largestGapMs: number;
  /** Messages, pings and requests so far. */
  readonly handled: number;
  readonly closeCodes: readonly number[];
  readonly rssBytes: number;
  /** Defects logged. */
  readonly errors: readonly string[];
}

const options = JSON.parse(process.argv[2] ?? '{}') as FloodedOptions;
const closeCodes: number[] = [];
const log = new TestLog();
let handled = 0;
let largestGapMs = 0;
let lastMs = performance.now();
let lastCpuMs = cpuMs();

setInterval(() => {
  const gapMs = performance.now() - lastMs;
  largestGapMs = Math.max(largestGapMs, Math.min(gapMs, cpuMs() - lastCpuMs));
  lastMs += gapMs;
  lastCpuMs = cpuMs();
}, 5);

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function work(bytes: number): void {
  handled += 1;
  spin((options.handlingMicroseconds + (bytes / 1024) * options.kibMicroseconds) / 1000);
}

function spin(ms: number): void {
  const endsAtMs = performance.now() + ms;
  while (performance.now() < endsAtMs);
}

const sockets: SocketHandler<Socket> = {
  refuse: () => undefined,
  open: (socket) => socket,
  message(socket, bytes) {
    work(bytes.byteLength);
    if (bytes.byteLength < 5) spin(Number(Buffer.from(bytes).toString()) || 0);
    socket.send('k');
    return 1;
  },
  heard: () => work(0),
  drain: () => undefined,
  close: (_socket, code) => closeCodes.push(code),
};

const route = testRoute({
  handle(request, exchange) {
    work(request.body.byteLength);
    exchange.respond(200, {}, String(request.body.byteLength));
  },
});

const listener = await createListener({ ...testOptions, ...options }, sockets, [route], log);
process.on('message', () => {
  const errors = log.errors.map(({ message }) => message);
  const rssBytes = process.memoryUsage.rss();
  const report: FloodedReport = { largestGapMs, handled, closeCodes, rssBytes, errors };
  largestGapMs = 0;
  process.send?.(report);
});
process.on('disconnect', () => process.exit());
process.send?.({ port: listener.port });
