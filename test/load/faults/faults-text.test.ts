import { describe, expect, it } from 'vitest';
import { resolveFaults } from '../../../load/faults/faults.js';
import { parseFaults } from '../../../load/faults/faults-text.js';

describe('a text', () => {
  it('is read into the data form', () => {
    const text =
      'latency=20ms,jitter=5ms,bandwidth=1MB/s,slice=1,slicemax=64KiB,reset=5000,blackhole=10000,halfclose=2000,' +
      'cut=4096,spread=0.25,refuse=3';
    expect(parseFaults(text)).toEqual({
      latencyMs: 20,
      jitterMs: 5,
      bandwidthBytesPerSecond: 1_000_000,
      sliceBytes: 1,
      slicedBytesMax: 65_536,
      resetAfterBytes: 5000,
      blackHoleAfterBytes: 10_000,
      blackHoleMode: 'discard',
      halfCloseAfterBytes: 2000,
      cutEveryBytes: 4096,
      cutSpread: 0.25,
      refuseConnections: 3,
    });
  });

  it('names a direction by a prefix', () => {
    expect(parseFaults(' latency=1.5s, up:slice=2 ,up:reset=1.1KB,down:stall=500ms,down:bandwidth=64KiB/s')).toEqual({
      latencyMs: 1500,
      toServer: { sliceBytes: 2, resetAfterBytes: 1100 },
      toClient: { blackHoleAfterMs: 500, blackHoleMode: 'stall', bandwidthBytesPerSecond: 65_536 },
    });
    expect(parseFaults('refuse=2s')).toEqual({ refuseMs: 2000 });
    expect(parseFaults('up:latency=1ms,down:latency=2ms,latency=3ms')).toEqual({
      latencyMs: 3,
      toServer: { latencyMs: 1 },
      toClient: { latencyMs: 2 },
    });
    expect(parseFaults('  ')).toEqual({});
  });

  it.each([
    ['latency', 'expected name=value, as in latency=20ms, got "latency"'],
    ['latency=1ms,,jitter=1ms', 'expected name=value, as in latency=20ms, got ""'],
    ['=1ms', 'expected name=value, as in latency=20ms, got "=1ms"'],
    ['latency=20', 'expected latency to be a time such as 20ms or 1.5s, got "20"'],
    ['latency=-5ms', 'expected latency to be a time such as 20ms or 1.5s, got "-5ms"'],
    ['latency=2h', 'expected latency to be a time such as 20ms or 1.5s, got "2h"'],
    ['latency=7200s', 'expected latencyMs to be a number from 0 to 3600000, got 7200000'],
    ['bandwidth=1MB', 'expected bandwidth to be a rate such as 500KB/s or 1MB/s, got "1MB"'],
    ['bandwidth=0/s', `expected bandwidthBytesPerSecond to be a whole number from 1 to 9007199254740991, got 0`],
    ['reset=1.5', 'expected reset to be a size such as 4096 or 64KB, got "1.5"'],
    ['reset=4kb', 'expected reset to be a size such as 4096 or 64KB, got "4kb"'],
    ['reset=1toString', 'expected reset to be a size such as 4096 or 64KB, got "1toString"'],
    ['blackhole=soon', 'expected blackhole to be a size such as 4096 or 64KB or a time such as 500ms, got "soon"'],
    ['up:slice=0', 'expected toServer.sliceBytes to be a whole number from 1 to 9007199254740991, got 0'],
    ['spread=1.5', 'expected spread to be a share from 0 to 1, got "1.5"'],
    ['refuse=some', 'expected refuse to be a number of connections or a time, got "some"'],
    ['up:refuse=1', 'expected refuse without a prefix, got "up:refuse"'],
    ['left:reset=1', 'expected the prefix to be up or down, got "left"'],
    ['reset=1,reset=2', 'expected reset once in a direction, got "reset=2" again'],
    ['blackhole=1,stall=2', 'expected stall once in a direction, got "stall=2" again'],
    ['toString=1', /^expected a fault \(latency, jitter, .*, refuse\), got "toString"$/],
    ['constructor:reset=1', 'expected the prefix to be up or down, got "constructor"'],
  ])('%s is refused', (text, message) => {
    expect(() => parseFaults(text)).toThrow(RangeError);
    expect(() => parseFaults(text)).toThrow(message);
  });
});

describe('the data form', () => {
  it('takes each direction before both, field by field', () => {
    const { toServer, toClient } = resolveFaults({
      latencyMs: 5,
      jitterMs: 1,
      toServer: { latencyMs: 9 },
    });
    expect(toServer).toMatchObject({ latencyMs: 9, jitterMs: 1, slicedBytesMax: 2 ** 20, cutSpread: 0.5 });
    expect(toClient).toMatchObject({ latencyMs: 5, jitterMs: 1, blackHoleMode: 'discard' });
  });

  it.each([
    [{ toClient: { latencyMs: Number.NaN } }, 'expected toClient.latencyMs to be a number from 0 to 3600000, got NaN'],
    [{ resetAfterBytes: 1.5 }, /^expected resetAfterBytes to be a whole number from 0 to \d+, got 1.5$/],
    [{ refuseMs: -1 }, 'expected refuseMs to be a number from 0 to 3600000, got -1'],
    [{ toServer: { blackHoleMode: 'eat' } }, 'expected toServer.blackHoleMode to be discard or stall, got "eat"'],
    [{ toServer: { latency: 5 } }, /^expected a fault \(latencyMs, .*\), got "toServer.latency"$/],
  ])('%j is refused', (faults, message) => {
    expect(() => resolveFaults(faults as object)).toThrow(RangeError);
    expect(() => resolveFaults(faults as object)).toThrow(message);
  });
});
