/** What both entries of the client have in common. */

export type { ErrorCode, ExhaustedReason, Retry, Started } from '../protocol/error-codes.js';
export type { GapReason, Overflow } from '../protocol/frames.js';
export type { Priority } from '../protocol/priorities.js';
export type {
  Client,
  ConnectionState,
  Continuity,
  EmitFailure,
  Feed,
  ItemStream,
  Published,
  StreamGap,
  StreamItem,
  TopicGap,
  TopicMessage,
  TopicStream,
  Usage,
} from './api.js';
export type {
  AnyApi,
  ApiTypes,
  DataOf,
  EventArguments,
  EventTypes,
  ItemOf,
  MessageOf,
  ReplyOf,
  TopicOf,
  TypeOf,
} from './api-types.js';
export type { Connect } from './connect.js';
export type { Encoded, Encoding, EventHead } from './encoding.js';
export { jsonEncoding } from './json-encoding.js';
export type {
  CloseOptions,
  ConnectOptions,
  EmitOptions,
  ReconnectOptions,
  RequestOptions,
  RetryOptions,
  StreamOptions,
  SubscribeOptions,
  SubscriptionStart,
} from './options.js';
export { SluiceError } from './sluice-error.js';
export type { ClientSocket, OpenSocket, SocketEvents } from './socket.js';
