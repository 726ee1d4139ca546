import { Packr } from 'msgpackr';
import { beforeEach, describe, expect, it } from 'vitest';
import { type EventSpec, eventData } from '../../load/client/event-frame.js';
import { idMin } from '../../load/client/id-field.js';
import { ReplyChecker, type ReplySink } from '../../load/client/reply-checker.js';

const packr = new Packr({ useRecords: false });
const json: EventSpec = {
  dialect: 'sluice',
  encoding: 'json',
  payload: 'small',
  type: 'echo',
  framesPerMessage: 1,
  keys: 0,
};

let heard: string[];

const sink: ReplySink = {
  finished: (id) => heard.push(`finished ${id - idMin}`),
  wrong: (id) => heard.push(`wrong ${id - idMin}`),
  refused: (id) => heard.push(`refused ${id === undefined ? 'some' : id - idMin}`),
  acknowledged: (id) => heard.push(`acknowledged ${id - idMin}`),
  credit: (max) => heard.push(`credit ${max}`),
  undecodable: () => heard.push('undecodable'),
};

function encode({ encoding }: EventSpec, message: unknown): Buffer {
  return encoding === 'json' ? Buffer.from(JSON.stringify(message)) : packr.pack(message);
}

function end(spec: EventSpec, index: number): Record<string, unknown> {
  return { op: 'end', id: idMin + index, data: eventData(spec, idMin + index) };
}

/** Gives messages to the checker inside a larger buffer, as they come from a socket. */
function take(checker: ReplyChecker, ...messages: Buffer[]): void {
  for (const message of messages) {
    checker.message(Buffer.concat([Buffer.from('{{'), message, Buffer.from('}}')]), 2, 2 + message.length, sink);
  }
}

const specs: { title: string; spec: EventSpec }[] = [
  { title: 'JSON', spec: json },
  { title: 'MessagePack', spec: { ...json, encoding: 'msgpack' } },
  { title: 'a kilobyte of MessagePack', spec: { ...json, encoding: 'msgpack', payload: 'kilobyte' } },
];

beforeEach(() => {
  heard = [];
});

describe.each(specs)('the reply checker in $title', ({ spec }) => {
  it('parses the first reply, and knows the others by their bytes', () => {
    const checker = new ReplyChecker(spec);
    take(checker, ...[0, 1, 77].map((index) => encode(spec, end(spec, index))));
    expect(heard).toEqual(['finished 0', 'finished 1', 'finished 77']);
    expect(checker.parsed).toBe(1);
  });

  it('takes any order of fields, and any number of fields it does not know', () => {
    const checker = new ReplyChecker(spec);
    const { op, id, data } = end(spec, 5);
    take(checker, encode(spec, { id, more: true, data, op }), encode(spec, end(spec, 6)));
    expect(heard).toEqual(['finished 5', 'finished 6']);
  });

  it('sees a reply whose data belongs to another event, before and after it knows the bytes', () => {
    const checker = new ReplyChecker(spec);
    const crossed = encode(spec, { ...end(spec, 3), data: eventData(spec, idMin + 4) });
    take(checker, crossed, encode(spec, end(spec, 0)), crossed);
    expect(heard).toEqual(['wrong 3', 'finished 0', 'wrong 3']);
  });

  it('sees every changed byte', () => {
    const checker = new ReplyChecker(spec);
    const right = encode(spec, end(spec, 9));
    take(checker, right);
    heard = [];
    for (let at = 0; at < right.length; at += 1) {
      const changed = Buffer.from(right);
      changed[at] = (changed[at] ?? 0) ^ 1;
      take(checker, changed);
    }
    expect(heard).not.toContain('finished 9');
    expect(heard.length).toBeGreaterThan(0);
  });

  it('sees missing and added bytes', () => {
    const checker = new ReplyChecker(spec);
    const right = encode(spec, end(spec, 9));
    take(checker, right, right.subarray(0, -1), Buffer.concat([right, Buffer.of(0xc1)]));
    expect(heard).toEqual(['finished 9', 'undecodable', 'undecodable']);
  });

  it('takes arrays apart, learns from them, and sees the one wrong reply in them', () => {
    const checker = new ReplyChecker({ ...spec, framesPerMessage: 16 });
    const array = (...indexes: number[]) =>
      encode(
        spec,
        indexes.map((index) => end(spec, index)),
      );
    take(checker, array(1, 2, 3), array(4, 5), array(6));
    expect(heard).toEqual([1, 2, 3, 4, 5, 6].map((index) => `finished ${index}`));
    expect(checker.parsed).toBe(3);
    heard = [];
    take(checker, encode(spec, [end(spec, 7), { ...end(spec, 8), data: {} }, end(spec, 9)]));
    expect(heard).toEqual(['finished 7', 'wrong 8', 'finished 9']);
    heard = [];
    take(checker, array(...Array.from({ length: 20 }, (_, index) => index)));
    expect(heard).toHaveLength(20);
    expect(checker.parsed).toBe(6);
  });

  it('passes on what is no reply', () => {
    const checker = new ReplyChecker(spec);
    const frames = [
      { op: 'welcome', credit: 64 },
      { op: 'credit', max: 128 },
      { op: 'ack', id: idMin + 1 },
      { op: 'error', id: idMin + 2, code: 'internal' },
      { op: 'error', code: 'resource_exhausted' },
      { op: 'pong' },
      { op: 'item', id: idMin },
      7,
    ];
    take(checker, ...frames.map((frame) => encode(spec, frame)));
    expect(heard).toEqual([
      'credit 64',
      'credit 128',
      'acknowledged 1',
      'refused 2',
      'refused some',
      'undecodable',
      'undecodable',
    ]);
  });
});

describe('the event itself sent back', () => {
  const event = (spec: EventSpec) => encode(spec, { ...end(spec, 2), op: 'event', type: 'echo' });

  it('is an answer of a server that echoes bytes', () => {
    take(new ReplyChecker({ ...json, dialect: 'bare' }), event(json));
    expect(heard).toEqual(['finished 2']);
  });

  it('is none of a gateway', () => {
    take(new ReplyChecker(json), event(json));
    expect(heard).toEqual(['undecodable']);
  });
});
