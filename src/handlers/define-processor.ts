/**
 * How users declare a stream processor: an Observable of events or of messages goes in, an Observable of messages comes
 * out and is published. A definition is data: nothing runs until a gateway is given it.
 */
import type { Observable, ObservableInput, OperatorFunction } from 'rxjs';
import type { HandlerContext, Log, SluiceEvent } from '../model/handler.js';
import { isTopicPattern } from '../protocol/topics.js';
import {
  checkRouteFields,
  isAtLeast,
  isTypePattern,
  patternText,
  type Refuse,
  type RouteFields,
  refusing,
  routeFields,
} from './check-fields.js';
import { defineHandler, type HandlerDefinition, type HandlerOptions } from './define-handler.js';

/** A message of a topic as a processor sees it. */
export interface TopicMessage<Data = unknown> {
  readonly topic: string;
  /** Its place in the topic's log. */
  readonly offset: number;
  readonly key: string | undefined;
  readonly data: Data;
}

/** What a processor makes: a message to be published. */
export interface ProcessorResult {
  readonly topic: string;
  readonly key?: string | undefined;
  readonly data: unknown;
}

/** What a processor may use. It is made anew each time the processor is started. */
export interface ProcessorContext {
  /**
   * Fires when the processor is stopped, or started again: this context and its Observable are over then. When the gateway
   * stops, what goes in completes first, and the Observable has until the drain's deadline to complete as well.
   */
  readonly signal: AbortSignal;
  readonly log: Log;
  /**
   * Nothing more comes in until the function returned was called, however often the inlet was held: what comes meanwhile
   * waits in the inlet, and beyond it where it comes from. Values of timers in user code are not held.
   */
  hold(): () => void;
  /**
   * An operator for asynchronous work on each value, at most `concurrency` at a time (16), which holds the inlet while so
   * many run. What an operator before it makes by itself, such as a window, waits up to 16,384 values; one more is an
   * error, with which the processor is started again.
   */
  mapAsync<T, R>(
    work: (value: T) => ObservableInput<R>,
    options?: { readonly concurrency?: number },
  ): OperatorFunction<T, R>;
}

/** What is the same for processors of events and of messages. */
export interface ProcessorOptions {
  /** Items that may wait to go in; then their senders wait. @default { itemsMax: 1024 } */
  readonly inlet?: { readonly itemsMax?: number };
  /**
   * Bounds of the wait before `through` is called again, after its Observable failed or completed: it doubles, with
   * jitter, and begins anew after `maxMs` without a failure. What its operators had gathered is lost then, and the item
   * being handled; what waits in the inlet is kept. @default { minMs: 100, maxMs: 30_000 }
   */
  readonly restart?: { readonly minMs?: number; readonly maxMs?: number };
}

/** Fields of a route that processors of events have, as in `defineHandler`. */
type EventOptions<Data> = Pick<
  HandlerOptions<Data>,
  'input' | 'pipeline' | 'priority' | 'ttlMs' | 'timeoutMs' | 'order'
>;

/** A processor of the events of one route. An event ends, without a value, when the inlet took it. */
export interface EventProcessor<Data> extends ProcessorOptions, EventOptions<Data> {
  /** An exact type, or a pattern: `*` is one token, a last `>` one or more. */
  readonly from: string;
  /** Called when the processor starts, and again whenever what it returned has failed or completed. */
  readonly through: (events$: Observable<SluiceEvent<Data>>, context: ProcessorContext) => Observable<ProcessorResult>;
}

/** A processor of the messages of topics, from its start on. */
export interface TopicProcessor<Data> extends ProcessorOptions {
  /** A topic, or a pattern as for types. */
  readonly from: { readonly topic: string };
  /** Called when the processor starts, and again whenever what it returned has failed or completed. */
  readonly through: (
    messages$: Observable<TopicMessage<Data>>,
    context: ProcessorContext,
  ) => Observable<ProcessorResult>;
}

