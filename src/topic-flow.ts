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
import {
  isProcessorDefinition,
  nameOfProcessor,
  type ProcessorDefinition,
  routeOf,
} from './handlers/define-processor.js';
import { handlerOfPublisher, isPublisherDefinition, type PublishFor } from './handlers/define-publisher.js';
import { Processor } from './handlers/processor.js';
import { ProcessorSettling } from './handlers/processor-settling.js';
import { PublishRefusedError, publishing, publishOne, type TopicPublish } from './handlers/publishing.js';
import { RareLog } from './handlers/rare-log.js';
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

/** Milliseconds between two lines on what fails, of each kind. */
const logEveryMs = 1000;

export class TopicFlow {
  readonly engine: Engine;
  readonly topics: Topics;
  readonly rights: TopicRights;
  readonly publish: Publish;
  readonly #settings: ReturnType<typeof topicSettings>;
  readonly #parts: TopicFlowParts;
  readonly #rareLog: RareLog;
  readonly #processors: Processor[] = [];
  /** Of processors of topics. */
  readonly #inlets = new Map<Processor, TopicInlet>();
  readonly #settling: ProcessorSettling;

  constructor(parts: TopicFlowParts) {
    const { config, clock, turn, log } = parts;
    const settings = topicSettings(config.topics);
    this.#parts = parts;
    this.#settings = settings;
    this.#rareLog = new RareLog(log, clock, logEveryMs);
    this.#settling = new ProcessorSettling({ clock, behindOf: (processor) => this.#behindOf(processor) });
    this.engine = parts.engine ?? memoryEngine(config, clock, settings);
    this.rights = new TopicRights(config.anonymous);
    this.topics = new Topics({
      logs: this.engine.logs,
      presence: this.engine.presence,
      turn,
      json: jsonCodec,
      messageBytesMax: config.reply.bytesMax,
      behindMax: config.topics.behindMax,
      presenceOf: (topic) => settings(topic).presence,
      onFailed: (error, what) => this.#rareLog.error(kindOfFailure(what), { err: error, what }),
    });
    this.publish = publishing(this.#append, this.#rareLog);
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
    for (const inlet of this.#inlets.values()) inlet.open();
  }

  /**
   * Resolves when processors have handled all that has come, those that follow others too, and published what they
   * gathered. That may never be, where they feed each other in a circle, say: who stops does not wait for ever.
   */
  async settle(): Promise<void> {
    // Nobody publishes to those of events.
    const ofEvents = this.#processors.filter((processor) => !this.#inlets.has(processor));
    await this.#settling.run([...ofEvents, ...this.#inlets.keys()]);
    for (const inlet of this.#inlets.values()) inlet.close();
  }

  /** At once: what was not handled is lost, and logged. */
  close(): void {
    this.#settling.stop();
    for (const processor of this.#processors) {
      const behind = this.#behindOf(processor);
      this.#inlets.get(processor)?.close();
      processor.close(behind);
    }
    this.#rareLog.flush();
    this.engine.close();
  }

  readonly #append: TopicPublish = (topic, data, key) => this.topics.publish(topic, data, key);

  readonly #publishFor: PublishFor = async (topic, data, key) => {
    const refusal = this.rights.refusePublish(topic);
    if (refusal !== undefined) throw new PublishRefusedError(refusal);
    const answer = await this.#append(topic, data, key);
    if ('code' in answer) throw new PublishRefusedError(answer);
    return answer;
  };

  #processor(definition: ProcessorDefinition): HandlerDefinition[] {
    const { clock, log } = this.#parts;
    const { from } = definition;
    const processor: Processor = new Processor(definition, {
      clock,
      log: log.child({ processor: nameOfProcessor(definition) }),
      publish: (topic, data, key) => publishOne(this.#append, topic, data, key),
      random: Math.random,
    });
    this.#processors.push(processor);
    if (typeof from !== 'string') this.#inlets.set(processor, this.#inlet(processor, from.topic));
    const route = routeOf(definition, (event, context) => processor.offer(event, context));
    return route === undefined ? [] : [route];
  }

  #inlet(processor: Processor, topic: string): TopicInlet {
    return new TopicInlet({
      clock: this.#parts.clock,
      random: Math.random,
      processor,
      topic,
      codec: jsonCodec,
      subscribe: (request, subscriber) => this.topics.subscribe(request, subscriber),
    });
  }

  #behindOf(processor: Processor): number {
    return this.#inlets.get(processor)?.behind ?? 0;
  }
}

/** What is logged for itself; what failed exactly stands in the line. */
function kindOfFailure(what: string): string {
  return what.startsWith('message ') ? 'messages cannot be encoded as they are' : 'the engine of topics failed';
}

function memoryEngine(
  { topics, idempotency }: TopicFlowParts['config'],
  clock: Clock,
  retention: ReturnType<typeof topicSettings>,
): Engine {
  const { max: topicsMax, allBytesMax, idleMs } = topics;
  return createMemoryEngine({ clock, logs: { topicsMax, allBytesMax, idleMs, retention }, outcomes: idempotency });
}
