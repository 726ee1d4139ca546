/** Frames of the gateway's protocol, which its simplest peers answer in too, and brokers carry as they are. */
import { Unpackr } from 'msgpackr';
import type { Encoding } from '../order.js';
import type { Heard } from './dialect.js';

const unpackr = new Unpackr({ useRecords: false });

/** Decodes a frame or an array of frames. @throws when it cannot be decoded */
export function readFrames(content: Buffer, encoding: Encoding): unknown {
  return encoding === 'json' ? JSON.parse(content.toString('utf8')) : unpackr.unpack(content);
}

/** What a frame of the gateway says. */
export function hearFrame(frame: unknown): Heard {
  if (!isMap(frame)) return { kind: 'unknown', reason: `expected a frame, got ${typeof frame}` };
  const id = typeof frame.id === 'number' ? frame.id : undefined;
  switch (frame.op) {
    case 'end':
      return reply(frame);
    case 'error':
      return { kind: 'refused', id };
    case 'ack':
      return id === undefined ? { kind: 'nothing' } : { kind: 'acknowledged', id };
    case 'welcome':
      return { kind: 'credit', max: Number(frame.credit) };
    case 'credit':
      return { kind: 'credit', max: Number(frame.max) };
    case 'ping':
    case 'pong':
      return { kind: 'nothing' };
    default:
      return { kind: 'unknown', reason: `expected a frame the load client knows, got op ${String(frame.op)}` };
  }
}

/** The same of a server that may send the event itself back. */
export function hearEcho(frame: unknown): Heard {
  return isMap(frame) && frame.op === 'event' ? reply(frame) : hearFrame(frame);
}

function reply({ id, data }: Record<string, unknown>): Heard {
  if (typeof id === 'number') return { kind: 'reply', id, data };
  return { kind: 'unknown', reason: `expected a number as id, got ${typeof id}` };
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
