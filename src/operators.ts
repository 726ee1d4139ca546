/** The public entry `sluice/operators`: the RxJS operators the gateway's pipelines are made of. */

export { type BatchOptions, batch } from './operators/batch.js';
export { type BridgeOptions, BridgeOverflowError, bridge } from './operators/bridge.js';
export { type ExpireOptions, expire } from './operators/expire.js';
export { type ForkOptions, fork } from './operators/fork.js';
export { type InvokeOptions, type InvokeSink, invoke } from './operators/invoke.js';
export { type PullSource, pull } from './operators/pull.js';
