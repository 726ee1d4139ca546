/** The public entry: declare handlers, start a gateway. RxJS operators are at `sluice/operators`. */

export { ConfigError } from './config/config-error.js';
export { loadConfig } from './config/load.js';
export { type Config, type ConfigParts, defaultConfig, resolveConfig } from './config/schema.js';
export { type Gateway, type GatewayParts, type InUse, startGateway } from './gateway.js';
export { EventEndedError } from './handlers/context.js';
export {
  type BatchHandler,
  defineHandler,
  type HandlerDefinition,
  type HandlerOptions,
  isHandlerDefinition,
  type SingleHandler,
  type StandardResult,
  type StandardSchema,
} from './handlers/define-handler.js';
export {
  defineProcessor,
  type EventProcessor,
  isProcessorDefinition,
  type ProcessorContext,
  type ProcessorDefinition,
  type ProcessorOptions,
  type ProcessorResult,
  type TopicMessage,
  type TopicProcessor,
} from './handlers/define-processor.js';
export {
  definePublisher,
  isPublisherDefinition,
  type Publisher,
  type PublisherDefinition,
} from './handlers/define-publisher.js';
export {
  type HandlerContext,
  HandlerError,
  item,
  KeyedItem,
  type Log,
  type Publish,
  type Published,
  type SluiceEvent,
  type TopicPresence,
} from './model/handler.js';
export type { ErrorCode, ExhaustedReason, Failure, Retry, Started } from './protocol/error-codes.js';
export type { ClientFrame, Id, ServerFrame } from './protocol/frames.js';
export type { Priority } from './protocol/priorities.js';
