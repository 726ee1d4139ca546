/** What an application calls the client with: checked, and made into what the client works with. */
import { limits } from '../protocol/limits.js';
import { invalidEvent, invalidSubscribe, isTypeName } from '../protocol/validation.js';
import type { RetryBounds } from './bounds.js';
import type { Encoded } from './encoding.js';
import { Operation, type Receiver } from './operation.js';
import type { StreamOptions, SubscribeOptions } from './options.js';
import { type ResolvedOptions, resolveRetry, whole } from './resolved-options.js';
import { SluiceError, sluiceError } from './sluice-error.js';

/** One call that sends an event. */
export interface EventCall {
  readonly id: number;
  readonly type: string;
  readonly data: unknown;
  readonly options: StreamOptions;
  readonly receiver: Receiver;
}

/** Items and messages that may come before they are read. */
const creditMax = 65_536;

/** The operation of a call, or what is wrong with it: `invalid_argument`. */
export function makeOperation(call: EventCall, client: ResolvedOptions): Operation | SluiceError {
  const { id, type, data, options, receiver } = call;
  const { key, priority, ttlMs, trace, credit, overflow } = options;
  const idem = options.idem === true ? freshKey() : options.idem;
  const problem = invalidCall(type, options, idem);
  if (problem !== undefined) return sluiceError('invalid_argument', problem);
  let encoded: Encoded | undefined;
  let retry: RetryBounds | undefined;
  try {
    if (credit !== undefined) whole('credit', credit, { fallback: 1, max: creditMax });
    retry = retryOf(options, client);
    encoded = client.encoding.data(data);
  } catch (error) {
    if (error instanceof SluiceError) return error;
    return sluiceError('invalid_argument', `expected data that can be encoded: ${String(error)}`, { cause: error });
  }
  return new Operation({
    id,
    type,
    data: encoded,
    byteLength: client.encoding.byteLength,
    key,
    priority,
    idem,
    trace,
    credit,
    overflow,
    deadlineAtMs: ttlMs === undefined ? 0 : performance.now() + ttlMs,
    retry,
    receiver,
  });
}

/** What is wrong with a subscription, in an error: `invalid_argument`. */
export function invalidSubscription(topic: string, options: SubscribeOptions): SluiceError | undefined {
  const { from, rewind, overflow, credit } = options;
  const problem = invalidSubscribe({ topic, from, rewind, overflow });
  if (problem !== undefined) return sluiceError('invalid_argument', problem);
  try {
    if (credit !== undefined) whole('credit', credit, { fallback: 1, max: creditMax });
    return undefined;
  } catch (error) {
    return error as SluiceError;
  }
}

function invalidCall(type: string, options: StreamOptions, idem: string | undefined): string | undefined {
  const { key = null, priority = null, ttlMs, overflow = null, trace = null } = options;
  const fields = { type, key, priority, ttl: ttlMs ?? null, idem: idem ?? null, overflow, trace };
  const problem = invalidEvent(fields);
  if (problem !== undefined) return problem.replace('expected ttl ', 'expected ttlMs ');
  if (isTypeName(type)) return undefined;
  return `expected type to be 1 to ${limits.typeBytesMax} of A-Z a-z 0-9 . _ -, got ${JSON.stringify(type)}`;
}

/** Those with a key are sent once unless they say otherwise: others of the same key would pass them meanwhile. */
function retryOf({ retry, key }: StreamOptions, client: ResolvedOptions): RetryBounds | undefined {
  if (retry !== undefined) return retry === true ? (client.retry ?? resolveRetry(true)) : resolveRetry(retry);
  return key === undefined ? client.retry : undefined;
}

/** A key nobody guesses: 128 random bits. `randomUUID` is not there on pages without TLS. */
function freshKey(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
