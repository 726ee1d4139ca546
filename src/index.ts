/** The public entry: declare handlers, start a gateway. RxJS operators are at `sluice/operators`. */

export { ConfigError } from './config/config-error.js';
export { loadConfig } from './config/load.js';
export { type Config, type ConfigParts, defaultConfig, resolveConfig } from './config/schema.js';
export { type Gateway, type GatewayParts, startGateway } from './gateway.js';
export {
  type BatchHandler,
  defineHandler,
  type HandlerDefinition,
  type HandlerOptions,
  isHandlerDefinition,
  type SingleHandler,
  type StandardSchema,
} from './handlers/define-handler.js';
export { type HandlerContext, HandlerError, item, KeyedItem, type Log, type SluiceEvent } from './model/handler.js';
export type { ErrorCode, Failure } from './protocol/error-codes.js';
export type { Id } from './protocol/frames.js';
export type { Priority } from './protocol/priorities.js';
