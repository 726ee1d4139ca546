import { describe, expect, it } from 'vitest';
import { benchUsage, parseBenchOptions } from '../../../load/bench/bench-options.js';
import { scenarios } from '../../../load/bench/scenarios.js';

describe('the command line of a scenario', () => {
  it('has the defaults of the scenario', () => {
    expect(parseBenchOptions(['overload'])).toMatchObject({
      target: 'gateway',
      seed: 1,
      ratePerS: 3000,
      connections: 50,
      arrivals: 'poisson',
      durationMs: 6000,
      levels: [0.5, 0.8, 1, 1.5, 2, 3, 5, 10],
      repetitions: 1,
      arm: undefined,
      encoding: 'json',
      client: 'raw',
      workers: 1,
      inFlight: undefined,
      command: 'sluice bench overload',
    });
  });

  it('takes everything that can be chosen', () => {
    const text = 'echo --target ws-json --rate 100.5 --levels 1,2 --arrivals ramp --duration 2 --connections 7';
    const more =
      '--encoding msgpack --client ws --workers 2 --seed 9 --in-flight 3 --faults slice=1 --json --repetitions 3';
    expect(parseBenchOptions(`${text} ${more}`.split(' '))).toMatchObject({
      target: 'ws-json',
      ratePerS: 100.5,
      levels: [1, 2],
      arrivals: 'ramp',
      durationMs: 2000,
      connections: 7,
      encoding: 'msgpack',
      client: 'ws',
      workers: 2,
      repetitions: 3,
      seed: 9,
      inFlight: 3,
      faults: 'slice=1',
      isJson: true,
    });
  });

  it('takes one of the arms a scenario has', () => {
    expect(parseBenchOptions(['overload', '--arm', 'uncontrolled']).arm).toBe('uncontrolled');
  });

  it.each([
    [[], 'expected a scenario, got none'],
    [['nope'], 'expected a scenario, got nope'],
    [['echo', 'keyed'], 'expected one scenario, got keyed as well'],
    [['echo', '--rate', '0'], 'expected --rate to be a number from 1 to 1000000, got 0'],
    [['echo', '--seed', 'x'], 'expected --seed to be a number from 1 to 1000000, got x'],
    [['echo', '--levels', '1,-1'], 'expected --levels to be up to 20 factors above 0, got 1,-1'],
    [['echo', '--client', 'curl'], 'expected --client to be one of raw, ws, got curl'],
    [['echo', '--repetitions', '1.5'], 'expected --repetitions to be a whole number, got 1.5'],
    [['echo', '--arm', 'controlled'], 'expected no --arm, as echo has none, got controlled'],
    [['overload', '--arm', 'x'], 'expected --arm to be one of controlled, uncontrolled, got x'],
    [['echo', '--nope'], "Unknown option '--nope'"],
  ])('refuses %j', (args, message) => {
    expect(() => parseBenchOptions(args)).toThrow(message);
  });

  it('names every scenario with a sentence', () => {
    for (const { name, about } of scenarios)
      expect(benchUsage).toMatch(new RegExp(`^  ${name} +${about.slice(0, 20)}`, 'm'));
    expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length);
  });
});

describe('every scenario', () => {
  it.each(scenarios.filter(({ name }) => name !== 'http').map((scenario) => [scenario.name, scenario] as const))(
    '%s has clients that send what was asked for',
    (_name, scenario) => {
      const choice = { ...scenario.defaults, encoding: 'json' as const, inFlight: undefined };
      const groups = [
        scenario.groups(choice),
        ...(scenario.arms ?? []).map((arm) => arm.groups?.(choice) ?? []),
      ].flat();
      expect(groups.reduce((sum, { connections }) => sum + connections, 0)).toBeGreaterThan(0);
      for (const { kinds } of groups) for (const kind of kinds) expect(kind.weight).toBeGreaterThan(0);
    },
  );
});
