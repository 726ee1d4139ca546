import { describe, expect, it } from 'vitest';
import { acceptsGzip, hasTag } from '../../src/pages/request-choice.js';

describe('Accept-Encoding', () => {
  it.each([
    ['gzip', true],
    ['gzip, deflate, br, zstd', true],
    ['br;q=1.0, GZIP ; q=0.5', true],
    ['x-gzip', true],
    ['*', true],
    ['identity, *;q=0.1', true],
    ['gzip;q=0.001', true],
    ['', false],
    ['identity', false],
    ['br', false],
    ['gzip;q=0', false],
    ['gzip;q=0.000, *', false],
    ['*, gzip;q=0', false],
    ['*;q=0', false],
    ['notgzip', false],
    [',;,=', false],
  ])('%j takes gzip: %s', (header, expected) => {
    expect(acceptsGzip(header)).toBe(expected);
  });
});

describe('If-None-Match', () => {
  it.each([
    ['"a"', true],
    ['W/"a"', true],
    ['"b", "a"', true],
    ['"b",W/"a","c"', true],
    ['*', true],
    ['', false],
    ['"b"', false],
    ['"a-gzip"', false],
    ['a', false],
    ['w/"a"', false],
  ])('%j has the tag "a": %s', (header, expected) => {
    expect(hasTag(header, '"a"')).toBe(expected);
  });
});
