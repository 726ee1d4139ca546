import { describe, expect, it } from 'vitest';
import { parseOptions } from '../../load/options.js';
import { goalNames } from '../../load/plan/measurement.js';
import { serverNames } from '../../load/processes/server.js';

describe('the arguments of the load tool', () => {
  it('need not be given', () => {
    expect(parseOptions([])).toEqual({
      isShort: false,
      goals: goalNames,
      servers: serverNames,
      repetitions: 5,
      windowMs: 3000,
      warmUpMs: 2000,
      isMarkdown: false,
      results: 'load/results',
    });
  });

  it('make a short run, of three repetitions still', () => {
    expect(parseOptions(['--short'])).toMatchObject({ isShort: true, repetitions: 3, windowMs: 500, warmUpMs: 1000 });
    expect(parseOptions(['--short', '--window', '1000'])).toMatchObject({ isShort: true, windowMs: 1000 });
  });

  it('ask for all peers, three times, in whole windows', () => {
    expect(parseOptions(['--peers'])).toMatchObject({
      isShort: false,
      goals: ['P1', 'P2'],
      servers: serverNames,
      repetitions: 3,
      windowMs: 3000,
    });
    expect(parseOptions(['--peers', '--only', 'P2', '--servers', 'mosquitto'])).toMatchObject({
      goals: ['P2'],
      servers: ['mosquitto'],
    });
  });

  it('name goals and servers, in any case', () => {
    const args = ['--only', 'p1,P8', '--servers', 'uws-json, gateway', '--markdown', '--results', '/tmp/r'];
    expect(parseOptions(args)).toMatchObject({
      goals: ['P1', 'P8'],
      servers: ['uws-json', 'gateway'],
      isMarkdown: true,
      results: '/tmp/r',
    });
  });

  it('take numbers', () => {
    expect(parseOptions(['--repetitions', '7', '--window=250'])).toMatchObject({
      repetitions: 7,
      windowMs: 250,
      warmUpMs: 2000,
    });
  });

  it.each([
    { args: ['--only', 'P9'], message: /expected --only to name some of P1, P2, P3, P7, P8, got P9/ },
    { args: ['--only', ''], message: /expected --only/ },
    { args: ['--servers', 'nginx'], message: /expected --servers .* got nginx/ },
    { args: ['--repetitions', '0'], message: /expected --repetitions to be a whole number from 1 to 100, got 0/ },
    { args: ['--window', '2.5'], message: /expected --window/ },
    { args: ['--window', '1e3'], message: /expected --window/ },
    { args: ['--window', '99'], message: /expected --window/ },
    { args: ['--peers', '--short'], message: /expected --short or --peers, got both/ },
    { args: ['--peers', '--only', 'P3'], message: /expected --only to name some of P1, P2, got P3/ },
    { args: ['--fast'], message: /--fast/ },
    { args: ['P1'], message: /P1/ },
  ])('are refused when wrong: $args', ({ args, message }) => {
    expect(() => parseOptions(args)).toThrow(message);
  });
});
