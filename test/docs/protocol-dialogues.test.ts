import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { startGateway } from '../../src/gateway.js';
import { createLog } from '../../src/telemetry/log.js';
import { expectConservation } from '../support/test-gateway.js';
import { demoHandlers } from './demo-handlers.js';
import {
  connectionLost,
  type Dialogue,
  type Encoding,
  isTranslatable,
  matches,
  pattern,
  play,
  readDialogue,
} from './dialogue.js';
import { readDocument } from './markdown.js';

const protocol = readDocument('PROTOCOL.md');
const dialogues = protocol.fences.filter(({ info }) => info[0] === 'dialogue').map(readDialogue);

describe('the dialogues of PROTOCOL.md', () => {
  it('are numbered one after the other, each with a title', () => {
    const numbers = protocol.headings.flatMap((heading) => /^10\.(\d+) \S/.exec(heading)?.[1] ?? []);
    expect(numbers.map(Number)).toEqual(numbers.map((_, index) => index + 1));
    expect(new Set(dialogues.map(({ title }) => title)).size).toBe(numbers.length);
  });

  it('say nothing outside of the wire but what this test can do', () => {
    const notes = dialogues.flatMap(({ lines }) => lines.filter(({ kind }) => kind === 'note'));
    expect(notes.map(({ text }) => text)).toEqual(['the gateway is asked to stop', connectionLost]);
  });
});

const titled = (all: readonly Dialogue[]) => all.map((dialogue) => [dialogue.title, dialogue] as const);

const hold = async (dialogue: Dialogue, encoding: Encoding): Promise<void> => {
  const config = loadConfig({ flags: { 'listen.port': '0', 'admin.port': '0', ...dialogue.flags } });
  const gateway = await startGateway(config, { log: createLog({ level: 'silent' }), handlers: demoHandlers });
  try {
    await play(dialogue, { port: gateway.port, encoding, onNote: () => void gateway.drain() });
    await expectConservation(gateway);
  } finally {
    gateway.close();
  }
};

describe('a dialogue over JSON', () => {
  it.each(titled(dialogues))('goes as it is written: %s', (_title, dialogue) => hold(dialogue, 'json'));
});

describe('a dialogue over MessagePack', () => {
  it.each(titled(dialogues.filter(isTranslatable)))('goes as it is written: %s', (_title, dialogue) =>
    hold(dialogue, 'msgpack'),
  );
});

describe('what a dialogue leaves open', () => {
  it.each([
    { text: '…', value: 1, fits: true },
    { text: '{"a":…}', value: { a: [] }, fits: true },
    { text: '{"a":…}', value: {}, fits: false },
    { text: '{"a":1}', value: { a: 1, b: 2 }, fits: false },
    { text: '{"a":1,…}', value: { a: 1, b: 2 }, fits: true },
    { text: '{"a":2,…}', value: { a: 1, b: 2 }, fits: false },
    { text: '{"a":"s_…"}', value: { a: 's_1' }, fits: true },
    { text: '{"a":"s_…"}', value: { a: 'x_1' }, fits: false },
    { text: '{"a":"s.…"}', value: { a: 'so' }, fits: false },
    { text: '[1,…]', value: [1, 2], fits: true },
    { text: '[1,…]', value: [1], fits: false },
    { text: '[1]', value: { 0: 1 }, fits: false },
    { text: '{"a":"1"}', value: { a: 1 }, fits: false },
    { text: '{"a":{"b":1}}', value: { a: null }, fits: false },
  ])('$text and $value: $fits', ({ text, value, fits }) => {
    expect(matches(pattern(text.startsWith('…') ? '"…"' : text), value)).toBe(fits);
  });
});
