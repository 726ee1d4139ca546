/** The sizes every client can rely on, whatever the configuration. Bytes are UTF-8. */
export const limits = Object.freeze({
  typeBytesMax: 128,
  idBytesMax: 64,
  keyBytesMax: 256,
  idemBytesMax: 128,
  topicBytesMax: 256,
  traceBytesMax: 256,
  pingBytesMax: 64,
  framesPerMessageMax: 256,
  /** Nesting of maps and arrays inside one frame, the frame itself being 1. */
  depthMax: 64,
  /** Whole numbers beyond ± this are refused: past it neighbours are no longer distinct. */
  integerMax: 2 ** 53,
  /** Items a stream may have delivered before its first `pull`, unless its event says otherwise. */
  streamCreditDefault: 32,
  /** Items (or keys) that wait at a stream whose `overflow` is not `wait`. */
  streamWaitingMax: 32,
});

/** Path of the WebSocket endpoint. */
export const socketPath = '/v1/socket';

/** Subprotocols, in the gateway's order of preference among those a client offers. */
export const subprotocols = ['sluice.v1.msgpack', 'sluice.v1.json'] as const;
export type Subprotocol = (typeof subprotocols)[number];
