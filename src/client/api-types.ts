/**
 * What an application may say once about its events and topics, so that the types of data and answers are known
 * wherever they are used. Types only: nothing of it is left when the program runs.
 */

/** The types of one event: what is sent with it, and what answers it: a value (`reply`), or items (`item`). */
export interface EventTypes {
  readonly data?: unknown;
  readonly reply?: unknown;
  readonly item?: unknown;
}

/**
 * Events by their type, and the data of messages by their topic. Topics of a kind are written with a template:
 * `{ [topic: \`tick.${string}\`]: Tick }`, which stands for the pattern `tick.*` too.
 */
export interface ApiTypes {
  readonly events?: object;
  readonly topics?: object;
}

/** An application that has said nothing: every type is allowed, and what comes is `unknown`. */
export interface AnyApi {
  readonly events: Readonly<Record<string, { data: unknown; reply: unknown; item: unknown }>>;
  readonly topics: Readonly<Record<string, unknown>>;
}

type Events<Api> = Api extends { readonly events: infer Types } ? Types : AnyApi['events'];
type Topics<Api> = Api extends { readonly topics: infer Types } ? Types : AnyApi['topics'];
type Part<Types, Name extends string, Otherwise> = Name extends keyof Types ? Types[Name] : Otherwise;

/** The names of the events. */
export type TypeOf<Api> = keyof Events<Api> & string;

/** More than one topic: a `*` for one of its tokens, a last `>` for all the rest. */
type Pattern = `${string}*${string}` | `${string}>`;

/** The topics, and patterns of topics. */
export type TopicOf<Api> = (keyof Topics<Api> & string) | Pattern;

/** What is sent with an event; `undefined` where nothing was said. */
export type DataOf<Api, Type extends TypeOf<Api>> = Part<Events<Api>[Type], 'data', undefined>;

/** What a request is answered with. */
export type ReplyOf<Api, Type extends TypeOf<Api>> = Part<Events<Api>[Type], 'reply', unknown>;

/** What a stream brings. */
export type ItemOf<Api, Type extends TypeOf<Api>> = Part<Events<Api>[Type], 'item', unknown>;

/** The data of a topic's messages; `unknown` for a pattern of several kinds. */
export type MessageOf<Api, Topic extends TopicOf<Api>> = Topic extends keyof Topics<Api> ? Topics<Api>[Topic] : unknown;

/** Data may be left out where the event has none, and the options always. */
export type EventArguments<Data, Options> = undefined extends Data
  ? [data?: Data, options?: Options]
  : [data: Data, options?: Options];
