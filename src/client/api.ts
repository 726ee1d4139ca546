/** What an application has in its hands: the client, its streams and subscriptions, and what they bring. */
import type { Observable } from 'rxjs';
import type { GapReason } from '../protocol/frames.js';
import type {
  AnyApi,
  ApiTypes,
  DataOf,
  EventArguments,
  ItemOf,
  MessageOf,
  ReplyOf,
  TopicOf,
  TypeOf,
} from './api-types.js';
import type { CloseOptions, EmitOptions, RequestOptions, StreamOptions, SubscribeOptions } from './options.js';
import type { SluiceError } from './sluice-error.js';

/**
 * One client: one connection that heals, and all that goes over it. Every failure is a {@link SluiceError}. Calls after
 * `close` are refused with `failed_precondition`.
 */
export interface Client<Api extends ApiTypes = AnyApi> {
  /** Resolves when there is a connection: at once, or the next time; rejects when there will be none. */
  readonly ready: Promise<void>;
  /** How the connection is. */
  readonly state: ConnectionState;
  /** How it is, and every change of it. Completes when the client is closed. */
  readonly state$: Observable<ConnectionState>;
  /**
   * Emitted events that failed after they had left, of which nobody else hears. Without an observer they are written to
   * the console, in one line a second at most.
   */
  readonly failures$: Observable<EmitFailure>;
  /** What is under way at this moment. */
  readonly usage: Usage;

  /**
   * Sends an event and waits for its answer. Rejects with what the handler failed with, or with why it could not be
   * done; at once, and with `resource_exhausted`, when the queue is full.
   */
  request<Type extends TypeOf<Api>>(
    type: Type,
    ...args: EventArguments<DataOf<Api, Type>, RequestOptions>
  ): Promise<ReplyOf<Api, Type>>;

  /**
   * An event whose answer is a stream. It is sent when the stream is read, by `for await` or `subscribe`, and again
   * when it is read again. Reading pulls: whoever pauses in a `for await` pauses the handler. A handler that answers
   * with one value is a stream of one.
   */
  stream<Type extends TypeOf<Api>>(
    type: Type,
    ...args: EventArguments<DataOf<Api, Type>, StreamOptions>
  ): ItemStream<ItemOf<Api, Type>>;

  /**
   * Sends an event and does not wait for its answer. Resolves when the event has left, which it does as soon as the
   * gateway's credit allows: a loop that awaits it runs as fast as the handlers. Rejects at once when the queue is
   * full. The client goes on seeing to it: it is sent again after a loss, and what fails is told by `failures$`.
   */
  emit<Type extends TypeOf<Api>>(type: Type, ...args: EventArguments<DataOf<Api, Type>, EmitOptions>): Promise<void>;

  /** Sends an event whose route publishes it, and says where the message stands in its topic. */
  publish<Type extends TypeOf<Api>>(
    type: Type,
    ...args: EventArguments<DataOf<Api, Type>, RequestOptions>
  ): Promise<Published>;

  /** Resolves when an event would leave at once: there is a connection, credit, and nothing that waits before it. */
  writable(): Promise<void>;

  /**
   * Follows a topic, or all topics of a pattern, from when it is read. Messages come in the order of their offsets,
   * over any number of connections; what is missing is told by a gap before the first message behind it.
   */
  subscribe<Topic extends TopicOf<Api>>(topic: Topic, options?: SubscribeOptions): TopicStream<MessageOf<Api, Topic>>;

  /**
   * Ends the client. Nothing new is taken; subscriptions end, and what waits and what is open is finished first,
   * streams too, unless `drain` is false. What has not ended after `withinMs` is rejected with `cancelled`. Never
   * rejects; resolves when the gateway knows that the client is gone, or a second later.
   */
  close(options?: CloseOptions): Promise<void>;
}

