/**
 * Those who wait for what becomes of an event: a promise, a reader of a stream, or nobody but those who look at
 * failures.
 */
import type { Allowance } from './allowance.js';
import type { StreamGap, StreamItem } from './api.js';
import type { Sink } from './event-source.js';
import type { Receiver } from './operation.js';
import { type SluiceError, sluiceError } from './sluice-error.js';

/** A request: settles with the answer. */
export class ReplyReceiver implements Receiver {
  readonly #resolve: (reply: unknown) => void;
  readonly #reject: (error: SluiceError) => void;
  readonly #onStream: (error: SluiceError) => void;

  /** @param onStream there is more than one answer: who takes one only ends it, with this error */
  constructor(
    resolve: (reply: unknown) => void,
    reject: (error: SluiceError) => void,
    onStream: (error: SluiceError) => void,
  ) {
    this.#resolve = resolve;
    this.#reject = reject;
    this.#onStream = onStream;
  }

  left(): void {}

  item(): void {
    this.#onStream(isStream());
  }

  gap(): void {
    this.#onStream(isStream());
  }

  end(data: unknown, items: number | undefined): void {
    // A stream of no items says so at its end.
    if (items === undefined) this.#resolve(data);
    else this.#reject(isStream());
  }

  failed(error: SluiceError): void {
    this.#reject(error);
  }
}

function isStream(): SluiceError {
  return sluiceError('failed_precondition', 'expected one answer, got a stream: read it with stream()', {
    started: 'maybe',
  });
}

/** Who is told of an emitted event. */
export interface EmitParts {
  readonly left: () => void;
  /** It failed before it left. */
  readonly notSent: (error: SluiceError) => void;
  /** It failed after that. */
  readonly onFailure: (error: SluiceError) => void;
  /** It is answered with a stream, of which nobody reads: ends it, with this error. */
  readonly onStream: (error: SluiceError) => void;
}

/** An emitted event: whoever sent it waits until it has left, and nobody for its answer. */
export class EmitReceiver implements Receiver {
  readonly #parts: EmitParts;
  #hasLeft = false;

  constructor(parts: EmitParts) {
    this.#parts = parts;
  }

  left(): void {
    this.#hasLeft = true;
    this.#parts.left();
  }

  item(): void {
    this.#parts.onStream(isStream());
  }

  gap(): void {
    this.#parts.onStream(isStream());
  }

  end(): void {}

  failed(error: SluiceError): void {
    if (this.#hasLeft) this.#parts.onFailure(error);
    else this.#parts.notSent(error);
  }
}

/** A stream: what comes goes to its reader, and what the reader takes allows more. */
export class StreamReceiver implements Receiver {
  readonly #sink: Sink<StreamItem<unknown> | StreamGap>;
  readonly #allowance: Allowance;
  #hasItems = false;

  constructor(sink: Sink<StreamItem<unknown> | StreamGap>, allowance: Allowance) {
    this.#sink = sink;
    this.#allowance = allowance;
  }

  left(): void {}

  item(n: number, data: unknown, key: string | undefined): void {
    this.#hasItems = true;
    this.#allowance.arrived();
    this.#sink.next(key === undefined ? { kind: 'item', n, data } : { kind: 'item', n, data, key });
  }

  gap(from: number, to: number, count: number, reason: 'dropped' | 'conflated'): void {
    this.#sink.next({ kind: 'gap', from, to, count, reason });
  }

  end(data: unknown, items: number | undefined): void {
    // One value and no stream: the only item.
    if (items === undefined && data !== undefined && !this.#hasItems) this.item(1, data, undefined);
    this.#sink.end();
  }

  failed(error: SluiceError, isAtOnce?: boolean): void {
    this.#sink.failed(error, isAtOnce);
  }
}
