/** Which topics those may subscribe and publish to who have no identity: patterns of the configuration. */
import { type Failure, failure } from '../protocol/error-codes.js';
import { coversTopics, presencePrefix } from '../protocol/topics.js';

export interface TopicRightsOptions {
  /** Topics and patterns. */
  readonly subscribe: readonly string[];
  readonly publish: readonly string[];
}

export class TopicRights {
  readonly #options: TopicRightsOptions;

  constructor(options: TopicRightsOptions) {
    this.#options = options;
  }

  /**
   * Who may read a topic may also read who else does.
   * @param topic a topic, or a pattern, all of whose topics have to be allowed
   */
  refuseSubscribe(topic: string): Failure | undefined {
    const read = topic.startsWith(presencePrefix) ? topic.slice(presencePrefix.length) : topic;
    return this.#options.subscribe.some((allowed) => coversTopics(allowed, read)) ? undefined : mayNotSubscribe;
  }

  refusePublish(topic: string): Failure | undefined {
    return this.#options.publish.some((allowed) => coversTopics(allowed, topic)) ? undefined : mayNotPublish;
  }
}

const mayNotSubscribe: Failure = Object.freeze(failure('permission_denied', 'not allowed to subscribe to this topic'));
const mayNotPublish: Failure = Object.freeze(failure('permission_denied', 'not allowed to publish to this topic'));
