/** The frames of a topic, as a server without a fault sends them. */
import { benchCodec } from '../../../load/bench/bench-codec.js';
import type { Encoding } from '../../../load/client/order.js';
import { messageData, messageIndex, topicName } from '../../../load/fanout/fanout-message.js';

/** The message a topic has at an offset. */
export function messageFrame(offset: number, topic = 0, topics = 1): Record<string, unknown> {
  const data = messageData(messageIndex(topic, offset, topics));
  return { op: 'message', topic: topicName(topic), offset, data };
}

/** Encoded as one message: one frame, or an array of several. */
export function message(frames: readonly object[], encoding: Encoding, isArray = frames.length > 1): Buffer {
  return benchCodec(encoding).encode(isArray ? frames : (frames[0] ?? {}));
}

/** `from`, …, `to`. */
export function offsets(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}
