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
export { type HandlerContext, HandlerError, item, KeyedItem, type Log, type SluiceEvent } from './model/handler.js';
export type { ErrorCode, ExhaustedReason, Failure, Retry, Started } from './protocol/error-codes.js';
export type { ClientFrame, Id, ServerFrame } from './protocol/frames.js';
export type { Priority } from './protocol/priorities.js';
