import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { jsonEncoding } from '../../src/client/json-encoding.js';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

it('bytes are no JSON message', () => {
  expect(() => jsonEncoding.decode(Uint8Array.of(1))).toThrow();
});
