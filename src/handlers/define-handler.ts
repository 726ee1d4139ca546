/**
 * How users declare a handler. A definition is data: nothing runs, and nothing is registered, until a gateway is
 * given it.
 */
import type { HandlerContext, SluiceEvent } from '../model/handler.js';
import type { Priority } from '../protocol/priorities.js';
import { checkRouteFields, isTypePattern, patternText, refusing } from './check-fields.js';

/** Any schema of the Standard Schema family (zod, valibot, arktype, …): https://standardschema.dev, version 1. */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

/** What a Standard Schema answers: the parsed value, or the issues found. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | {
      readonly issues: readonly {
        readonly message: string;
        readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
      }[];
    };

/** What is the same for handlers of single events and of batches. Configuration may override each but `type`. */
export interface HandlerOptions<Data> {
  /** An exact type such as `order.place`, or a pattern: `*` is one token, a last `>` one or more. */
  readonly type: string;
  /** Checks and types `data`; an event that fails is refused with `invalid_argument`. */
  readonly input?: StandardSchema<Data>;
  /** Name of the pipeline it runs in. @default 'default' */
  readonly pipeline?: string;
  /** Of events that do not ask for one. @default 'normal' */
  readonly priority?: Exclude<Priority, 'critical'>;
  /** Milliseconds an event is worth doing if it does not say itself. @default 0, no deadline */
  readonly ttlMs?: number;
  /** `key`: events of one key run one at a time, in accept order. @default 'key' */
  readonly order?: 'key' | 'none';
  /** Milliseconds for one attempt, or for one item of a stream. @default the pipeline's */
  readonly timeoutMs?: number;
  /** For failures marked `temporary`. `attempts` includes the first. @default { attempts: 1, minMs: 50, maxMs: 5000 } */
  readonly retry?: { readonly attempts: number; readonly minMs?: number; readonly maxMs?: number };
}

/** A handler of one event at a time: returns a value, a promise, an async iterable or an Observable. */
export interface SingleHandler<Data> extends HandlerOptions<Data> {
  readonly batch?: undefined;
  /** A newer event replaces a waiting one of the same key, which ends as `aborted`. @default false */
  readonly conflate?: boolean;
  readonly handle: (event: SluiceEvent<Data>, context: HandlerContext) => unknown;
}

/** A handler of many events at a time: returns one result, or one Error, for each event in their order. */
export interface BatchHandler<Data> extends HandlerOptions<Data> {
  readonly batch: { readonly size: number; readonly waitMs: number };
  readonly conflate?: undefined;
  readonly handle: (
    events: readonly SluiceEvent<Data>[],
    context: HandlerContext,
  ) => readonly unknown[] | Promise<readonly unknown[]>;
}

const brand = Symbol.for('sluice.handler');

/** A declared handler, as {@link defineHandler} returns it. */
export type HandlerDefinition<Data = unknown> = (SingleHandler<Data> | BatchHandler<Data>) & {
  readonly [brand]: true;
};

/** Declares a handler of batches. @throws TypeError naming the field that is wrong */
export function defineHandler<Data = unknown>(handler: BatchHandler<Data>): HandlerDefinition<Data>;
/** Declares a handler of single events. @throws TypeError naming the field that is wrong */
export function defineHandler<Data = unknown>(handler: SingleHandler<Data>): HandlerDefinition<Data>;
export function defineHandler<Data>(handler: SingleHandler<Data> | BatchHandler<Data>): HandlerDefinition<Data> {
  check(handler);
  return Object.freeze({ ...handler, [brand]: true as const });
}

/** Whether a value was made by {@link defineHandler}, by this copy of the package or another. */
export function isHandlerDefinition(value: unknown): value is HandlerDefinition {
  return typeof value === 'object' && value !== null && (value as { [brand]?: unknown })[brand] === true;
}

function check(handler: Omit<SingleHandler<never> | BatchHandler<never>, 'input'>): void {
  const { type, batch, conflate, handle } = handler;
  const refuse = refusing(`handler ${JSON.stringify(type)}`);
  if (!isTypePattern(type)) refuse('type', patternText);
  if (typeof handle !== 'function') refuse('handle', 'a function');
  checkRouteFields(handler, refuse);
  if (batch !== undefined && !(Number.isInteger(batch.size) && batch.size >= 1 && batch.waitMs >= 0)) {
    refuse('batch', '{ size: a whole number from 1, waitMs: 0 or more }');
  }
  if (batch !== undefined && conflate) refuse('conflate', 'absent where batch is set');
}
