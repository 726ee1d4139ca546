/**
 * The public entry `sluice/operators`: the RxJS operators the gateway's pipelines are made of, and those for stream
 * processors.
 */

export { type BatchOptions, batch } from './operators/batch.js';
export { type BridgeOptions, BridgeOverflowError, bridge } from './operators/bridge.js';
export { type ConflateOptions, conflate } from './operators/conflate.js';
export { type CountWindowInfo, type CountWindowOptions, countWindow } from './operators/count-window.js';
export { type ExpireOptions, expire } from './operators/expire.js';
export { type ForkOptions, fork } from './operators/fork.js';
export { type InvokeOptions, type InvokeSink, invoke } from './operators/invoke.js';
export type { KeyOptions } from './operators/keyed.js';
export { type MapAsyncOptions, MapAsyncOverflowError, mapAsync } from './operators/map-async.js';
export { type PullSource, pull } from './operators/pull.js';
export { type ThrottleLatestOptions, throttleLatest } from './operators/throttle-latest.js';
export { type TimeWindowInfo, type TimeWindowOptions, timeWindow } from './operators/time-window.js';
