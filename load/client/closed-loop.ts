/**
 * A closed loop against one server: a fixed number of events outstanding, each reply checked and followed by the next
 * event. CPU times of server and client are read at the borders of the window, at the moment events are counted.
 */
import { cpuSample, cpuSpent } from './cpu-sample.js';
import { EventBatch } from './event-batch.js';
import { LoopConnection, type LoopShared } from './loop-connection.js';
import { openAll } from './open-all.js';
import { type LoadOrder, type LoadResult, noFaults } from './order.js';
import { ReplyChecker } from './reply-checker.js';

/** How long the first events may take, beyond the warm-up. */
const turnOverMsMax = 15_000;

/** Runs one order to its end. @throws when a connection cannot be opened */
export async function runClosedLoop(order: LoadOrder): Promise<LoadResult> {
  const loop = new Loop(order);
  try {
    await openAll(loop.connections);
    loop.start();
    await pause(order.warmUpMs);
    await loop.turnedOver();
    const from = cpuSample(order.serverPid, loop.completed);
    await pause(order.windowMs);
    const to = cpuSample(order.serverPid, loop.completed);
    await loop.stop();
    return {
      ...cpuSpent(from, to),
      parsedReplies: loop.checker.parsed,
      faults: loop.faults,
      ...(loop.firstFault === undefined ? {} : { firstFault: loop.firstFault }),
    };
  } finally {
    for (const connection of loop.connections) connection.close();
  }
}

class Loop implements LoopShared {
  readonly order: LoadOrder;
  readonly batch: EventBatch;
  readonly checker: ReplyChecker;
  readonly faults = noFaults();
  readonly connections: readonly LoopConnection[];
  firstFault: string | undefined;
  completed = 0;
  private isSending = false;
  /** Events sent over all connections; with `completed` and the faults it gives what is outstanding. */
  private sent = 0;
  private cursor = 0;
  private readonly inFlightTotal: number;

  constructor(order: LoadOrder) {
    this.order = order;
    this.batch = new EventBatch(order);
    this.checker = new ReplyChecker(order);
    this.inFlightTotal = order.inFlightTotal ?? 0;
    this.connections = Array.from({ length: order.connections }, (_, index) => new LoopConnection(this, index));
  }

  note(fault: string): void {
    this.firstFault ??= fault;
  }

  start(): void {
    this.isSending = true;
    if (this.inFlightTotal > 0) this.rotate();
    else for (const connection of this.connections) connection.fill(Number.MAX_SAFE_INTEGER);
  }

  refill(connection: LoopConnection): void {
    if (!this.isSending) return;
    if (this.inFlightTotal > 0) this.rotate();
    else connection.fill(Number.MAX_SAFE_INTEGER);
  }

  /** Resolves when as many events are done as can be in flight: until then a deep queue is still filling. */
  async turnedOver(): Promise<void> {
    const { connections, inFlight } = this.order;
    const inFlightMax = this.inFlightTotal > 0 ? this.inFlightTotal : connections * inFlight;
    const deadlineMs = Date.now() + turnOverMsMax;
    while (this.completed < inFlightMax && this.firstFault === undefined && Date.now() < deadlineMs) await pause(10);
  }

  /** Stops sending and waits for the last replies; what has not come by then is lost. */
  async stop(): Promise<void> {
    this.isSending = false;
    const deadlineMs = Date.now() + this.order.drainMs;
    while (this.outstanding() > 0 && Date.now() < deadlineMs) await pause(10);
    this.faults.lost = this.outstanding();
    if (this.faults.lost > 0) this.note(`${this.faults.lost} events were not answered in ${this.order.drainMs} ms`);
  }

  /** Lets the next connections in turn send one event each, until enough are outstanding. */
  private rotate(): void {
    const { faults } = this;
    let missing = this.inFlightTotal - (this.sent - this.completed - faults.wrong - faults.refused);
    for (let tried = 0; missing > 0 && tried < this.connections.length; tried += 1) {
      const connection = this.connections[this.cursor];
      this.cursor = this.cursor + 1 === this.connections.length ? 0 : this.cursor + 1;
      const sent = connection?.fill(1) ?? 0;
      this.sent += sent;
      missing -= sent;
    }
  }

  private outstanding(): number {
    return this.connections.reduce((sum, connection) => sum + connection.slots.outstanding, 0);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
