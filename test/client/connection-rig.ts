/** A connection on sockets that lead nowhere, with all it tells. */
import { expect, vi } from 'vitest';
import type { ConnectionState } from '../../src/client/api.js';
import type { Grant } from '../../src/client/attempt.js';
import { Connection } from '../../src/client/connection.js';
import type { NetworkListener } from '../../src/client/network-events.js';
import type { ConnectOptions } from '../../src/client/options.js';
import type { SluiceError } from '../../src/client/sluice-error.js';
import { type FakeSocket, FakeSockets, turn } from './fake-sockets.js';

/** The clock is faked, and waits are half of what they may be. */
export class ConnectionRig {
  readonly sockets = new FakeSockets();
  readonly states: ConnectionState[] = [];
  readonly told: string[] = [];
  readonly network = {
    isOnline: true,
    listener: undefined as NetworkListener | undefined,
    listen(listener: NetworkListener): void {
      this.listener = listener;
    },
    stop(): void {
      this.listener = undefined;
    },
  };
  readonly connection: Connection;
  grant: Grant | undefined = undefined;
  error: SluiceError | undefined = undefined;

  constructor(options: ConnectOptions = {}) {
    this.connection = new Connection({
      options: this.sockets.options(options),
      network: this.network,
      grant: () => this.grant,
      onState: (state) => this.states.push(state),
      onWelcome: ({ session }) => this.told.push(`welcome ${session}`),
      onFrame: ({ op }) => this.told.push(op),
      onMessageEnd: () => this.told.push('message end'),
      onLost: () => this.told.push('lost'),
      onStopped: (error) => {
        this.error = error;
        this.told.push(`stopped ${error.code}`);
      },
    });
  }

  get socket(): FakeSocket {
    return this.sockets.last;
  }

  get state(): ConnectionState | undefined {
    return this.states.at(-1);
  }

  async start(): Promise<void> {
    this.connection.start();
    await turn();
  }

  /** Started, and welcomed so many milliseconds ago. */
  async opened(openMs = 5000): Promise<void> {
    await this.start();
    this.socket.welcome();
    vi.advanceTimersByTime(openMs);
    this.told.length = 0;
    this.states.length = 0;
  }

  /** The state a lost connection has, and the milliseconds until there is another. */
  reconnectsAfter(): number {
    const { state } = this;
    if (state?.status !== 'waiting') throw new Error(`expected it to wait, got ${state?.status}`);
    const count = this.sockets.all.length;
    vi.advanceTimersByTime(Math.max(0, state.afterMs - 1));
    if (state.afterMs > 0) expect(this.sockets.all).toHaveLength(count);
    vi.advanceTimersByTime(1);
    expect(this.sockets.all).toHaveLength(count + 1);
    return state.afterMs;
  }
}
