import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closeReasonBytes, sendableCloseCode } from '../../src/listener/close-frame.js';

describe('a close code', () => {
  it.each([1000, 1001, 1002, 1003, 1007, 1011, 1014, 3000, 4101, 4999])('%d is sent as it is', (code) => {
    expect(sendableCloseCode(code)).toBe(code);
  });

  it.each([0, 999, 1004, 1005, 1006, 1015, 2999, 5000, -1, 65_536 + 1000, 1000.5, Number.NaN, Infinity])(
    '%d may not be on the wire and becomes 1011',
    (code) => {
      expect(sendableCloseCode(code)).toBe(1011);
    },
  );
});

describe('a close reason', () => {
  it.each([
    ['a short one is kept whole', 'too fast', 'too fast'],
    ['123 bytes are kept', 'x'.repeat(123), 'x'.repeat(123)],
    ['124 bytes are cut', 'x'.repeat(124), 'x'.repeat(123)],
    ['two bytes of a character that would not fit are left out with it', `${'x'.repeat(122)}é!`, 'x'.repeat(122)],
    ['a character that just fits is kept', `${'x'.repeat(120)}漢!`, `${'x'.repeat(120)}漢`],
    ['a pair of surrogates is one character', `${'x'.repeat(121)}😀`, 'x'.repeat(121)],
    ['a lone surrogate is replaced', 'a\ud800b', 'a\ufffdb'],
  ])('%s', (_title, reason, sent) => {
    expect(Buffer.from(closeReasonBytes(reason)).toString()).toBe(sent);
  });

  it('is always valid UTF-8 of 123 bytes at most, and as much of the reason as fits', () => {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (reason) => {
        const bytes = closeReasonBytes(reason);
        const text = decoder.decode(bytes);
        expect(bytes.length).toBeLessThanOrEqual(123);
        expect(reason.toWellFormed().startsWith(text)).toBe(true);
        if (text !== reason.toWellFormed()) expect(bytes.length).toBeGreaterThan(123 - 4);
      }),
    );
  });
});
