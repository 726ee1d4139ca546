/** The options of a client as it works with them: checked, and with their defaults. */

import { limits, socketPath } from '../protocol/limits.js';
import type { OutboundBounds, ReconnectBounds, RetryBounds } from './bounds.js';
import type { Encoding } from './encoding.js';
import { jsonEncoding } from './json-encoding.js';
import type { ConnectOptions, ReconnectOptions, RetryOptions } from './options.js';
import { sluiceError } from './sluice-error.js';
import type { OpenSocket } from './socket.js';

export interface ResolvedOptions {
  readonly url: string;
  readonly encoding: Encoding;
  readonly token: ConnectOptions['token'];
  readonly resume: boolean;
  readonly queue: OutboundBounds;
  readonly retry: RetryBounds | undefined;
  readonly reconnect: ReconnectBounds | undefined;
  readonly connectTimeoutMs: number;
  readonly openSocket: OpenSocket;
}

/** What holds where nothing else is said. */
export const defaults = Object.freeze({
  queueItems: 1024,
  queueBytes: 4 * 1024 * 1024,
  retryAttempts: 5,
  retryWithinMs: 30_000,
  reconnectMinMs: 250,
  reconnectMaxMs: 15_000,
  connectTimeoutMs: 10_000,
  streamCredit: limits.streamCreditDefault,
  topicCredit: 256,
  closeWithinMs: 5000,
});

/** The longest time a timer can be set to. */
export const timerMsMax = 2 ** 31 - 1;

/** @throws SluiceError `invalid_argument` that names the option */
export function resolveOptions(url: string, options: ConnectOptions, openSocket: OpenSocket): ResolvedOptions {
  const { encoding = jsonEncoding, token, resume = true, queue = {}, retry, reconnect, connectTimeoutMs } = options;
  if (token !== undefined && typeof token !== 'string' && typeof token !== 'function') {
    throw invalid('token', 'a string or a function', typeof token);
  }
  return {
    url: socketUrl(url),
    encoding,
    token,
    // A session nobody comes back for would only be in the way.
    resume: resume && reconnect !== false,
    queue: {
      items: whole('queue.items', queue.items, { fallback: defaults.queueItems, max: 1_000_000 }),
      bytes: whole('queue.bytes', queue.bytes, { fallback: defaults.queueBytes, max: 2 ** 31 }),
    },
    retry: resolveRetry(retry),
    reconnect: resolveReconnect(reconnect),
    connectTimeoutMs: whole('connectTimeoutMs', connectTimeoutMs, { fallback: defaults.connectTimeoutMs }),
    openSocket: options.openSocket ?? openSocket,
  };
}

/** Bounds of retries, or undefined for none. @throws SluiceError `invalid_argument` */
export function resolveRetry(retry: RetryOptions | boolean | undefined): RetryBounds | undefined {
  if (retry === false) return undefined;
  const { attempts, withinMs }: RetryOptions = typeof retry === 'object' ? retry : {};
  return {
    attempts: whole('retry.attempts', attempts, { fallback: defaults.retryAttempts, max: 100 }),
    withinMs: whole('retry.withinMs', withinMs, { fallback: defaults.retryWithinMs }),
  };
}

/** A whole number of 1 to `max`. @throws SluiceError `invalid_argument` */
export function whole(
  name: string,
  value: number | undefined,
  { fallback, max = timerMsMax }: { readonly fallback: number; readonly max?: number },
): number {
  if (value === undefined) return fallback;
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw invalid(name, `a whole number of 1 to ${max}`, String(value));
}

function resolveReconnect(reconnect: ReconnectOptions | false | undefined): ReconnectBounds | undefined {
  if (reconnect === false) return undefined;
  const minMs = whole('reconnect.minMs', reconnect?.minMs, { fallback: defaults.reconnectMinMs });
  const maxMs = whole('reconnect.maxMs', reconnect?.maxMs, { fallback: Math.max(minMs, defaults.reconnectMaxMs) });
  if (maxMs < minMs) throw invalid('reconnect.maxMs', `at least reconnect.minMs, ${minMs}`, String(maxMs));
  const { attempts } = reconnect ?? {};
  return {
    minMs,
    maxMs,
    attempts: attempts === undefined ? undefined : whole('reconnect.attempts', attempts, { fallback: 1 }),
  };
}

/**
 * The gateway's address, with the path it is reached at: `http:` becomes `ws:`, and a URL without a path gets it. On a
 * page a URL may be relative to it, such as `/`.
 */
function socketUrl(text: string): string {
  const { location } = globalThis as { readonly location?: { readonly href: string } };
  let url: URL;
  try {
    url = new URL(text, location?.href);
  } catch {
    throw invalid('url', 'a URL such as ws://host:8080', JSON.stringify(text));
  }
  const { protocol } = url;
  if (protocol === 'http:' || protocol === 'https:') url.protocol = protocol === 'http:' ? 'ws:' : 'wss:';
  else if (protocol !== 'ws:' && protocol !== 'wss:') throw invalid('url', 'ws:, wss:, http: or https:', protocol);
  if (url.pathname === '/') url.pathname = socketPath;
  url.hash = '';
  return url.href;
}

function invalid(name: string, expected: string, got: string) {
  return sluiceError('invalid_argument', `expected ${name} to be ${expected}, got ${got}`);
}
