import { describe, expect, it } from 'vitest';
import { ConnectionLimits, networkOf } from '../../src/admission/connection-limits.js';

const startMs = 50_000;
const off = { addressSessionsMax: 0, connectsPerS: 0, burstMs: 1000 };

describe('connection limits', () => {
  it('are off when neither is set', () => {
    const limits = new ConnectionLimits(off);
    for (let i = 0; i < 100; i += 1) expect(limits.enter('192.0.2.1', startMs)).toBeUndefined();
    limits.leave('192.0.2.1');
    expect([limits.isOff, limits.networks]).toEqual([true, 0]);
    expect(new ConnectionLimits({ ...off, connectsPerS: 1 }).isOff).toBe(false);
    expect(new ConnectionLimits({ ...off, addressSessionsMax: 1 }).isOff).toBe(false);
  });

  it('hold an address to its sessions, until one of them leaves', () => {
    const limits = new ConnectionLimits({ ...off, addressSessionsMax: 2 });
    const refused = { reason: 'address', afterMs: 1000 };
    const come = () => limits.enter('192.0.2.1', startMs);
    expect([come(), come(), come(), come()]).toEqual([undefined, undefined, refused, refused]);
    expect(limits.enter('192.0.2.2', startMs)).toBeUndefined();
    limits.leave('192.0.2.1');
    expect([come(), come()]).toEqual([undefined, refused]);
  });

  it('know only addresses that have sessions', () => {
    const limits = new ConnectionLimits({ ...off, addressSessionsMax: 2 });
    for (let i = 0; i < 200; i += 1) limits.enter(`192.0.2.${i}`, startMs);
    limits.enter('192.0.2.0', startMs);
    expect(limits.networks).toBe(200);
    for (let i = 0; i < 200; i += 1) limits.leave(`192.0.2.${i}`);
    expect(limits.networks).toBe(1);
    limits.leave('192.0.2.0');
    limits.leave('192.0.2.0');
    expect(limits.networks).toBe(0);
  });

  it('tell those beyond the rate when to come, and then they get in', () => {
    const limits = new ConnectionLimits({ ...off, connectsPerS: 10, burstMs: 300 });
    const told = Array.from({ length: 50 }, (_, i) => limits.enter(`192.0.2.${i}`, startMs));
    expect(told.slice(0, 5)).toEqual([
      undefined,
      undefined,
      undefined,
      { reason: 'rate', afterMs: 100 },
      { reason: 'rate', afterMs: 200 },
    ]);
    for (const refusal of told.slice(3)) {
      expect(limits.enter('192.0.2.99', startMs + (refusal?.afterMs ?? 0))).toBeUndefined();
    }
  });

  it('never tell anybody to come later than in a minute, however many have come', () => {
    const limits = new ConnectionLimits({ ...off, connectsPerS: 10 });
    let latestMs = 0;
    for (let i = 0; i < 5000; i += 1) latestMs = Math.max(latestMs, limits.enter('192.0.2.1', startMs)?.afterMs ?? 0);
    expect(latestMs).toBeGreaterThan(59_000);
    expect(latestMs).toBeLessThanOrEqual(60_000);
  });

  it('let an address that has too many take nothing from the rate', () => {
    const limits = new ConnectionLimits({ addressSessionsMax: 1, connectsPerS: 2, burstMs: 1000 });
    for (let i = 0; i < 100; i += 1) limits.enter('192.0.2.1', startMs);
    expect(limits.enter('192.0.2.2', startMs)).toBeUndefined();
    expect(limits.enter('192.0.2.3', startMs)).toEqual({ reason: 'rate', afterMs: 500 });
    expect(limits.networks).toBe(2);
  });

  it('count all of an IPv6 network as one', () => {
    const limits = new ConnectionLimits({ ...off, addressSessionsMax: 1 });
    expect(limits.enter('2001:db8::1', startMs)).toBeUndefined();
    expect(limits.enter('2001:db8::ffff:1', startMs)?.reason).toBe('address');
    expect(limits.enter('2001:db8:0:1::1', startMs)).toBeUndefined();
    limits.leave('2001:0db8:0000:0000:0000:0000:0000:0001');
    expect(limits.enter('2001:db8::2', startMs)).toBeUndefined();
  });
});

describe('the network of an address', () => {
  it.each([
    ['192.0.2.255', '192.0.2.255'],
    ['', ''],
    ['::', '0:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:DB8:0:0:1:2:3:4', '2001:db8:0:0::/64'],
    ['2001:0db8:0000:0042:0000:0000:0000:0001', '2001:db8:0:42::/64'],
    ['2001:db8:1:2:3:4:5::', '2001:db8:1:2::/64'],
    ['1::2:3:0:0:4', '1:0:0:2::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::ffff:c000:207', '192.0.2.7'],
    ['0:0:0:0:0:FFFF:192.0.2.7', '192.0.2.7'],
    ['64:ff9b::192.0.2.7', '192.0.2.7'],
    ['64:ff9b:1::c000:207', '64:ff9b:1:0::/64'],
    ['2001:db8::192.0.2.7', '2001:db8:0:0::/64'],
  ])('of %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  it.each([
    ':',
    '1:2:3',
    '1::2::3',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4::5:6:7:8',
    '12345::',
    '::g',
    '::1.2.3',
    '::1.2.3.256',
    '1.2.3.4::',
    'a b:c',
  ])('is %s itself where that is no address', (text) => {
    expect(networkOf(text)).toBe(text);
  });
});
