/**
 * The one table of failures a client can see: gRPC's canonical names in lower snake case, what they mean for a
 * retry, and their HTTP status. PROTOCOL.md's tables are held equal to this one by a test.
 */

/** `no`: the handler never saw the event, resending is safe. `maybe`: it may have run. */
export type Started = 'no' | 'maybe';

/** `backoff`: the same request may succeed after `afterMs`. `no`: it will not. */
export type Retry = 'no' | 'backoff';

/** Why a `resource_exhausted` was answered: which of the bounds was reached. */
export const exhaustedReasons = ['credit', 'rate', 'queue', 'memory', 'sessions', 'overflow'] as const;
export type ExhaustedReason = (typeof exhaustedReasons)[number];

interface ErrorRow {
  readonly httpStatus: number;
  readonly retry: Retry;
}

/** Every error code with its HTTP status and whether it can be retried. */
export const errorCodes = {
  /** Malformed field, or data that fails the route’s schema. */
  invalid_argument: { httpStatus: 400, retry: 'no' },
  /** No token, or a bad one. */
  unauthenticated: { httpStatus: 401, retry: 'no' },
  /** Not allowed for this type, topic or priority. */
  permission_denied: { httpStatus: 403, retry: 'no' },
  /** No route for `type`, no such topic. */
  not_found: { httpStatus: 404, retry: 'no' },
  /** `id` is open, or `idem` was used with other content. */
  already_exists: { httpStatus: 409, retry: 'no' },
  /** A bound was reached; `reason` says which. */
  resource_exhausted: { httpStatus: 429, retry: 'backoff' },
  /** `ttl` or the route’s `timeoutMs` passed. */
  deadline_exceeded: { httpStatus: 504, retry: 'no' },
  /** By `cancel`, or the session ended. */
  cancelled: { httpStatus: 499, retry: 'no' },
  /** Superseded by a newer event of the same key. */
  aborted: { httpStatus: 409, retry: 'no' },
  /** Draining, circuit open, or an upstream unreachable. */
  unavailable: { httpStatus: 503, retry: 'backoff' },
  /** A stream or history position no longer held. */
  out_of_range: { httpStatus: 416, retry: 'no' },
  /** Not in this state, such as a second `hello`. */
  failed_precondition: { httpStatus: 412, retry: 'no' },
  /** Stored data is missing or damaged. */
  data_loss: { httpStatus: 500, retry: 'no' },
  /** An unknown `op`, or one this gateway does not offer. */
  unimplemented: { httpStatus: 501, retry: 'no' },
  /** The handler failed; its text stays in the log. */
  internal: { httpStatus: 500, retry: 'no' },
} as const satisfies Readonly<Record<string, ErrorRow>>;

/** The name of an error code. */
export type ErrorCode = keyof typeof errorCodes;

/** Whether a value names an error code. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(errorCodes, value);
}

/** What a client is told of a failure: the body of an `error` frame without its `op` and `id`. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retry: Retry;
  /** Milliseconds to wait before a retry; given exactly when `retry` is `backoff`. */
  readonly afterMs?: number;
  readonly started: Started;
  readonly reason?: ExhaustedReason;
  readonly details?: unknown;
}

/** Milliseconds told to a client where nothing better is known. */
const defaultAfterMs = 1000;

/** What may be added to a failure beyond its code and message. */
export interface FailureExtras {
  readonly started?: Started;
  readonly afterMs?: number;
  readonly reason?: ExhaustedReason;
  readonly details?: unknown;
  /** Overrides the table: a handler may mark its own failure as temporary. */
  readonly retry?: Retry;
}

/** Builds a failure from the table: `retry` and `afterMs` follow from the code unless given. */
export function failure(code: ErrorCode, message: string, extras: FailureExtras = {}): Failure {
  const retry = extras.retry ?? errorCodes[code].retry;
  const built: { -readonly [K in keyof Failure]: Failure[K] } = {
    code,
    message,
    retry,
    started: extras.started ?? 'no',
  };
  if (retry === 'backoff') built.afterMs = Math.max(0, Math.ceil(extras.afterMs ?? defaultAfterMs));
  if (extras.reason !== undefined) built.reason = extras.reason;
  if (extras.details !== undefined) built.details = extras.details;
  return built;
}
