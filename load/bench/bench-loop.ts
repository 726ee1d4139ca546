/**
 * Runs one order: opens the connections, sends what is due when it is due, and waits for what is left. The open loop is
 * never held up by an answer; how late it was itself is measured, too.
 */
import { performance } from 'node:perf_hooks';
import type { ClientLedger } from '../audit/client-ledger.js';
import { openAll } from '../client/open-all.js';
import { BenchClient } from './bench-client.js';
import { benchCodec } from './bench-codec.js';
import type { BenchOrder, ClientGroup } from './bench-order.js';
import { openBenchSocket } from './bench-socket.js';
import { EventSource } from './event-source.js';
import { encodedLag, GeneratorLag } from './generator-lag.js';
import { type RecordedRun, RunRecord } from './run-record.js';

/** What a client process answers. */
export interface BenchAnswer extends RecordedRun {
  /** HDR histogram, base64. */
  readonly lag: string;
  readonly cpuShare: number;
}

/** What is nearer than this is waited for without sleeping: a timer may come one or two milliseconds late. */
const spinMs = 3;
const lookEveryMs = 10;
const welcomeWithinMs = 15_000;

/** @param onStart called when all connections are open, as the warm-up begins. @throws when one cannot be opened */
export async function runBench(
  order: BenchOrder,
  ledger: ClientLedger | undefined,
  onStart: () => void = () => undefined,
): Promise<BenchAnswer> {
  const loop = new BenchLoop(order, ledger);
  try {
    await loop.open();
    onStart();
    return await loop.run();
  } finally {
    loop.close();
  }
}

class BenchLoop {
  readonly #order: BenchOrder;
  readonly #record: RunRecord;
  readonly #lag = new GeneratorLag();
  readonly #clients: BenchClient[] = [];
  readonly #sources: EventSource[] = [];
  readonly #storms: { readonly group: ClientGroup; readonly clients: readonly BenchClient[] }[] = [];
  #startedAtMs = performance.now();
  readonly #nowMs = (): number => performance.now() - this.#startedAtMs;

