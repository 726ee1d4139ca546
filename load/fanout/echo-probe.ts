/** Events at a steady rate on a few connections of their own: what others notice of a crowd. */
import { benchCodec } from '../bench/bench-codec.js';
import { subprotocol } from '../client/hello.js';
import { RawSocket } from '../client/raw-socket.js';
import { encoded } from './fanout-dialect.js';

/** One event that was answered, in milliseconds since the epoch. */
interface Echo {
  readonly dueMs: number;
  readonly latencyMs: number;
}

/** What they had to wait in a part of the run. */
export interface EchoFigures {
  readonly count: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const connections = 20;
const everyMs = 4;
/** Events that are open at most; an event that is due beyond has to wait, and its time runs. */
const openMax = 100_000;

export class EchoProbe {
  /** Events that were refused, or connections that ended. */
  faults = 0;
  private readonly sockets: RawSocket[] = [];
  /** Id → when it was due. */
  private readonly open = new Map<number, number>();
  private readonly echoes: Echo[] = [];
  private timer: NodeJS.Timeout | undefined;
  private dueMs = 0;
  private id = 0;

  /** Connects, and begins. @throws when a connection cannot be opened */
  static async start(port: number): Promise<EchoProbe> {
    const probe = new EchoProbe();
    for (let at = 0; at < connections; at += 1) probe.sockets.push(await probe.connect(port));
    probe.dueMs = epochMs();
    probe.timer = setInterval(() => probe.send(), everyMs);
    return probe;
  }

  /** What those that were due in a part of the run had to wait. */
  figures(fromMs: number, toMs: number): EchoFigures {
    const within = this.echoes.filter(({ dueMs }) => dueMs >= fromMs && dueMs < toMs);
    const sorted = within.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
    const p99Ms = sorted[Math.max(0, Math.ceil(sorted.length * 0.99) - 1)] ?? Number.NaN;
    return { count: sorted.length, p99Ms, maxMs: sorted.at(-1) ?? Number.NaN };
  }

  /** Events without an answer. */
  get unanswered(): number {
    return this.open.size;
  }

  stop(): void {
    clearInterval(this.timer);
    for (const socket of this.sockets) socket.destroy();
  }

  private async connect(port: number): Promise<RawSocket> {
    const socket = await RawSocket.open({
      port,
      path: '/v1/socket',
      subprotocol: subprotocol('json'),
      onMessage: (bytes, start, end) => this.message(bytes.subarray(start, end)),
      onRead: () => undefined,
      onClose: () => {
        this.faults += 1;
      },
    });
    socket.send(encoded({ op: 'hello' }, 'json'));
    return socket;
  }

  /** One event for each time that has come, whenever the timer really fired. */
  private send(): void {
    while (this.dueMs <= epochMs() && this.open.size < openMax) {
      this.id += 1;
      this.open.set(this.id, this.dueMs);
      const event = { op: 'event', id: this.id, type: 'bench.echo', data: { n: this.id } };
      this.sockets[this.id % connections]?.send(encoded(event, 'json'));
      this.dueMs += everyMs;
    }
  }

  private message(bytes: Buffer): void {
    for (const { op, id } of benchCodec('json').decode(bytes)) {
      if (op === 'error') this.faults += 1;
      const dueMs = this.open.get(Number(id));
      if (op !== 'end' || dueMs === undefined) continue;
      this.open.delete(Number(id));
      this.echoes.push({ dueMs, latencyMs: epochMs() - dueMs });
    }
  }
}

function epochMs(): number {
  return performance.timeOrigin + performance.now();
}
