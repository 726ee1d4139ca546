/** One subscription of a session: turns what a topic says into frames of its client. */
import type { Codec } from '../model/codec.js';
import type { MessageBundle } from '../model/message-bundle.js';
import type { Outbox } from '../model/outbox.js';
import type { SubscribeRequest, Subscriber, Subscription, TopicGap } from '../model/subscription.js';
import type { Member } from '../model/topic-log.js';
import { type Failure, failure } from '../protocol/error-codes.js';
import type { Id, ServerFrame } from '../protocol/frames.js';

/** Its session, as far as it is needed here. */
export interface ReaderSession extends Member {
  readonly codec: Codec;
  readonly hasRoom: boolean;
  readonly outbox: Outbox;
  readonly isOpen: boolean;
  /** It is taken up again if its socket is lost. */
  readonly isResumable: boolean;
  /** Messages were delivered since it was last asked how far it has got. */
  isUnmarked: boolean;
  sendReliably(frame: ServerFrame): void;
  sendError(id: Id | undefined, why: Failure): void;
  /** The subscription of this id has ended. */
  unsubscribed(id: Id): void;
}

export class TopicReader implements Subscriber {
  /** Undefined while `subscribe` has not returned. */
  subscription: Subscription | undefined = undefined;
  readonly #session: ReaderSession;
  readonly #id: Id;

  constructor(session: ReaderSession, id: Id) {
    this.#session = session;
    this.#id = id;
  }

  get codec(): Codec {
    return this.#session.codec;
  }

  get hasRoom(): boolean {
    return this.#session.hasRoom;
  }

  get member(): Member {
    const { id, identity } = this.#session;
    return identity === undefined ? { id } : { id, identity };
  }

  opened(subscription: Subscription, at: Parameters<Subscriber['opened']>[1], recovered: boolean): void {
    if (this.#session.isResumable) subscription.mark();
    this.#session.sendReliably({ op: 'subscribed', id: this.#id, ...at, recovered });
  }

  deliver(_subscription: Subscription, bundle: MessageBundle): void {
    this.#session.isUnmarked = true;
    this.#session.outbox.sendBundle(bundle);
  }

  gap({ request }: Subscription, { topic, from, to, count, reason, epoch }: TopicGap): void {
    const id = isMetered(request) ? { id: this.#id } : {};
    const newEpoch = epoch === undefined ? {} : { epoch };
    this.#session.sendReliably({ op: 'gap', ...id, topic, from, to, count, reason, ...newEpoch });
  }

  failed(_subscription: Subscription, why: Failure): void {
    this.#end(why);
  }

  /** Its client does not want it any more. */
  cancel(): void {
    this.subscription?.close();
    this.#end(cancelled);
  }

  #end(why: Failure): void {
    this.#session.unsubscribed(this.#id);
    this.#session.sendError(this.#id, why);
  }
}

const cancelled: Failure = Object.freeze(failure('cancelled', 'cancelled by the client'));

function isMetered({ credit }: SubscribeRequest): boolean {
  return credit !== undefined;
}
