/** The client an application has in its hands: turns its calls into operations and subscriptions of a session. */
import { Allowance } from './allowance.js';
import type {
  Client,
  ConnectionState,
  ItemStream,
  Published,
  StreamGap,
  StreamItem,
  TopicStream,
  Usage,
} from './api.js';
import { Awaited } from './awaited.js';
import { invalidSubscription, makeOperation } from './calls.js';
import { type Opened, OpenedSource, type Sink } from './event-source.js';
import { Failures } from './failures.js';
import { DataStream } from './item-stream.js';
import { Operation, type Receiver } from './operation.js';
import type { CloseOptions, EmitOptions, RequestOptions, StreamOptions, SubscribeOptions } from './options.js';
import { EmitReceiver, ReplyReceiver, StreamReceiver } from './receivers.js';
import { defaults, type ResolvedOptions, timerMsMax } from './resolved-options.js';
import { Session } from './session.js';
import { type SluiceError, sluiceError } from './sluice-error.js';
import { StateSubject } from './state-subject.js';
import { Subscription, type TopicEvent } from './subscription.js';

/** Nothing is known here of the types an application gave: `Client` says them, and `connect` that this is one. */
export class GatewayClient implements Omit<Client, 'subscribe'> {
  readonly #options: ResolvedOptions;
  readonly #state = new StateSubject();
  readonly #failures = new Failures(warn);
  readonly #session: Session;
  /** Undoes what was arranged for its end. */
  #release: () => void = () => undefined;
  /** Once it is being closed: resolves when the gateway knows. */
  #closing: Awaited | undefined = undefined;
  /** The time a drain may take. */
  #drainTimer: ReturnType<typeof setTimeout> | undefined = undefined;

