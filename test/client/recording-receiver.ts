/** Those who wait for events, and readers, that write down what they are told. */
import type { Sink } from '../../src/client/event-source.js';
import { Operation, type OperationParts, type Receiver } from '../../src/client/operation.js';
import type { SluiceError } from '../../src/client/sluice-error.js';

/** Writes each call down in one line. */
export class RecordingReceiver implements Receiver {
  readonly told: string[] = [];
  /** Of the last failure. */
  error: SluiceError | undefined = undefined;

  left(): void {
    this.told.push('left');
  }

  item(n: number, data: unknown, key: string | undefined): void {
    this.told.push(`item ${n} ${JSON.stringify(data)}${key === undefined ? '' : ` ${key}`}`);
  }

  gap(from: number, to: number, count: number, reason: string): void {
    this.told.push(`gap ${from}-${to} ${count} ${reason}`);
  }

  end(data: unknown, items: number | undefined): void {
    this.told.push(`end ${JSON.stringify(data)}${items === undefined ? '' : ` of ${items}`}`);
  }

  failed(error: SluiceError): void {
    this.error = error;
    this.told.push(`failed ${error.code} ${error.started}`);
  }
}

/** Keeps what a reading would be given. */
export class RecordingSink<T> implements Sink<T> {
  readonly values: T[] = [];
  /** `end`, or the code of the error; each time it was told. */
  readonly ends: string[] = [];
  error: SluiceError | undefined = undefined;

  next(value: T): void {
    this.values.push(value);
  }

  end(): void {
    this.ends.push('end');
  }

  failed(error: SluiceError): void {
    this.error = error;
    this.ends.push(error.code);
  }
}

/** An event that says nothing but its id and its type, and what else is wanted. */
export function anOperation(
  id: number,
  { bytes = 1, ...parts }: Partial<OperationParts> & { readonly bytes?: number } = {},
): Operation & { readonly receiver: RecordingReceiver } {
  const operation = new Operation({
    id,
    type: 'echo',
    data: '1',
    byteLength: () => bytes,
    key: undefined,
    priority: undefined,
    idem: undefined,
    trace: undefined,
    credit: undefined,
    overflow: undefined,
    deadlineAtMs: 0,
    retry: undefined,
    receiver: new RecordingReceiver(),
    ...parts,
  });
  return operation as Operation & { readonly receiver: RecordingReceiver };
}
