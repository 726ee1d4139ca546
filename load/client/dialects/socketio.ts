/**
 * socket.io (protocol 5) over engine.io (protocol 4), WebSocket only, JSON only. Each packet is a text message of its
 * own; its first digit is engine.io's type, the second socket.io's. Events ask for an acknowledgement under their id,
 * and what that brings is the answer.
 */
import { clientMessage, opcodes } from '../client-message.js';
import { eventData } from '../event-frame.js';
import type { Dialect, Heard, Talk, TalkPorts } from './dialect.js';

const connectPacket = clientMessage(opcodes.text, Buffer.from('40'));
const pongPacket = clientMessage(opcodes.text, Buffer.from('3'));

const digit = { open: 0x30, ping: 0x32, message: 0x34, connected: 0x30, acknowledged: 0x33 } as const;

export const socketio: Dialect = {
  path: '/socket.io/?EIO=4&transport=websocket',
  subprotocol: () => undefined,
  opcode: () => opcodes.text,
  event: (spec, id) => Buffer.from(`42${id}${JSON.stringify([spec.type, eventData(spec, id)])}`),
  talk: socketioTalk,
  read: readAcknowledgement,
  hear: (frame) => frame as Heard,
};

function socketioTalk({ send, ready, content, undecodable }: TalkPorts): Talk {
  return {
    // The server speaks first.
    begin: () => undefined,
    message(bytes, start, end) {
      const type = bytes[start];
      const kind = end - start > 1 ? bytes[start + 1] : undefined;
      if (type === digit.message && kind === digit.acknowledged) content(bytes, start, end);
      else if (type === digit.message && kind === digit.connected) ready();
      else if (type === digit.open) send(connectPacket);
      else if (type === digit.ping) send(pongPacket);
      else
        undecodable(`expected a packet the load client knows, got ${bytes.toString('utf8', start, end).slice(0, 80)}`);
    },
  };
}

/** Takes `43<id>[data]` apart. */
function readAcknowledgement(content: Buffer): Heard {
  const text = content.toString('utf8');
  const bracket = text.indexOf('[');
  const id = text.slice(2, bracket);
  const values: unknown = JSON.parse(text.slice(bracket));
  if (!/^\d+$/.test(id)) return { kind: 'unknown', reason: `expected an id, got ${text.slice(0, 80)}` };
  if (!Array.isArray(values) || values.length !== 1) {
    return { kind: 'unknown', reason: `expected one value in an acknowledgement, got ${text.slice(0, 80)}` };
  }
  return { kind: 'reply', id: Number(id), data: values[0] };
}
