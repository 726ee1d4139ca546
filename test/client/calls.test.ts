import { describe, expect, it } from 'vitest';
import { invalidSubscription, makeOperation } from '../../src/client/calls.js';
import { Operation } from '../../src/client/operation.js';
import type { StreamOptions, SubscribeOptions } from '../../src/client/options.js';
import { SluiceError } from '../../src/client/sluice-error.js';
import { FakeSockets } from './fake-sockets.js';
import { RecordingReceiver } from './recording-receiver.js';

const client = new FakeSockets().options({ retry: { attempts: 7 } });
const receiver = new RecordingReceiver();

function made(options: StreamOptions = {}, data: unknown = { a: 'é' }, type = 'order.place'): Operation {
  const operation = makeOperation({ id: 5, type, data, options, receiver }, client);
  if (operation instanceof Operation) return operation;
  throw operation;
}

describe('the operation of a call', () => {
  it('has all that was said', () => {
    const options: StreamOptions = {
      key: 'k',
      priority: 'high',
      idem: 'once',
      trace: '00-',
      credit: 9,
      overflow: 'drop',
    };
    expect(made(options)).toMatchObject({
      id: 5,
      type: 'order.place',
      data: '{"a":"é"}',
      bytes: 10,
      level: 1,
      key: 'k',
      priority: 'high',
      idem: 'once',
      trace: '00-',
      credit: 9,
      allowed: 9,
      overflow: 'drop',
      deadlineAtMs: 0,
      receiver,
    });
  });

  it('has nothing that was not said', () => {
    expect(makeOperation({ id: 1, type: 'tick', data: undefined, options: {}, receiver }, client)).toMatchObject({
      data: undefined,
      bytes: 0,
      level: 2,
      key: undefined,
      priority: undefined,
      idem: undefined,
      credit: undefined,
      allowed: 0,
      retry: { attempts: 7, withinMs: 30_000 },
    });
  });

  it('has an idem of its own where one is to be made', () => {
    const [one, other] = [made({ idem: true }), made({ idem: true })];
    expect(one.idem).toMatch(/^[0-9a-f-]{32,36}$/);
    expect(one.idem).not.toBe(other.idem);
  });

  it('counts its time from the call', () => {
    const before = performance.now();
    const { deadlineAtMs } = made({ ttlMs: 1500.5 });
    expect(deadlineAtMs).toBeGreaterThanOrEqual(before + 1500.5);
    expect(deadlineAtMs).toBeLessThan(before + 61_500);
  });

  it('is tried again as the client says, not at all with a key, and otherwise where the call says so', () => {
    expect(made({ key: 'k' }).retry).toBeUndefined();
    expect(made({ key: 'k', retry: {} }).retry).toEqual({ attempts: 5, withinMs: 30_000 });
    expect(made({ retry: false }).retry).toBeUndefined();
  });

  it.each<[string, StreamOptions & Record<string, unknown>, string]>([
    [
      'key',
      { key: 'x'.repeat(257) },
      'expected key to be a string of at most 256 bytes, got a string of 257 characters',
    ],
    ['key', { key: 7 as unknown as string }, 'expected key to be a string of at most 256 bytes, got the number 7'],
    [
      'priority',
      { priority: 'urgent' as 'high' },
      'expected priority to be one of critical, high, normal, low, got the string "urgent"',
    ],
    ['ttlMs', { ttlMs: 0 }, 'expected ttlMs to be milliseconds, 1 or more, got the number 0'],
    ['ttlMs', { ttlMs: Number.NaN }, 'expected ttlMs to be milliseconds, 1 or more, got the number NaN'],
    [
      'idem',
      { idem: 'é'.repeat(65) },
      'expected idem to be a string of at most 128 bytes, got a string of 65 characters',
    ],
    [
      'overflow',
      { overflow: 'keep' as 'drop' },
      'expected overflow to be one of wait, latest, drop, close, got the string "keep"',
    ],
    [
      'trace',
      { trace: 1 as unknown as string },
      'expected trace to be a string of at most 256 bytes, got the number 1',
    ],
    ['credit', { credit: 0 }, 'expected credit to be a whole number of 1 to 65536, got 0'],
    ['credit', { credit: 65_537 }, 'expected credit to be a whole number of 1 to 65536, got 65537'],
    ['retry', { retry: { attempts: 101 } }, 'expected retry.attempts to be a whole number of 1 to 100, got 101'],
  ])('is not made where %s is none, and it is said why', (_, options, message) => {
    const refusal = makeOperation({ id: 1, type: 'echo', data: 1, options, receiver }, client);
    expect(refusal).toBeInstanceOf(SluiceError);
    expect(refusal).toMatchObject({ code: 'invalid_argument', started: 'no', retry: 'no', message });
  });

  it.each([
    ['', 'expected type to be 1 to 128 of A-Z a-z 0-9 . _ -, got ""'],
    ['a b', 'expected type to be 1 to 128 of A-Z a-z 0-9 . _ -, got "a b"'],
    ['"', 'expected type to be 1 to 128 of A-Z a-z 0-9 . _ -, got "\\""'],
    [7 as unknown as string, 'expected type to be a string, got the number 7'],
  ])('is not made of the type %j', (type, message) => {
    expect(() => made({}, 1, type)).toThrow(message);
    expect(() => made({}, 1, 'x'.repeat(129))).toThrow('expected type to be 1 to 128');
  });

  it('is not made of data that cannot be encoded, whose error is the cause', () => {
    const cause = new Error('not me');
    const data = {
      toJSON() {
        throw cause;
      },
    };
    const refusal = makeOperation({ id: 1, type: 'echo', data, options: {}, receiver }, client);
    expect(refusal).toMatchObject({ code: 'invalid_argument', cause });
    expect((refusal as SluiceError).message).toBe('expected data that can be encoded: Error: not me');
    expect(() => made({}, () => 1)).toThrow('expected data JSON can hold, got function');
  });
});

describe('what is wrong with a subscription', () => {
  it.each<[string, SubscribeOptions]>([
    ['a.b', {}],
    ['a.*', { credit: 65_536, overflow: 'latest' }],
    ['>', {}],
    ['a', { from: { epoch: 'e', offset: 0 } }],
    ['a', { rewind: 0 }],
  ])('is nothing: %s with %j', (topic, options) => {
    expect(invalidSubscription(topic, options)).toBeUndefined();
  });

  it.each<[string, SubscribeOptions, string]>([
    ['a..b', {}, 'expected topic to be 1 to 256 characters'],
    ['', {}, 'expected topic to be 1 to 256 characters'],
    ['a.*', { rewind: 1 }, 'a pattern is live only'],
    ['a.>', { from: { epoch: 'e', offset: 1 } }, 'a pattern is live only'],
    ['a', { from: { epoch: 'e', offset: -1 } }, 'expected from.offset to be a whole number'],
    ['a', { rewind: 1.5 }, 'expected rewind to be a whole number of 0 to 2^53, got the number 1.5'],
    ['a', { credit: 0 }, 'expected credit to be a whole number of 1 to 65536, got 0'],
    ['a', { overflow: 'x' as 'drop' }, 'expected overflow to be one of wait, latest, drop, close'],
  ])('is said: %j with %j', (topic, options, message) => {
    const refusal = invalidSubscription(topic, options);
    expect(refusal).toMatchObject({ code: 'invalid_argument', started: 'no' });
    expect(refusal?.message).toContain(message);
  });
});
