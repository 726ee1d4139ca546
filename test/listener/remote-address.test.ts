import { describe, expect, it } from 'vitest';
import { remoteAddress } from '../../src/listener/remote-address.js';

const bytesOf = (...bytes: number[]): ArrayBuffer => Uint8Array.from(bytes).buffer;
const groups = (...words: number[]): ArrayBuffer => bytesOf(...words.flatMap((word) => [word >> 8, word & 0xff]));

describe('a remote address', () => {
  it.each([
    ['IPv4', bytesOf(192, 0, 2, 255), '192.0.2.255'],
    ['IPv4 inside IPv6', groups(0, 0, 0, 0, 0, 0xffff, 0xc000, 0x0207), '192.0.2.7'],
    ['the IPv6 loopback', groups(0, 0, 0, 0, 0, 0, 0, 1), '::1'],
    ['the IPv6 null address', groups(0, 0, 0, 0, 0, 0, 0, 0), '::'],
    ['zeros in the middle', groups(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1), '2001:db8::1'],
    ['zeros at the end', groups(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), '2001:db8::'],
    ['the first of two runs of the same length', groups(1, 0, 0, 2, 3, 0, 0, 4), '1::2:3:0:0:4'],
    ['the longer of two runs', groups(1, 0, 0, 2, 0, 0, 0, 4), '1:0:0:2::4'],
    ['a single zero', groups(1, 0, 3, 4, 5, 6, 7, 8), '1:0:3:4:5:6:7:8'],
    ['no zeros', groups(0xfe80, 1, 2, 3, 0xabcd, 5, 6, 7), 'fe80:1:2:3:abcd:5:6:7'],
    ['nothing', bytesOf(), ''],
  ])('%s is written as usual', (_title, bytes, text) => {
    expect(remoteAddress(bytes)).toBe(text);
  });
});