const brand = Symbol.for('sluice.handler');

/** A declared processor, as {@link defineProcessor} returns it. What goes in is not known to it. */
export interface ProcessorDefinition extends ProcessorOptions, EventOptions<unknown> {
  readonly kind: 'processor';
  readonly from: string | { readonly topic: string };
  readonly through: (items$: Observable<never>, context: ProcessorContext) => Observable<ProcessorResult>;
  readonly [brand]: true;
}

/** Declares a processor of events. @throws TypeError naming the field that is wrong */
export function defineProcessor<Data = unknown>(processor: EventProcessor<Data>): ProcessorDefinition;
/** Declares a processor of messages. @throws TypeError naming the field that is wrong */
export function defineProcessor<Data = unknown>(processor: TopicProcessor<Data>): ProcessorDefinition;
export function defineProcessor<Data>(processor: EventProcessor<Data> | TopicProcessor<Data>): ProcessorDefinition {
  check(processor);
  return Object.freeze({ ...processor, kind: 'processor' as const, [brand]: true as const });
}

/** Whether a value was made by {@link defineProcessor}, by this copy of the package or another. */
export function isProcessorDefinition(value: unknown): value is ProcessorDefinition {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, [brand]: mark } = value as { kind?: unknown; [brand]?: unknown };
  return mark === true && kind === 'processor';
}

/** The route of a processor of events, whose events `handle` takes in; undefined for one of topics, which has none. */
export function routeOf(
  definition: ProcessorDefinition,
  handle: (event: SluiceEvent, context: HandlerContext) => unknown,
): HandlerDefinition | undefined {
  const { kind, from, through, inlet, restart, ...options } = definition;
  return typeof from === 'string' ? defineHandler({ ...options, type: from, handle }) : undefined;
}

/** The name of a processor in logs: where it takes its items from. */
export function nameOfProcessor({ from }: Pick<ProcessorDefinition, 'from'>): string {
  return typeof from === 'string' ? from : from.topic;
}

const inletItemsMax = 2 ** 20;
const restartMsMax = 86_400_000;

function check(
  processor: ProcessorOptions & RouteFields & { readonly from: unknown; readonly through: unknown },
): void {
  const { from, through, inlet, restart } = processor;
  const topic = typeof from === 'object' && from !== null ? (from as { topic?: unknown }).topic : undefined;
  const refuse: Refuse = refusing(`processor ${JSON.stringify(topic ?? from)}`);
  if (typeof from === 'string') {
    if (!isTypePattern(from)) refuse('from', `a type: ${patternText}`);
    checkRouteFields(processor, refuse);
  } else {
    if (!(typeof topic === 'string' && isTopicPattern(topic))) refuse('from', `a type, or { topic }: ${patternText}`);
    const given = routeFields.find((field) => processor[field] !== undefined);
    if (given !== undefined) refuse(given, 'absent where from is a topic, which has no route');
  }
  if (typeof through !== 'function') refuse('through', 'a function');
  const itemsMax = inlet?.itemsMax ?? 1;
  if (!(Number.isInteger(itemsMax) && itemsMax >= 1 && itemsMax <= inletItemsMax)) {
    refuse('inlet.itemsMax', `a whole number from 1 to ${inletItemsMax}`);
  }
  const { minMs = defaultRestart.minMs, maxMs = Math.max(minMs, defaultRestart.maxMs) } = restart ?? {};
  if (!isAtLeast(minMs, 1)) refuse('restart.minMs', 'milliseconds, 1 or more');
  if (!(isAtLeast(maxMs, minMs) && maxMs <= restartMsMax)) {
    refuse('restart.maxMs', `milliseconds, from restart.minMs to ${restartMsMax}`);
  }
}

/** Waits between two starts where nothing else is said. */
export const defaultRestart = { minMs: 100, maxMs: 30_000 } as const;
