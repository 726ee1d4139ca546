/** How handlers publish: a promise they may await or not, which rejects with what a client would be told. */
import { HandlerError, type Publish, type Published } from '../model/handler.js';
import type { LogEntry } from '../model/topic-log.js';
import type { Failure } from '../protocol/error-codes.js';
import type { RareLog } from './rare-log.js';

type Answer = LogEntry | Failure;

/** Structurally part of the topics. */
export type TopicPublish = (topic: string, data: unknown, key: string | undefined) => Answer | Promise<Answer>;

/**
 * Makes `ctx.publish`. What fails is logged too, since nobody may be waiting for it; rarely, for a loop that publishes
 * nonsense must not fill the log.
 */
export function publishing(publish: TopicPublish, log: RareLog): Publish {
  return (topic, data, { key } = {}) => {
    const published = publishOne(publish, topic, data, key);
    published.catch((error: unknown) => log.warn('messages were not published', { err: error, topic }));
    return published;
  };
}

/** A client's message was refused by the gateway itself: no handler had to do with it. */
export class PublishRefusedError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.name = 'PublishRefusedError';
    this.failure = failure;
  }
}

/** Publishes, and turns a failure into what a handler throws. */
export async function publishOne(
  publish: TopicPublish,
  topic: string,
  data: unknown,
  key: string | undefined,
): Promise<Published> {
  const answer = await publish(topic, data, key);
  if ('code' in answer) throw asError(answer);
  return { topic: answer.topic, epoch: answer.epoch, offset: answer.offset };
}

/** Which bound was reached stands in the details: what a handler throws has no other place for it. */
function asError({ code, message, retry, reason, details }: Failure): HandlerError {
  const temporary = retry === 'backoff';
  return new HandlerError(code, message, { temporary, details: reason === undefined ? details : { reason } });
}