  constructor(order: BenchOrder, ledger: ClientLedger | undefined) {
    this.#order = order;
    this.#record = new RunRecord(order, ledger);
    let index = 0;
    let numbers = order.numbersAfter + 1 + order.worker.index - order.worker.of;
    const nextNumber = (): number => {
      numbers += order.worker.of;
      return numbers;
    };
    for (const [groupIndex, group] of order.groups.entries()) {
      const clients: BenchClient[] = [];
      for (let i = 0; i < group.connections; i += 1, index += 1) {
        if (index % order.worker.of === order.worker.index) clients.push(this.#client(index, group));
      }
      this.#clients.push(...clients);
      this.#sources.push(new EventSource({ order, group, groupIndex, clients, nextNumber }));
      if (group.isStorm === true) this.#storms.push({ group, clients });
    }
  }

  /** Opens what is not part of a storm. */
  async open(): Promise<void> {
    const storming = new Set(this.#storms.flatMap(({ clients }) => clients));
    const early = this.#clients.filter((client) => !storming.has(client));
    const groupOf = new Map(this.#sources.flatMap(({ group, clients }) => clients.map((client) => [client, group])));
    await openAll(early.map((client) => ({ open: () => this.#connect(client, groupOf.get(client) as ClientGroup) })));
    const deadlineMs = performance.now() + welcomeWithinMs;
    while (early.some(({ isReady, isOpen }) => isOpen && !isReady) && performance.now() < deadlineMs) await pause();
  }

  async run(): Promise<BenchAnswer> {
    const { warmUpMs, durationMs, drainMs } = this.#order;
    const endMs = warmUpMs + durationMs;
    this.#startedAtMs = performance.now();
    const cpuFrom = process.cpuUsage();
    const storm = this.#storm(warmUpMs);
    const looks = this.#lookAtWindows();
    for (const source of this.#sources) source.start(this.#nowMs());
    await this.#sendUntil(endMs);
    const cpu = process.cpuUsage(cpuFrom);
    const cpuShare = (cpu.user + cpu.system) / 1000 / this.#nowMs();
    for (const source of this.#sources) source.stop();
    clearInterval(looks);
    await storm;
    const deadlineMs = endMs + drainMs;
    while (this.#nowMs() < deadlineMs && this.#clients.some((client) => client.pending > 0)) await pause();
    for (const client of this.#clients) client.finish();
    return { ...this.#record.recorded(), lag: encodedLag(this.#lag), cpuShare };
  }

  close(): void {
    for (const client of this.#clients) client.socket?.destroy();
  }

  #client(index: number, group: ClientGroup): BenchClient {
    const { encoding } = this.#order;
    return new BenchClient({
      index,
      group,
      codec: benchCodec(encoding),
      record: this.#record,
      nowMs: this.#nowMs,
      onEnded: (client) => this.#sourceOf(group).ended(client, this.#nowMs()),
    });
  }

  #sourceOf(group: ClientGroup): EventSource {
    return this.#sources[this.#order.groups.indexOf(group)] as EventSource;
  }

  async #connect(client: BenchClient, group: ClientGroup): Promise<void> {
    const { host, port, encoding, dialect } = this.#order;
    client.socket = await openBenchSocket(this.#order.client, {
      host,
      port,
      encoding,
      ...(group.readBytesPerS === undefined ? {} : { readBytesPerS: group.readBytesPerS }),
      onMessage: (bytes) => client.message(bytes),
      onRead: () => client.flush(),
      onClose: (code, reason) => client.closed(code, reason),
    });
    client.isOpen = true;
    if (dialect === 'sluice') client.hello();
    else client.isReady = true;
  }

  /** Opens the connections of storms all at once; each that is welcomed is a success of the class `connect`. */
  async #storm(atMs: number): Promise<void> {
    if (this.#storms.length === 0) return;
    while (this.#nowMs() < atMs) await pause();
    const startMs = this.#nowMs();
    const kind = { name: 'connect', type: '', weight: 1, keys: 0, fillBytes: 0, data: {} };
    this.#record.onWelcome = () => this.#record.success({ kind, dueMs: startMs, sentMs: startMs }, this.#nowMs());
    const all = this.#storms.flatMap(({ group, clients }) => clients.map((client) => ({ group, client })));
    await Promise.all(
      all.map(({ group, client }) =>
        this.#connect(client, group).catch((error: unknown) => this.#record.fail(`connect: ${messageOf(error)}`)),
      ),
    );
  }

  /** Notes now and then what the sessions' windows are. */
  #lookAtWindows(): NodeJS.Timeout | undefined {
    const { windowEveryMs, dialect } = this.#order;
    if (windowEveryMs === undefined || dialect !== 'sluice' || this.#clients.length === 0) return undefined;
    return setInterval(() => {
      const sum = this.#clients.reduce((all, { window }) => all + window, 0);
      this.#record.window(this.#nowMs(), sum / this.#clients.length);
    }, windowEveryMs);
  }

  /** Gives every event at its time; between times the loop turns, so that answers are read. */
  #sendUntil(endMs: number): Promise<void> {
    return new Promise((resolve) => {
      const turn = (): void => {
        const nowMs = this.#nowMs();
        let nextMs = endMs;
        for (const source of this.#sources) {
          nextMs = Math.min(nextMs, source.give(Math.min(nowMs, endMs), this.#record, this.#lag));
        }
        const gapMs = nextMs - this.#nowMs();
        if (nowMs >= endMs) resolve();
        else if (gapMs > spinMs + 1) setTimeout(turn, gapMs - spinMs);
        else setImmediate(turn);
      };
      turn();
    });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 80) : String(error);
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, lookEveryMs));
}
