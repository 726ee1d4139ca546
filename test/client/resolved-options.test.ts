import { describe, expect, it } from 'vitest';
import { jsonEncoding } from '../../src/client/json-encoding.js';
import { msgpackEncoding } from '../../src/client/msgpack-encoding.js';
import type { ConnectOptions } from '../../src/client/options.js';
import { resolveOptions, resolveRetry, whole } from '../../src/client/resolved-options.js';
import { FakeSockets } from './fake-sockets.js';

const sockets = new FakeSockets();
const resolve = (options: ConnectOptions = {}, url = 'ws://host:8080') => resolveOptions(url, options, sockets.open);
const timerMsMax = 2 ** 31 - 1;

describe('the options of a client', () => {
  it('have defaults', () => {
    expect(resolve()).toEqual({
      url: 'ws://host:8080/v1/socket',
      encoding: jsonEncoding,
      token: undefined,
      resume: true,
      queue: { items: 1024, bytes: 4_194_304 },
      retry: { attempts: 5, withinMs: 30_000 },
      reconnect: { minMs: 250, maxMs: 15_000, attempts: undefined },
      connectTimeoutMs: 10_000,
      openSocket: sockets.open,
    });
  });

  it('are taken as they are given', () => {
    const { open } = new FakeSockets();
    const token = () => 't';
    const options = {
      encoding: msgpackEncoding,
      token,
      resume: false,
      queue: { items: 1, bytes: 1 },
      retry: { attempts: 1, withinMs: 1 },
      reconnect: { minMs: 1, maxMs: 1, attempts: 1 },
      connectTimeoutMs: 1,
      openSocket: open,
    };
    expect(resolve(options)).toEqual({ ...options, url: 'ws://host:8080/v1/socket' });
    expect(resolve({ retry: false, reconnect: false })).toMatchObject({
      retry: undefined,
      reconnect: undefined,
      resume: false,
    });
  });

  it.each([
    ['queue.items', 1_000_000, (value: number) => ({ queue: { items: value } })],
    ['queue.bytes', 2 ** 31, (value: number) => ({ queue: { bytes: value } })],
    ['retry.attempts', 100, (value: number) => ({ retry: { attempts: value } })],
    ['retry.withinMs', timerMsMax, (value: number) => ({ retry: { withinMs: value } })],
    ['reconnect.minMs', timerMsMax, (value: number) => ({ reconnect: { minMs: value } })],
    ['reconnect.maxMs', timerMsMax, (value: number) => ({ reconnect: { minMs: 1, maxMs: value } })],
    ['reconnect.attempts', timerMsMax, (value: number) => ({ reconnect: { attempts: value } })],
    ['connectTimeoutMs', timerMsMax, (value: number) => ({ connectTimeoutMs: value })],
  ])('are within their bounds: %s is a whole number of 1 to %i', (name, max, options) => {
    resolve(options(1));
    resolve(options(max));
    for (const value of [0, -1, max + 1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '7' as unknown as number]) {
      expect(() => resolve(options(value))).toThrow(
        `expected ${name} to be a whole number of 1 to ${max}, got ${String(value)}`,
      );
    }
  });

  it('are refused with a code, like everything else', () => {
    expect(() => resolve({ connectTimeoutMs: 0 })).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });

  it('let the longest wait follow the shortest, and not be less', () => {
    expect(resolve({ reconnect: { minMs: 60_000 } }).reconnect).toMatchObject({ minMs: 60_000, maxMs: 60_000 });
    expect(() => resolve({ reconnect: { minMs: 10, maxMs: 9 } })).toThrow(
      'expected reconnect.maxMs to be at least reconnect.minMs, 10, got 9',
    );
  });

  it('take a token that is a text or a function', () => {
    expect(resolve({ token: '' }).token).toBe('');
    expect(() => resolve({ token: 7 as unknown as string })).toThrow(
      'expected token to be a string or a function, got number',
    );
  });

  it.each([
    ['ws://host', 'ws://host/v1/socket'],
    ['wss://host:1/', 'wss://host:1/v1/socket'],
    ['http://host:8080', 'ws://host:8080/v1/socket'],
    ['https://host', 'wss://host/v1/socket'],
    ['https://host/behind/a/proxy', 'wss://host/behind/a/proxy'],
    ['ws://host?tenant=1#top', 'ws://host/v1/socket?tenant=1'],
    ['ws://[::1]:9', 'ws://[::1]:9/v1/socket'],
  ])('make %s the address %s', (url, address) => {
    expect(resolve({}, url).url).toBe(address);
  });

  it.each([
    ['', 'expected url to be a URL such as ws://host:8080, got ""'],
    ['host:x', 'expected url to be ws:, wss:, http: or https:, got host:'],
    ['//host', 'expected url to be a URL such as ws://host:8080, got "//host"'],
    ['ftp://host', 'expected url to be ws:, wss:, http: or https:, got ftp:'],
  ])('say what is wrong with the address %j', (url, message) => {
    expect(() => resolve({}, url)).toThrow(message);
  });
});

describe('parts of options', () => {
  it('have the defaults of retries where something is said of them, and none where not', () => {
    expect(resolveRetry({})).toEqual({ attempts: 5, withinMs: 30_000 });
    expect(resolveRetry({ attempts: 2 })).toEqual({ attempts: 2, withinMs: 30_000 });
    expect(resolveRetry(true)).toEqual(resolveRetry({}));
    expect(resolveRetry(false)).toBeUndefined();
  });

  it('are whole numbers, or what they are otherwise', () => {
    expect(whole('n', undefined, { fallback: 7 })).toBe(7);
    expect(whole('n', 3, { fallback: 7, max: 3 })).toBe(3);
    expect(() => whole('n', null as unknown as number, { fallback: 7 })).toThrow('got null');
  });
});
