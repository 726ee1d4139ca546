/**
 * What goes by topics instead of by answers: the engine with its logs, those who publish (handlers, routes that publish,
 * stream processors), and who may. Part of the composition root.
 */
import { TopicRights } from './admission/topic-rights.js';
import { jsonCodec } from './codec/codecs.js';
import type { Config } from './config/schema.js';
import type { Engine } from './engine/engine.js';
import { createMemoryEngine } from './engine/memory-engine.js';
import { type HandlerDefinition, isHandlerDefinition } from './handlers/define-handler.js';
import { isProcessorDefinition, type ProcessorDefinition } from './handlers/define-processor.js';
import { handlerOfPublisher, isPublisherDefinition, type PublishFor } from './handlers/define-publisher.js';
import { handlerOfProcessor, Processor } from './handlers/processor.js';
import { PublishRefusedError, publishing, publishOne } from './handlers/publishing.js';
import { TopicInlet } from './handlers/topic-inlet.js';
import type { Clock } from './model/clock.js';
import type { Publish, TopicPresence } from './model/handler.js';
import type { LoopTurn } from './model/loop-turn.js';
import type { GatewayLog } from './telemetry/log.js';
import { topicSettings } from './topics/topic-settings.js';
import { Topics } from './topics/topics.js';

export interface TopicFlowParts {
  readonly config: Pick<Config, 'topics' | 'idempotency' | 'anonymous' | 'reply'>;
  readonly clock: Clock;
  readonly turn: LoopTurn;
  readonly log: GatewayLog;
  /** Made of the configuration where it is not given. */
  readonly engine?: Engine | undefined;
}

export class TopicFlow {
  readonly engine: Engine;
  readonly topics: Topics;
  readonly rights: TopicRights;
  readonly publish: Publish;
  readonly #settings: ReturnType<typeof topicSettings>;
  readonly #parts: TopicFlowParts;
  readonly #processors: Processor[] = [];
  readonly #inlets: TopicInlet[] = [];

  constructor(parts: TopicFlowParts) {
    const { config, clock, turn, log } = parts;
    const settings = topicSettings(config.topics);
    this.#parts = parts;
    this.#settings = settings;
    this.engine = parts.engine ?? memoryEngine(config, clock, settings);
    this.rights = new TopicRights(config.anonymous);
    this.topics = new Topics({
      logs: this.engine.logs,
      presence: this.engine.presence,
      turn,
      json: jsonCodec,
      messageBytesMax: config.reply.bytesMax,
      presenceOf: (topic) => settings(topic).presence,
      onFailed: (error, what) => log.error({ err: error }, what),
    });
    this.publish = publishing(
      (topic, data, key) => this.topics.publish(topic, data, key),
      log,
      () => clock.nowMs(),
    );
  }

  /** Every kind of definition as handlers of routes; processors are made, and run from {@link start} on. */
  handlersOf(definitions: readonly unknown[]): HandlerDefinition[] {
    return definitions.flatMap((definition): HandlerDefinition[] => {
      if (isProcessorDefinition(definition)) return this.#processor(definition);
      if (isPublisherDefinition(definition)) return [handlerOfPublisher(definition, this.#publishFor)];
      return isHandlerDefinition(definition) ? [definition] : [];
    });
  }

  get processors(): readonly Processor[] {
    return this.#processors;
  }

  async presence(topic: string): Promise<TopicPresence> {
    const isTold = this.#settings(topic).presence === 'members';
    const count = await this.topics.count(topic);
    return isTold ? { count, members: await this.topics.members(topic) } : { count };
  }

  start(): void {
    for (const processor of this.#processors) processor.start();
    for (const inlet of this.#inlets) inlet.open();
  }

  /** Takes no further messages in; resolves when processors have done what they have, and published what they gathered. */
  async settle(): Promise<void> {
    for (const inlet of this.#inlets) inlet.close();
    await Promise.all(this.#processors.map((processor) => processor.idle()));
    for (const processor of this.#processors) processor.close();
    await Promise.all(this.#processors.map((processor) => processor.idle()));
  }

  /** At once: what has not been published is lost, and logged. */
  close(): void {
    for (const inlet of this.#inlets) inlet.close();
    for (const processor of this.#processors) processor.close();
    this.engine.close();
  }

  readonly #publishFor: PublishFor = async (topic, data, key) => {
    const refusal = this.rights.refusePublish(topic);
    if (refusal !== undefined) throw new PublishRefusedError(refusal);
    const answer = await this.topics.publish(topic, data, key);
    if ('code' in answer) throw new PublishRefusedError(answer);
    return answer;
  };

  #processor(definition: ProcessorDefinition): HandlerDefinition[] {
    const { clock, log } = this.#parts;
    const { from } = definition;
    const processor: Processor = new Processor(definition, {
      clock,
      log: log.child({ processor: typeof from === 'string' ? from : from.topic }),
      publish: (topic, data, key) =>
        publishOne((to, value, by) => this.topics.publish(to, value, by), topic, data, key),
      random: Math.random,
    });
    this.#processors.push(processor);
    if (typeof from === 'string') return [handlerOfProcessor(processor)];
    this.#inlets.push(
      new TopicInlet({
        processor,
        topic: from.topic,
        codec: jsonCodec,
        subscribe: (request, subscriber) => this.topics.subscribe(request, subscriber),
        onFailed: (why) => log.error({ topic: from.topic, ...why }, 'a processor lost its topics'),
      }),
    );
    return [];
  }
}

function memoryEngine(
  { topics, idempotency }: TopicFlowParts['config'],
  clock: Clock,
  retention: ReturnType<typeof topicSettings>,
): Engine {
  const { max: topicsMax, allBytesMax, idleMs } = topics;
  return createMemoryEngine({ clock, logs: { topicsMax, allBytesMax, idleMs, retention }, outcomes: idempotency });
}
