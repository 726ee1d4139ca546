/** How handlers publish: a promise they may await or not, which rejects with what a client would be told. */
import { HandlerError, type Log, type Publish, type Published } from '../model/handler.js';
import type { LogEntry } from '../model/topic-log.js';
import type { Failure } from '../protocol/error-codes.js';

type Answer = LogEntry | Failure;

/** Structurally part of the topics. */
export type TopicPublish = (topic: string, data: unknown, key: string | undefined) => Answer | Promise<Answer>;

/** Failures are logged at most this often: a loop that publishes nonsense must not fill the log. */
const logEveryMs = 1000;

/** Makes `ctx.publish`. What fails is logged too, since nobody may be waiting for it. */
export function publishing(publish: TopicPublish, log: Log, nowMs: () => number): Publish {
  let loggedAtMs = -logEveryMs;
  let unlogged = 0;
  const failed = (topic: string, error: unknown): void => {
    unlogged += 1;
    if (nowMs() - loggedAtMs < logEveryMs) return;
    loggedAtMs = nowMs();
    log.warn({ err: error, topic, failed: unlogged }, 'messages were not published');
    unlogged = 0;
  };
  return (topic, data, { key } = {}) => {
    const published = publishOne(publish, topic, data, key);
    published.catch((error: unknown) => failed(topic, error));
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

function asError({ code, message, retry }: Failure): HandlerError {
  return new HandlerError(code, message, { temporary: retry === 'backoff' });
}
