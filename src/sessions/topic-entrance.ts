/** How a subscription is opened: its id, its bound, its permission; what comes then is the topic's affair. */
import { IdMap } from '../collections/id-map.js';
import type { SubscribeFrame } from '../protocol/frames.js';
import { openAlready, tooManySubscriptions } from './failures.js';
import type { DispatchOptions, DispatchPorts } from './ports.js';
import type { Session } from './session.js';
import { TopicReader } from './topic-reader.js';

export class TopicEntrance {
  readonly #ports: DispatchPorts;
  readonly #options: DispatchOptions;

  constructor(ports: DispatchPorts, options: DispatchOptions) {
    this.#ports = ports;
    this.#options = options;
  }

  /** The frame is as the grammar wants it. */
  enter(session: Session, frame: SubscribeFrame): void {
    const { id, topic } = frame;
    if (session.isTaken(id)) {
      session.sendError(undefined, openAlready(id));
      return;
    }
    const isFull = (session.topics?.size ?? 0) >= this.#options.subscriptionsMax;
    const refusal = isFull ? tooManySubscriptions : this.#ports.refuseSubscribe(session, topic);
    if (refusal !== undefined) {
      session.sendError(id, refusal);
      return;
    }
    const reader = new TopicReader(session, id);
    session.topics ??= new IdMap();
    session.topics.add(id, reader);
    const request = {
      topic,
      id,
      from: frame.from ?? undefined,
      rewind: frame.rewind ?? undefined,
      credit: frame.credit ?? undefined,
      overflow: frame.overflow ?? 'wait',
    };
    const subscription = this.#ports.subscribe(request, reader);
    reader.subscription = subscription;
    // Telling the client that it is open may have ended its socket, before it was known here.
    if (session.isEnded) subscription.close();
    else if (session.awayUntilMs !== 0) subscription.setPresent(false);
  }
}
