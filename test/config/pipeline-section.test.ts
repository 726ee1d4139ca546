import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { problems } from './refused-parts.js';
import { load, refusal } from './written-config.js';

const eitherForm = 'expected a whole number of slots from 1 to 65536, or { min, max } with min at most max';
const wholeNumber = 'expected a whole number of slots from 1 to 65536';
const variable = 'SLUICE_PIPELINES__DEFAULT__SLOTS';

describe('the slots of a pipeline', () => {
  const fine = [
    ['8', 8],
    ['1', 1],
    ['65536', 65_536],
    ['{ min: 2, max: 8 }', { min: 2, max: 8 }],
    ['{ "max": 8, "min": 2 }', { min: 2, max: 8 }],
    ['{ min: 3, max: 3 }', { min: 3, max: 3 }],
    ['{ min: 1, max: 65536 }', { min: 1, max: 65_536 }],
  ] as const;

  it.each(fine)('may be %s in a file, in a flag and in the environment', (text, expected) => {
    const ways = [
      load(`pipelines:\n  default:\n    slots: ${text}\n`),
      loadConfig({ flags: { 'pipelines.default.slots': text } }),
      loadConfig({ env: { [variable]: text } }),
    ];
    expect(ways.map(({ pipelines }) => pipelines.default?.slots)).toEqual([expected, expected, expected]);
  });

  const wrong = [
    ['0', 12, `slots: ${eitherForm}, got 0`],
    ['65537', 12, `slots: ${eitherForm}, got 65537`],
    ['1.5', 12, `slots: ${eitherForm}, got 1.5`],
    ['.inf', 12, `slots: ${eitherForm}, got Infinity`],
    ['many', 12, `slots: ${eitherForm}, got "many"`],
    ['"8"', 12, `slots: ${eitherForm}, got "8"`],
    ['true', 12, `slots: ${eitherForm}, got true`],
    ['null', 12, `slots: ${eitherForm}, got nothing`],
    ['[1, 2]', 12, `slots: ${eitherForm}, got a list`],
    ['{}', 12, `slots: ${eitherForm}, got a map`],
    ['{ min: 9, max: 3 }', 19, 'slots.min: expected at most max (3), got 9'],
    ['{ min: 1 }', 12, `slots.max: ${wholeNumber}, got nothing`],
    ['{ max: 1 }', 12, `slots.min: ${wholeNumber}, got nothing`],
    ['{ min: 0, max: 3 }', 19, `slots.min: ${wholeNumber}, got 0`],
    ['{ min: 1, max: 0 }', 27, `slots.max: ${wholeNumber}, got 0`],
    ['{ min: 1.5, max: 3 }', 19, `slots.min: ${wholeNumber}, got 1.5`],
    ['{ min: 1, max: 65537 }', 27, `slots.max: ${wholeNumber}, got 65537`],
    ['{ min: 1, max: "3" }', 27, `slots.max: ${wholeNumber}, got "3"`],
    ['{ min: 1, max: {} }', 27, `slots.max: ${wholeNumber}, got a map`],
    [
      '{ min: 1, max: 3, step: 1 }',
      30,
      'slots.step: expected a key of pipelines.default.slots (min or max), got "step"',
    ],
    [
      '{ min: 1, max: 3, mxa: 1 }',
      30,
      'slots.mxa: expected a key of pipelines.default.slots, got "mxa"; did you mean max?',
    ],
  ] as const;

  it.each(wrong)('are refused with one message when they are %s', (text, column, said) => {
    const message = `pipelines.default.${said}`;
    const file = `pipelines:\n  default:\n    slots: ${text}\n`;
    expect(refusal(file)).toEqual([`sluice.yaml:3:${column}: ${message}`]);
    expect(refusal('', { flags: { 'pipelines.default.slots': text } })).toEqual([
      `--pipelines.default.slots: ${message}`,
    ]);
    expect(refusal('', { env: { [variable]: text } })).toEqual([`${variable}: ${message}`]);
  });

  it('are refused with all that is wrong in them', () => {
    expect(problems({ pipelines: { a: { slots: { min: 0, maxx: 3 } } } })).toEqual([
      `pipelines.a.slots.min: ${wholeNumber}, got 0`,
      `pipelines.a.slots.max: ${wholeNumber}, got nothing`,
      'pipelines.a.slots.maxx: expected a key of pipelines.a.slots, got "maxx"; did you mean max?',
    ]);
    expect(problems({ pipelines: { a: { slots: JSON.parse('{"min":1,"max":2,"__proto__":{"max":3}}') } } })).toEqual([
      'pipelines.a.slots.__proto__: expected a key of pipelines.a.slots (min or max), got "__proto__"',
    ]);
  });

  it('may have their bounds changed one by one', () => {
    const { pipelines } = load('pipelines: { default: { slots: { min: 1, max: 4 } }, orders: { slots: 4 } }', {
      env: { [`${variable}__MIN`]: '2' },
      flags: {
        'pipelines.default.slots.max': '8',
        'pipelines.orders.slots.min': '1',
        'pipelines.orders.slots.max': '2',
      },
    });
    expect([pipelines.default?.slots, pipelines.orders?.slots]).toEqual([
      { min: 2, max: 8 },
      { min: 1, max: 2 },
    ]);
    const half = `pipelines.default.slots.max: ${wholeNumber}, got nothing`;
    expect(refusal('', { flags: { 'pipelines.default.slots.min': '2' } })).toEqual([
      `--pipelines.default.slots.min: ${half}`,
    ]);
    expect(refusal('', { env: { [`${variable}__MIN`]: '2' } })).toEqual([`${variable}__MIN: ${half}`]);
  });
});
