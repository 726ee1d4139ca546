import { beforeEach, describe, expect, it } from 'vitest';
import { clientMessage, opcodes } from '../../../load/client/client-message.js';
import type { Talk } from '../../../load/client/dialects/dialect.js';
import { dialectOf } from '../../../load/client/dialects/dialects.js';
import { type EventSpec, eventData } from '../../../load/client/event-frame.js';
import { idMin } from '../../../load/client/id-field.js';
import type { DialectName } from '../../../load/client/order.js';
import { ReplyChecker, type ReplySink } from '../../../load/client/reply-checker.js';

/** The connection all talks here are about: its name is c00003. */
const connection = 3;

let heard: string[];
let sent: Buffer[];

const sink: ReplySink = {
  finished: (id) => heard.push(`finished ${id - idMin}`),
  wrong: (id) => heard.push(`wrong ${id - idMin}`),
  refused: () => heard.push('refused'),
  acknowledged: () => heard.push('acknowledged'),
  credit: (max) => heard.push(`credit ${max}`),
  undecodable: () => heard.push('undecodable'),
};

function spec(dialect: DialectName): EventSpec {
  return { dialect, encoding: 'json', payload: 'small', type: 'echo', framesPerMessage: 1, keys: 0 };
}

interface Conversation {
  readonly talk: Talk;
  readonly checker: ReplyChecker;
}

function converse(name: DialectName): Conversation {
  const checker = new ReplyChecker(spec(name));
  const talk = dialectOf(name).talk({
    order: spec(name),
    connection,
    send: (message) => sent.push(message),
    ready: () => heard.push('ready'),
    content: (bytes, start, end) => checker.message(bytes, start, end, sink),
    undecodable: () => heard.push('undecodable'),
  });
  talk.begin();
  return { talk, checker };
}

/** Gives messages to a talk inside a larger buffer, as they come from a socket. */
function take({ talk }: Conversation, ...messages: readonly (string | Buffer)[]): void {
  for (const message of messages.map((part) => Buffer.from(part as string))) {
    talk.message(Buffer.concat([Buffer.from('\r\n'), message, Buffer.from('\r\n43')]), 2, 2 + message.length);
  }
}

/** What was sent since the last look, without the WebSocket header; all of it is short. */
function sentTexts(): string[] {
  return sent.splice(0).map((message) => message.subarray(6).toString('latin1'));
}

function endFrame(index: number, dataOf = index): string {
  return JSON.stringify({ op: 'end', id: idMin + index, data: eventData(spec('bare'), idMin + dataOf) });
}

/** The answer to an event as each server sends it. */
const answers = {
  sluice: endFrame,
  bare: endFrame,
  socketio: (index: number, dataOf = index) =>
    `43${idMin + index}[${JSON.stringify(eventData(spec('socketio'), idMin + dataOf))}]`,
  nats: (index: number, dataOf = index) => {
    const frame = endFrame(index, dataOf);
    return `MSG c00003 1 ${frame.length}\r\n${frame}\r\n`;
  },
  mqtt: (index: number, dataOf = index) => {
    const frame = endFrame(index, dataOf);
    const length = 8 + frame.length;
    return Buffer.concat([
      Buffer.of(0x30, length < 128 ? length : (length & 0x7f) | 0x80),
      length < 128 ? Buffer.alloc(0) : Buffer.of(length >> 7),
      Buffer.from(`\0\u0006c00003${frame}`),
    ]);
  },
} satisfies Record<DialectName, (index: number, dataOf?: number) => string | Buffer>;

const names = Object.keys(answers) as DialectName[];

beforeEach(() => {
  heard = [];
  sent = [];
});

describe.each(names)('an answer in %s', (name) => {
  const answer = answers[name];

  it('is parsed once, and then known by its bytes', () => {
    const conversation = converse(name);
    heard = [];
    take(conversation, ...[0, 1, 77].map((index) => answer(index)));
    expect(heard).toEqual(['finished 0', 'finished 1', 'finished 77']);
    expect(conversation.checker.parsed).toBe(1);
  });

  it('with the data of another event is seen, before and after the bytes are known', () => {
    const conversation = converse(name);
    heard = [];
    take(conversation, answer(3, 4), answer(0), answer(3, 4));
    expect(heard).toEqual(['wrong 3', 'finished 0', 'wrong 3']);
  });

  it('is not taken for right with any byte changed', () => {
    const right = Buffer.from(answer(9) as string);
    for (let at = 0; at < right.length; at += 1) {
      const conversation = converse(name);
      take(conversation, answer(8));
      heard = [];
      const changed = Buffer.from(right);
      changed[at] = (changed[at] ?? 0) ^ 1;
      try {
        take(conversation, changed);
      } catch {
        // What throws ends the connection, which is a fault of its own.
      }
      expect(heard).not.toContain('finished 9');
    }
  });
});

