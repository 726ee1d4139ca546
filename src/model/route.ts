/** A route: everything that is fixed about the events of one type, resolved from handler and configuration. */
import { type Failure, failure } from '../protocol/error-codes.js';
import type { Priority } from '../protocol/priorities.js';
import type { HandlerContext, SluiceEvent } from './handler.js';

/** Attempts for failures marked temporary, and the bounds of the backoff between them. */
export interface RetryPolicy {
  /** Including the first. */
  readonly attempts: number;
  readonly minMs: number;
  readonly maxMs: number;
}

/** Up to `size` events, or those of `waitMs` since the first, in one call. */
export interface BatchPolicy {
  readonly size: number;
  readonly waitMs: number;
}

/** Result of checking an event's data: the value to hand on, or what is wrong with it. */
export type InputCheck = (data: unknown) => InputResult | Promise<InputResult>;
export type InputResult =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string; readonly path: string }[] };

export interface Route {
  /** The handler's declared type or pattern. */
  readonly pattern: string;
  /** Small number, unique in the process; groups keys in the queue. */
  readonly index: number;
  readonly pipeline: string;
  readonly priority: Priority;
  /** Milliseconds an event is worth doing when it does not say itself; 0 is no deadline. */
  readonly ttlMs: number;
  /** Milliseconds one attempt, or one item of a stream, may take. */
  readonly timeoutMs: number;
  /** Whether events of one key run one at a time in accept order. */
  readonly isKeyed: boolean;
  /** Whether it is left alone for a while when it fails again and again. */
  readonly hasBreaker: boolean;
  readonly batch: BatchPolicy | undefined;
  readonly conflate: boolean;
  readonly retry: RetryPolicy;
  readonly check: InputCheck | undefined;
  /** One event, or an array of them when `batch` is set. */
  readonly handle: (input: SluiceEvent & readonly SluiceEvent[], context: HandlerContext) => unknown;
}

/** What a failed check tells the client: where, and what; at most 16 issues. */
export function invalidData(issues: readonly { readonly message: string; readonly path: string }[]): Failure {
  const first = issues[0];
  const where = first === undefined || first.path === '' ? 'data' : `data.${first.path}`;
  return failure('invalid_argument', `${where}: ${first?.message ?? 'not as the route expects'}`, {
    details: { issues: issues.slice(0, 16) },
  });
}
