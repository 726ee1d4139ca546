/**
 * A listener in a process of its own, for tests that flood it: it tells its port, and, whenever it is sent a message,
 * the largest gap of a 5 ms timer since the last one. A gap counts as far as this process was computing in it, so that
 * a machine that is busy with other things does not fail a test. Argument: {@link FloodedOptions} as JSON.
 */
import { createListener } from '../../src/listener/listener.js';
import type { SocketHandler } from '../../src/model/transport.js';
import { TestLog, testOptions, testRoute } from './start-listener.js';

/** How the process is started. */
export interface FloodedOptions {
  readonly floodFramesMax: number;
  readonly floodBytesMax: number;
  /** What handling one frame, or one request, costs. */
  readonly frameMicroseconds: number;
}

/** What the process tells. */
export interface FloodedReport {
  readonly largestGapMs: number;
  /** Frames, pings and requests handled so far. */
  readonly handled: number;
  readonly closeCodes: readonly number[];
  readonly rssBytes: number;
  /** Defects logged. */
  readonly errors: number;
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

function work(): void {
  handled += 1;
  spin(options.frameMicroseconds / 1000);
}

function spin(ms: number): void {
  const endsAtMs = performance.now() + ms;
  while (performance.now() < endsAtMs);
}

const sockets: SocketHandler<undefined> = {
  refuse: () => undefined,
  open: () => undefined,
  message(_session, bytes) {
    work();
    // A message that only holds a number asks for the loop to stand still for so many milliseconds.
    if (bytes.byteLength < 5) spin(Number(Buffer.from(bytes).toString()) || 0);
    return 1;
  },
  heard: work,
  drain: () => undefined,
  close: (_session, code) => closeCodes.push(code),
};
const route = testRoute({
  handle(_request, exchange) {
    work();
    exchange.respond(200, {}, 'ok');
  },
});

const listener = await createListener({ ...testOptions, ...options }, sockets, [route], log);
process.on('message', () => {
  const rssBytes = process.memoryUsage.rss();
  const report: FloodedReport = { largestGapMs, handled, closeCodes, rssBytes, errors: log.errors.length };
  largestGapMs = 0;
  process.send?.(report);
});
process.on('disconnect', () => process.exit());
process.send?.({ port: listener.port });