/** Items as the handler gave them. Read it with `for await`, or as an RxJS Observable. */
export interface ItemStream<T> extends Observable<T>, AsyncIterable<T> {
  /** The same stream with what belongs to each item, and with what was left out (`overflow` `latest` or `drop`). */
  readonly items: Feed<StreamItem<T> | StreamGap>;
}

/** Messages and gaps of a topic. Read it with `for await`, or as an RxJS Observable. */
export type TopicStream<T> = Feed<TopicMessage<T> | TopicGap>;

/** Something to be read with `for await`, or as an RxJS Observable, as often as one likes: each reading begins anew. */
export interface Feed<T> extends Observable<T>, AsyncIterable<T> {}

/** One item of a stream. */
export interface StreamItem<T> {
  readonly kind: 'item';
  /** 1, 2, … as they were produced. */
  readonly n: number;
  readonly data: T;
  readonly key?: string;
}

/** Items `from` to `to` of a stream, of which `count` do not come. */
export interface StreamGap {
  readonly kind: 'gap';
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly reason: 'dropped' | 'conflated';
}

/** One message of a topic. */
export interface TopicMessage<T> {
  readonly kind: 'message';
  readonly topic: string;
  /** 1, 2, … in the topic's epoch. With it the message can be given as `from`: to go on behind it. */
  readonly offset: number;
  /** Empty for a pattern, which begins with "now" only. */
  readonly epoch: string;
  readonly data: T;
  readonly key?: string;
}

/** What of a topic does not come. */
export interface TopicGap {
  readonly kind: 'gap';
  /** The topic, or the pattern, where it is not known which of its topics. */
  readonly topic: string;
  /** Where the subscription is, so that a gap too can be given as `from`: to go on behind it. */
  readonly epoch: string;
  readonly offset: number;
  /** Offsets, both included; 0 where they are not known. */
  readonly from: number;
  readonly to: number;
  /** How many messages do not come; undefined where nobody knows. */
  readonly count: number | undefined;
  /**
   * `dropped` and `conflated`: as `overflow` says. `expired`: the topic did not hold them any more. `reset`: the topic
   * began anew, in a new epoch; all that it holds comes next. `lost`: the session was lost with the connection, and
   * with it what a pattern missed.
   */
  readonly reason: GapReason | 'lost';
}

/** Where a published message stands. */
export interface Published {
  readonly topic: string;
  readonly epoch: string;
  readonly offset: number;
}

/** An emitted event that failed. */
export interface EmitFailure {
  readonly type: string;
  readonly key: string | undefined;
  readonly error: SluiceError;
}

/** What is under way. */
export interface Usage {
  /** Events that wait in the client, and the bytes of their data. */
  readonly queued: number;
  readonly queuedBytes: number;
  /** Events, streams and subscriptions the gateway has not answered to the end. */
  readonly open: number;
  /** Events that may leave now. */
  readonly credit: number;
}

/**
 * How the connection is:
 * `connecting`, for the `attempt`th time since the last connection;
 * `open`, with what became of what was open before: `new` (there was nothing), `resumed` (it goes on, nothing was lost)
 * or `lost` (a new session: what could be was sent again, the rest has failed);
 * `draining`: the gateway is about to close it, and new events wait for the next one; `waiting` for `afterMs` until it
 * tries again, for the `attempt`th time, and why; `offline`, until the browser says otherwise;
 * `closed`, for good: with an error, unless by `close`.
 */
export type ConnectionState =
  | { readonly status: 'connecting'; readonly attempt: number }
  | { readonly status: 'open'; readonly session: string; readonly continuity: Continuity }
  | { readonly status: 'draining'; readonly afterMs: number }
  | { readonly status: 'waiting'; readonly attempt: number; readonly afterMs: number; readonly why: string }
  | { readonly status: 'offline' }
  | { readonly status: 'closed'; readonly error?: SluiceError };

/** What became of the session. */
export type Continuity = 'new' | 'resumed' | 'lost';