describe('events', () => {
  const id = idMin + 5;

  it('of socket.io ask for an acknowledgement under their id', () => {
    const event = dialectOf('socketio').event(spec('socketio'), id).toString();
    expect(event).toBe(`42${id}${JSON.stringify(['echo', eventData(spec('socketio'), id)])}`);
  });

  it('of NATS and MQTT are the frame of the gateway, to the name of the connection', () => {
    const frame = dialectOf('bare').event(spec('bare'), id).toString();
    expect(frame.length).toBe(128);
    expect(dialectOf('nats').event(spec('nats'), id).toString()).toBe(`PUB c99999 128\r\n${frame}\r\n`);
    const mqtt = dialectOf('mqtt').event(spec('mqtt'), id);
    // 136 bytes follow: 8 of the topic, 128 of the frame.
    expect(mqtt.toString('latin1')).toBe(`\u0030\u0088\u0001\0\u0006c99999${frame}`);
  });
});

describe('the talk of socket.io', () => {
  it('waits for the server, connects, and answers its pings', () => {
    const conversation = converse('socketio');
    expect(sent).toEqual([]);
    take(conversation, '0{"sid":"a","pingInterval":25000}');
    expect(sentTexts()).toEqual(['40']);
    expect(heard).toEqual([]);
    take(conversation, '40{"sid":"b"}');
    expect(heard).toEqual(['ready']);
    take(conversation, '2');
    expect(sent).toEqual([clientMessage(opcodes.text, Buffer.from('3'))]);
  });

  it('reports what it did not ask for', () => {
    take(converse('socketio'), '44{"message":"no"}', '42["news",1]', '1', '43[1]', '431000000[1,2]', '431000000{');
    expect(heard).toEqual(Array(6).fill('undecodable'));
  });
});

describe('the talk of NATS', () => {
  it('connects, subscribes to its own subject, and answers pings', () => {
    const conversation = converse('nats');
    expect(sent).toEqual([]);
    take(conversation, 'INFO {"server_id":"a"}\r\n');
    expect(sentTexts()).toEqual(['CONNECT {"verbose":false,"pedantic":false}\r\nSUB c00003 1\r\nPING\r\n']);
    take(conversation, 'PING\r\nPO', 'NG\r\nINFO {}\r\n');
    expect(sentTexts()).toEqual(['PONG\r\n']);
    expect(heard).toEqual(['ready']);
  });

  it('reports errors, and messages to others', () => {
    take(converse('nats'), "-ERR 'Stale Connection'\r\n", 'MSG c00004 1 0\r\n');
    expect(heard).toEqual(['undecodable', 'undecodable']);
  });

  it('ends when a message is not as long as it says', () => {
    expect(() => take(converse('nats'), 'MSG c00003 1 2\r\nabc\r\n')).toThrow(/expected 2 bytes/);
    expect(() => take(converse('nats'), 'MSG c00003 1 -2\r\nabc\r\n')).toThrow(/expected/);
  });
});

describe('the talk of MQTT', () => {
  it('connects, and subscribes to its own topic', () => {
    const conversation = converse('mqtt');
    expect(sentTexts()).toEqual(['\u0010\u0012\0\u0004MQTT\u0004\u0002\0\0\0\u0006c00003']);
    take(conversation, Buffer.of(0x20, 2, 0, 0));
    expect(sent.splice(0).map((message) => message.subarray(6))).toEqual([
      Buffer.from([0x82, 11, 0, 1, 0, 6, ...Buffer.from('c00003'), 0]),
    ]);
    take(conversation, Buffer.of(0x90, 3, 0, 1, 0));
    expect(heard).toEqual(['ready']);
  });

  it('reports refusals, and messages to others', () => {
    const others = Buffer.from('\u0030\u0009\0\u0006c00004x');
    take(converse('mqtt'), Buffer.of(0x20, 2, 0, 5), Buffer.of(0x90, 3, 0, 1, 0x80), others);
    expect(heard).toEqual(Array(3).fill('undecodable'));
  });

  it('ends when a length has no end', () => {
    expect(() => take(converse('mqtt'), Buffer.alloc(6, 0xff))).toThrow(/expected a length/);
  });
});

describe.each(['nats', 'mqtt'] as const)('a stream of %s', (name) => {
  const stream = Buffer.concat([0, 1, 2].map((index) => Buffer.from(answers[name](index) as string)));

  it('may be cut anywhere', () => {
    for (let at = 0; at <= stream.length; at += 1) {
      const conversation = converse(name);
      heard = [];
      take(conversation, stream.subarray(0, at), stream.subarray(at));
      expect(heard).toEqual(['finished 0', 'finished 1', 'finished 2']);
    }
  });

  it('may come in single bytes', () => {
    const conversation = converse(name);
    heard = [];
    take(conversation, ...Array.from(stream, (byte) => Buffer.of(byte)));
    expect(heard).toEqual(['finished 0', 'finished 1', 'finished 2']);
  });

  it('is not gathered without an end', () => {
    const conversation = converse(name);
    const endless = name === 'nats' ? Buffer.from('INFO ') : Buffer.of(0x30, 0xff, 0xff, 0xff, 0x7f);
    const piece = Buffer.alloc(1 << 19);
    expect(() => take(conversation, endless, piece, piece, piece)).toThrow(/expected a packet/);
  });
});
