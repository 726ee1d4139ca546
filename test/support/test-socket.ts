/** A socket without a network: writes down what is sent, and has as much room as the test says. */
import type { SendStatus, Socket } from '../../src/model/transport.js';

export class TestSocket implements Socket {
  readonly remoteAddress = '127.0.0.1';
  isOpen = true;
  bufferedBytes = 0;
  /** Sends of one cork stand in one array. */
  readonly writes: (string | Uint8Array)[][] = [];
  pings = 0;
  /** What the last ping carried. */
  mark: string | undefined = undefined;
  isTerminated = false;
  ended: { readonly code: number; readonly reason: string } | undefined = undefined;
  /** While false, what is sent stays in the socket's buffer. */
  takesBytes = true;
  #corked: (string | Uint8Array)[] | undefined = undefined;

  /** All sends in order. */
  get sent(): (string | Uint8Array)[] {
    return this.writes.flat();
  }

  /** All frames sent as JSON, arrays taken apart. */
  get frames(): Record<string, unknown>[] {
    return this.sent.flatMap((text) => JSON.parse(text as string));
  }

  send(payload: string | Uint8Array): SendStatus {
    if (!this.isOpen) return 2;
    if (this.#corked === undefined) this.writes.push([payload]);
    else this.#corked.push(payload);
    if (this.takesBytes) return 1;
    this.bufferedBytes += payload.length;
    return 0;
  }

  sendText(bytes: Uint8Array): SendStatus {
    return this.send(Buffer.from(bytes).toString());
  }

  cork(write: () => void): void {
    if (!this.isOpen) return;
    this.#corked = [];
    write();
    if (this.#corked.length > 0) this.writes.push(this.#corked);
    this.#corked = undefined;
  }

  end(code: number, reason: string): void {
    this.ended ??= { code, reason };
    this.isOpen = false;
  }

  ping(mark?: string): void {
    this.pings += 1;
    this.mark = mark;
  }

  terminate(): void {
    this.isTerminated = true;
    this.isOpen = false;
  }
}
