/** The data of the measured events. */
import type { Encoding, PayloadName } from './order.js';

/** Field of every payload that repeats the event's id, so that data given to the wrong event is noticed. */
const sequenceField = 'seq';

/**
 * The data of one event whose id is `id`. Deterministic, so every run sends the same bytes. In JSON bytes are base64
 * text, the way JSON protocols carry them.
 */
export function payload(name: PayloadName, encoding: Encoding, id: number): Record<string, unknown> {
  if (name === 'small') return { [sequenceField]: id, sku: 'blue-widget-17-large', qty: 2, price: 19.99, gift: false };
  const bytes = Buffer.from(Array.from({ length: 448 }, (_, index) => (index * 151 + 43) & 0xff));
  return {
    [sequenceField]: id,
    samples: Array.from({ length: 60 }, (_, index) => Number((20 * Math.sin(index + 1)).toFixed(4))),
    frame: encoding === 'json' ? bytes.toString('base64') : bytes,
  };
}
