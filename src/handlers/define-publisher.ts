/**
 * How users let clients publish: a route whose events become messages of a topic. Which topics a client may publish to is
 * looked at behind the function that publishes.
 */
import type { Published, SluiceEvent } from '../model/handler.js';
import { isTopic } from '../protocol/topics.js';
import { checkRouteFields, isTypePattern, patternText, refusing } from './check-fields.js';
import { defineHandler, type HandlerDefinition, type HandlerOptions } from './define-handler.js';

/** A route that publishes. Its fields are those of handlers, and an event ends with a {@link Published}. */
export interface Publisher<Data> extends HandlerOptions<Data> {
  /** The topic, or what says it for an event. */
  readonly topic: string | ((event: SluiceEvent<Data>) => string);
  /** The message. @default the event's data */
  readonly data?: (event: SluiceEvent<Data>) => unknown;
  /** Its key, for those who only want the newest of each. @default the event's key */
  readonly key?: (event: SluiceEvent<Data>) => string | undefined;
}

const brand = Symbol.for('sluice.handler');

/** A declared publisher, as {@link definePublisher} returns it. The type of its data is not known to it. */
export interface PublisherDefinition extends HandlerOptions<unknown> {
  readonly kind: 'publisher';
  readonly topic: string | ((event: SluiceEvent<never>) => string);
  readonly data?: (event: SluiceEvent<never>) => unknown;
  readonly key?: (event: SluiceEvent<never>) => string | undefined;
  readonly [brand]: true;
}

/** Publishes for a client. Rejects where clients may not, or where topic or data are none. */
export type PublishFor = (topic: string, data: unknown, key: string | undefined) => Promise<Published>;

/** Declares a route that publishes. @throws TypeError naming the field that is wrong */
export function definePublisher<Data = unknown>(publisher: Publisher<Data>): PublisherDefinition {
  check(publisher);
  return Object.freeze({ ...publisher, kind: 'publisher' as const, [brand]: true as const });
}

/** Whether a value was made by {@link definePublisher}, by this copy of the package or another. */
export function isPublisherDefinition(value: unknown): value is PublisherDefinition {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, [brand]: mark } = value as { kind?: unknown; [brand]?: unknown };
  return mark === true && kind === 'publisher';
}

/** The handler of a publisher's route. */
export function handlerOfPublisher(definition: PublisherDefinition, publishFor: PublishFor): HandlerDefinition {
  const { kind, topic, data, key, ...options } = definition;
  const handle = async (event: SluiceEvent): Promise<Published> => {
    const given = event as SluiceEvent<never>;
    const at = await publishFor(
      typeof topic === 'string' ? topic : topic(given),
      data === undefined ? event.data : data(given),
      key === undefined ? event.key : key(given),
    );
    return { topic: at.topic, offset: at.offset, epoch: at.epoch };
  };
  return defineHandler({ ...options, handle });
}

function check(publisher: Omit<Publisher<never>, 'input'>): void {
  const { type, topic, data, key } = publisher;
  const refuse = refusing(`publisher ${JSON.stringify(type)}`);
  if (!isTypePattern(type)) refuse('type', patternText);
  if (typeof topic !== 'function' && !(typeof topic === 'string' && isTopic(topic))) {
    refuse('topic', 'dot-separated tokens of A-Z a-z 0-9 _ -, or a function that makes them of an event');
  }
  if (data !== undefined && typeof data !== 'function') refuse('data', 'a function of the event');
  if (key !== undefined && typeof key !== 'function') refuse('key', 'a function of the event');
  checkRouteFields(publisher, refuse);
}
