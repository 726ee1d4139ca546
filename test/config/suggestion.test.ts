import { describe, expect, it } from 'vitest';
import { suggestion } from '../../src/config/suggestion.js';

const known = ['host', 'port', 'payloadBytesMax', 'keepAliveMs', 'metrics'];

describe('the name that was meant', () => {
  it.each([
    ['a letter is missing', 'prt', 'port'],
    ['a letter is too much', 'portt', 'port'],
    ['a letter is wrong', 'pott', 'port'],
    ['two are swapped', 'prot', 'port'],
    ['the case is another', 'PORT', 'port'],
    ['words are joined in another way', 'payload_bytes_max', 'payloadBytesMax'],
    ['the unit is missing', 'keepAlive', 'keepAliveMs'],
    ['only its start is there', 'payload', 'payloadBytesMax'],
  ])('is found when %s', (_title, unknown, expected) => {
    expect(suggestion(unknown, known)).toBe(expected);
  });

  it('is the nearest of several', () => {
    expect(suggestion('max', ['min', 'mix', 'map'])).toBe('mix');
  });

  it.each([['frobnicate'], ['x'], ['x'.repeat(10_000)]])('is not guessed for %s', (unknown) => {
    expect(suggestion(unknown, known)).toBeUndefined();
  });
});