  constructor(options: ResolvedOptions, signal: AbortSignal | undefined) {
    this.#options = options;
    this.#session = new Session({
      options,
      onState: (state) => this.#state.set(state),
      onEnd: () => this.#ended(),
      onStopped: (error) => this.#stop(error),
      warn,
    });
    if (signal?.aborted) {
      this.#stop(undefined);
      return;
    }
    this.#session.connection.start();
    const onAbort = () => this.#stop(undefined);
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#release = () => signal?.removeEventListener('abort', onAbort);
  }

  get ready(): Promise<void> {
    return this.#state.ready;
  }

  get state(): ConnectionState {
    return this.#state.state;
  }

  get state$() {
    return this.#state.state$;
  }

  get failures$() {
    return this.#failures.failures$;
  }

  get usage(): Usage {
    const { queue, operations, subscriptions, sender } = this.#session;
    return {
      queued: queue.items,
      queuedBytes: queue.bytes,
      open: operations.size - queue.items + subscriptions.size,
      credit: sender.credit,
    };
  }

  request(type: string, data?: unknown, options: RequestOptions = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const receiver = new ReplyReceiver(resolve, reject, (error) => {
        this.#session.operations.cancel(operation as Operation, () => error);
      });
      const operation = this.#start(type, data, options, receiver, reject);
    });
  }

  async publish(type: string, data?: unknown, options?: RequestOptions): Promise<Published> {
    const reply = await this.request(type, data, options);
    if (isPublished(reply)) return reply;
    throw sluiceError('failed_precondition', `expected ${type} to be an event that is published, got another answer`, {
      started: 'maybe',
    });
  }

  emit(type: string, data?: unknown, options: EmitOptions = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      const receiver = new EmitReceiver({
        left: resolve,
        notSent: reject,
        onFailure: (error) => this.#failures.add({ type, key: options.key, error }),
        onStream: (error) => this.#session.operations.cancel(operation as Operation, () => error),
      });
      const operation = this.#start(type, data, options, receiver, reject);
    });
  }

  stream(type: string, data?: unknown, options: StreamOptions = {}): ItemStream<unknown> {
    return new DataStream(new OpenedSource((sink) => this.#openStream(type, data, options, sink)));
  }

  subscribe(topic: string, options: SubscribeOptions = {}): TopicStream<unknown> {
    return new OpenedSource<TopicEvent>((sink) => this.#openTopic(topic, options, sink));
  }

  writable(): Promise<void> {
    const refusal = this.#refusal();
    return refusal === undefined ? this.#session.sender.writable() : Promise.reject(refusal);
  }

  close({ drain = true, withinMs = defaults.closeWithinMs }: CloseOptions = {}): Promise<void> {
    // Set before anything is ended: whoever hears of that may close it too.
    const isFirst = this.#closing === undefined;
    this.#closing ??= new Awaited();
    if (!drain) this.#stop(undefined);
    else if (isFirst) this.#drain(withinMs);
    return this.#closing.promise;
  }

  #openStream(
    type: string,
    data: unknown,
    options: StreamOptions,
    sink: Sink<StreamItem<unknown> | StreamGap>,
  ): Opened<StreamItem<unknown> | StreamGap> {
    const { operations } = this.#session;
    const credit = options.credit ?? defaults.streamCredit;
    const allowance = new Allowance(credit, (max) => {
      if (operation !== undefined) operations.pull(operation, max);
    });
    const receiver = new StreamReceiver(sink, allowance);
    const operation = this.#start(type, data, { ...options, credit }, receiver, (error) => sink.failed(error));
    return {
      took: ({ kind }) => {
        if (kind === 'item') allowance.took();
      },
      close: () => {
        if (operation !== undefined)
          operations.cancel(operation, (started) => sluiceError('cancelled', 'its reader wants no more', { started }));
      },
    };
  }

  #openTopic(topic: string, options: SubscribeOptions, sink: Sink<TopicEvent>): Opened<TopicEvent> {
    const { subscriptions } = this.#session;
    const refusal = this.#refusal() ?? invalidSubscription(topic, options);
    if (refusal !== undefined) {
      sink.failed(refusal);
      return nothingOpened;
    }
    const subscription: Subscription = new Subscription({
      id: this.#session.nextId(),
      topic,
      options,
      credit: options.credit ?? defaults.topicCredit,
      retry: this.#options.retry,
      sink,
      pull: (max) => subscriptions.pull(subscription, max),
      warn,
    });
    subscriptions.add(subscription, options.signal);
    return {
      took: (event) => subscription.took(event),
      close: () => subscriptions.close(subscription),
    };
  }

  /** Takes an event in. @returns undefined when it cannot be taken, which is told */
  #start(
    type: string,
    data: unknown,
    options: StreamOptions,
    receiver: Receiver,
    onRefused: (error: SluiceError) => void,
  ): Operation | undefined {
    const { operations } = this.#session;
    const made =
      this.#refusal() ?? makeOperation({ id: this.#session.nextId(), type, data, options, receiver }, this.#options);
    const refusal = made instanceof Operation ? operations.add(made, options.signal) : made;
    if (refusal === undefined) return made as Operation;
    onRefused(refusal);
    return undefined;
  }

  #refusal(): SluiceError | undefined {
    if (this.#closing === undefined && this.state.status !== 'closed') return undefined;
    const { state } = this;
    const why = state.status === 'closed' ? state.error : undefined;
    return sluiceError(
      'failed_precondition',
      why === undefined ? 'the client is closed' : `the client is closed: ${why.message}`,
      { cause: why },
    );
  }

  /** Ends what has no end of its own, and then, when the rest has ended or the time is over, the client. */
  #drain(withinMs: number): void {
    this.#session.subscriptions.endAll();
    if (this.#session.operations.awaited === 0) this.#stop(undefined);
    else this.#drainTimer = setTimeout(() => this.#stop(undefined), Math.min(withinMs, timerMsMax));
  }

  #ended(): void {
    if (this.#drainTimer !== undefined && this.#session.operations.awaited === 0) this.#stop(undefined);
  }

  /** The end, with an error or as it was asked for. */
  #stop(error: SluiceError | undefined): void {
    if (this.state.status === 'closed') return;
    clearTimeout(this.#drainTimer);
    this.#drainTimer = undefined;
    this.#state.set(error === undefined ? { status: 'closed' } : { status: 'closed', error });
    const { operations, subscriptions } = this.#session;
    subscriptions.endAll(error);
    operations.failAll((started) =>
      sluiceError(error?.code ?? 'cancelled', error?.message ?? 'the client was closed', {
        started,
        retry: 'no',
        cause: error,
      }),
    );
    const gone = this.#session.stop(error ?? sluiceError('cancelled', 'the client was closed'));
    this.#release();
    this.#failures.complete();
    this.#closing ??= new Awaited();
    void gone.then(this.#closing.resolve);
  }
}

function warn(message: string): void {
  console.warn(`sluice: ${message}`);
}

const nothingOpened = Object.freeze({ took: () => undefined, close: () => undefined });

function isPublished(reply: unknown): reply is Published {
  if (typeof reply !== 'object' || reply === null) return false;
  const { topic, epoch, offset } = reply as Partial<Published>;
  return typeof topic === 'string' && typeof epoch === 'string' && typeof offset === 'number';
}
