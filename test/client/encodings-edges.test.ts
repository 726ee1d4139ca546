import { expect, it } from 'vitest';
import { jsonEncoding } from '../../src/client/json-encoding.js';
import { ownTime } from './own-time.js';

ownTime();

it('bytes are no JSON message', () => {
  expect(() => jsonEncoding.decode(Uint8Array.of(1))).toThrow();
});
