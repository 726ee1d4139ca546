/** The events of a load: their data, which every dialect sends, and the frame most of them wrap it in. */
import { Packr } from 'msgpackr';
import type { LoadOrder } from './order.js';
import { payload } from './payloads.js';

/** What decides how an event looks. */
export type EventSpec = Pick<LoadOrder, 'dialect' | 'encoding' | 'payload' | 'type' | 'framesPerMessage' | 'keys'>;

/** Digits after the letter in an ordering key and in a connection's name, such as `k00042`. */
export const markerDigits = 5;
/** Stands in an event where the ordering key goes. */
export const keyMarker = 'k99999';
/** Stands in an event where the name of its connection goes. */
export const connectionMarker = 'c99999';

const packr = new Packr({ useRecords: false, variableMapSize: true });

/** The data sent with an id: what an echo must answer. */
export function eventData(spec: EventSpec, id: number): Record<string, unknown> {
  return payload(spec.payload, spec.encoding, id);
}

/** One `event` frame of the gateway's protocol. */
export function eventFrame(spec: EventSpec, id: number): Buffer {
  const frame: Record<string, unknown> = { op: 'event', id, type: spec.type, data: eventData(spec, id) };
  if (spec.keys > 0) frame.key = keyMarker;
  return spec.encoding === 'json' ? Buffer.from(JSON.stringify(frame)) : packr.pack(frame);
}

/** The name of a connection, as long as `connectionMarker`. @param index below 100,000 */
export function connectionName(index: number): string {
  return `c${String(index).padStart(markerDigits, '0')}`;
}
