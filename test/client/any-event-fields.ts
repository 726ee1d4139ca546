/** Fields of events as a client may send them, for tests that encode them. */
import fc from 'fast-check';
import type { EventHead } from '../../src/client/encoding.js';
import { overflowPolicies } from '../../src/protocol/frames.js';
import { priorities } from '../../src/protocol/priorities.js';

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null });
const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.constantFrom('"', '\\', 'a"b\\"c', '\u2028\u0000\n', '漢字', '👩‍🚀', ''),
);
const anyWhole = fc.oneof(fc.nat(), fc.constantFrom(2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 1, 2 ** 53 - 1));

/** Every combination of fields that are there and that are not. */
export const anyEventFields: fc.Arbitrary<EventHead> = fc.record({
  type: fc.stringMatching(/^[A-Za-z0-9._-]{1,128}$/),
  id: anyWhole,
  key: maybe(anyText),
  priority: maybe(fc.constantFrom(...priorities)),
  ttl: maybe(anyWhole.map((ms) => ms + 1 - (ms === 2 ** 53 - 1 ? 1 : 0))),
  idem: maybe(anyText),
  credit: maybe(fc.integer({ min: 0, max: 65_536 })),
  overflow: maybe(fc.constantFrom(...overflowPolicies)),
  trace: maybe(anyText),
});

/** Those that say something. */
export function given(fields: EventHead): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}
