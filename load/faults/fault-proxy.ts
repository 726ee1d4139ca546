/**
 * A TCP proxy that does to connections what networks do: it delays, slows, cuts up, resets, swallows and refuses, by
 * plan and by seed. The same seed and the same bytes give the same faults at the same offsets; only the times vary.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { FaultLog, type FaultLogEntry } from './fault-log.js';
import { type Faults, type ResolvedFaults, resolveFaults } from './faults.js';
import { ProxiedConnection, resetSocket } from './proxied-connection.js';

export interface FaultProxyOptions {
  readonly targetPort: number;
  /** @default '127.0.0.1' */
  readonly targetHost?: string;
  /** A whole number from 0 to 2^32 - 1. */
  readonly seed: number;
  readonly faults: Faults;
}

export interface FaultProxy {
  /** On 127.0.0.1, chosen by the system. */
  readonly port: number;
  readonly seed: number;
  /** How many connections are open. */
  readonly connections: number;
  /** How many were accepted until now, refused ones included: the number of the last one in the log. */
  readonly accepted: number;
  /** The bytes kept at this moment, in all connections and the buffers of their sockets in this process. */
  readonly bufferedBytes: number;
  /** The most one connection has kept until now: at most twice `laneBufferedBytesMax`. */
  readonly bufferedBytesPeak: number;
  /** The last `logEntriesMax` entries, the oldest first. */
  readonly log: readonly FaultLogEntry[];
  /** Replaces all faults, of open connections too. @throws RangeError, and changes nothing */
  setFaults(faults: Faults): void;
  /** Later connections go to this port of the target; those that are open stay where they are. */
  setTargetPort(port: number): void;
  /** Resets all open connections. @returns how many */
  cutAll(): number;
  /** Closes everything; resolves when no handle is left. */
  close(): Promise<void>;
}

/** Connections beyond so many are closed as soon as they come. */
const connectionsMax = 20_000;

/** Listens when it resolves. @throws RangeError for faults or a seed out of bounds; rejects when it cannot listen */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const { seed, targetPort, targetHost = '127.0.0.1' } = options;
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
    throw new RangeError(`expected seed to be a whole number from 0 to ${2 ** 32 - 1}, got ${seed}`);
  }
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true });
  server.maxConnections = connectionsMax;
  const proxy = new RunningProxy(server, { host: targetHost, port: targetPort }, options);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy.port = (server.address() as AddressInfo).port;
  return proxy;
}

interface Target {
  readonly host: string;
  readonly port: number;
}

class RunningProxy implements FaultProxy {
  readonly seed: number;
  port = 0;
  accepted = 0;
  bufferedBytesPeak = 0;
  readonly #server: Server;
  #target: Target;
  readonly #open = new Set<ProxiedConnection>();
  readonly #log = new FaultLog();
  #faults: ResolvedFaults;
  #refusalsLeft = 0;
  #refusesUntilMs = 0;
  #onNoneOpen: () => void = () => undefined;
  #closed: Promise<void> | undefined = undefined;

  constructor(server: Server, target: Target, options: FaultProxyOptions) {
    this.#server = server;
    this.#target = target;
    this.seed = options.seed;
    this.#faults = resolveFaults(options.faults);
    this.#startRefusing();
    server.on('connection', (socket) => this.#accept(socket));
  }

  get connections(): number {
    return this.#open.size;
  }

  get log(): readonly FaultLogEntry[] {
    return this.#log.entries;
  }

  get bufferedBytes(): number {
    let bytes = 0;
    for (const connection of this.#open) bytes += connection.bufferedBytes;
    return bytes;
  }

  setFaults(faults: Faults): void {
    this.#faults = resolveFaults(faults);
    this.#startRefusing();
    for (const connection of this.#open) connection.setFaults(this.#faults);
  }

  setTargetPort(port: number): void {
    this.#target = { host: this.#target.host, port };
  }

  cutAll(): number {
    const count = this.#open.size;
    for (const connection of this.#open) connection.cut();
    return count;
  }

  close(): Promise<void> {
    this.#closed ??= this.#closeAll();
    return this.#closed;
  }

  async #closeAll(): Promise<void> {
    const serverClosed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    const socketsClosed = new Promise<void>((resolve) => {
      this.#onNoneOpen = resolve;
      if (this.#open.size === 0) resolve();
    });
    for (const connection of this.#open) connection.destroy();
    await Promise.all([serverClosed, socketsClosed]);
  }

  #startRefusing(): void {
    this.#refusalsLeft = this.#faults.refuseConnections;
    this.#refusesUntilMs = performance.now() + this.#faults.refuseMs;
  }

  #accept(client: Socket): void {
    this.accepted += 1;
    const connection = this.accepted;
    if (this.#isRefused()) {
      this.#log.add({ connection, direction: undefined, offset: 0, fault: 'refuse' });
      client.on('error', () => undefined);
      resetSocket(client);
      return;
    }
    const proxied: ProxiedConnection = new ProxiedConnection({
      client,
      target: this.#target,
      seed: this.seed,
      connection,
      faults: this.#faults,
      log: this.#log,
      onBuffered: () => {
        this.bufferedBytesPeak = Math.max(this.bufferedBytesPeak, proxied.bufferedBytes);
      },
      onClosed: () => {
        this.#open.delete(proxied);
        if (this.#open.size === 0) this.#onNoneOpen();
      },
    });
    this.#open.add(proxied);
  }

  #isRefused(): boolean {
    if (performance.now() < this.#refusesUntilMs) return true;
    if (this.#refusalsLeft === 0) return false;
    this.#refusalsLeft -= 1;
    return true;
  }
}
