import { describe, expect, it } from 'vitest';
import { keyArguments } from '../../src/cli/key-arguments.js';

describe('the words after the command', () => {
  it.each([
    ['a value of its own word', ['--listen.port', '9000'], { 'listen.port': ['9000'] }],
    ['a value after =', ['--listen.port=9000'], { 'listen.port': ['9000'] }],
    [
      'a value with = in it',
      ['--routes={ a: { ttlMs: 1 } }', '--log.level=a=b'],
      { routes: ['{ a: { ttlMs: 1 } }'], 'log.level': ['a=b'] },
    ],
    ['an empty value', ['--listen.host=', '--listen.port', ''], { 'listen.host': [''], 'listen.port': [''] }],
    ['a negative number', ['--session.graceMs', '-1'], { 'session.graceMs': ['-1'] }],
    ['no value', ['--listen.metrics', '--log.pretty'], { 'listen.metrics': ['true'], 'log.pretty': ['true'] }],
    [
      'several values',
      ['--handlers', 'a', '--handlers=b', '--log.level', 'warn', '--handlers', 'c'],
      { handlers: ['a', 'b', 'c'], 'log.level': ['warn'] },
    ],
    [
      'names with signs',
      ['--routes.order.>.ttlMs', '1', '--routes.*.x.ttlMs', '2'],
      { 'routes.order.>.ttlMs': ['1'], 'routes.*.x.ttlMs': ['2'] },
    ],
    ['nothing', [], {}],
  ])('name keys, with %s', (_title, words, expected) => {
    expect(keyArguments(words)).toEqual(expected);
  });

  it.each([[['start']], [['-x']], [['--listen.port', '1', '2']], [['--']], [['---port']], [['--=1']], [['']]])(
    'are refused where they are neither a flag nor its value: %j',
    (words) => {
      expect(() => keyArguments(words)).toThrow(
        `expected a flag such as --listen.port, got ${JSON.stringify(words.at(-1))}`,
      );
    },
  );
});
