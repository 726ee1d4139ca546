import { stripVTControlCharacters } from 'node:util';
import picocolors from 'picocolors';
import { describe, expect, it } from 'vitest';
import { jsonText, readableText, toldError } from '../../src/cli/told.js';
import { SluiceError } from '../../src/client.js';

const plain = picocolors.createColors(false);
const colored = picocolors.createColors(true);

describe('a line for people', () => {
  it.each([
    ['an item', { kind: 'item', n: 1, data: { a: [1, 'x'] } }, '{"a":[1,"x"]}'],
    ['an item without data', { kind: 'item', n: 1, data: undefined }, 'null'],
    [
      'items that were dropped',
      { kind: 'gap', from: 3, to: 5, count: 3, reason: 'dropped' },
      'gap: 3 items of 3 to 5 did not come (dropped)',
    ],
    ['a message', { kind: 'message', topic: 'a.b', offset: 7, epoch: 'e', data: 1 }, 'a.b 7 1'],
    ['a message with a key', { kind: 'message', topic: 'a', offset: 7, epoch: '', data: 1, key: 'k' }, 'a 7 [k] 1'],
    [
      'a message that expired',
      { kind: 'gap', topic: 'a', from: 4, to: 4, count: 1, reason: 'expired', epoch: 'e', offset: 4 },
      'gap: a: 1 message of 4 to 4 did not come (expired)',
    ],
    [
      'nobody knows what',
      { kind: 'gap', topic: 'a.*', from: 0, to: 0, count: undefined, reason: 'lost', epoch: '', offset: 0 },
      'gap: a.*: nobody knows how many messages did not come (lost)',
    ],
    [
      'where it begins',
      { kind: 'subscribed', topic: 'a', epoch: 'e', offset: 3, recovered: true },
      'following a, from e:3',
    ],
    [
      'where it cannot begin',
      { kind: 'subscribed', topic: 'a', epoch: 'e', offset: 3, recovered: false },
      'following a, from e:3; what was missed cannot be told',
    ],
    ['an end', { kind: 'end', items: 3 }, undefined],
    [
      'emitted events',
      { kind: 'emitted', left: 1, failed: 0, unsent: 0, ms: 5, codes: {} },
      '1 event left, 0 failed, in 5 ms',
    ],
    [
      'emitted events that failed',
      { kind: 'emitted', left: 9, failed: 2, unsent: 1, ms: 5, codes: { aborted: 2, internal: 1 } },
      '9 events left, 2 failed, 1 did not leave (2 aborted, 1 internal), in 5 ms',
    ],
  ] as const)('says %s', (_title, told, text) => {
    expect(readableText(told, plain)).toBe(text);
  });

  it('says of an error whether it began, and when to come again', () => {
    const error = new SluiceError({
      code: 'resource_exhausted',
      message: 'too many',
      retry: 'backoff',
      afterMs: 100,
      started: 'no',
      reason: 'rate',
      details: { left: 0 },
    });
    expect(readableText(toldError(error, { type: 'a' }), plain)).toBe(
      'a: resource_exhausted: too many (started: no, retry: backoff after 100 ms, reason: rate)\n  details: {"left":0}',
    );
  });

  it('has colours that leave the text as it is', () => {
    const data = { 'a"b': ['x:y', -1.5e-7, true, null, '1'] };
    const text = readableText({ kind: 'item', n: 1, data }, colored) as string;
    expect(text).toContain(colored.cyan('"a\\"b"'));
    expect(text).toContain(colored.yellow('-1.5e-7'));
    expect(stripVTControlCharacters(text)).toBe(JSON.stringify(data));
  });
});

describe('a line of JSON', () => {
  it('has bytes in base64, wherever they are', () => {
    const bytes = Uint8Array.of(1, 2, 255);
    expect(jsonText({ a: [bytes], b: Buffer.from(bytes) })).toBe('{"a":["AQL/"],"b":"AQL/"}');
    expect(jsonText(bytes)).toBe('"AQL/"');
  });
});
