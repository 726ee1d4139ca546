import { describe, expect, it } from 'vitest';
import { fanoutUsage, parseFanoutOptions } from '../../../load/fanout/fanout-options.js';

describe('the arguments of a fan-out', () => {
  it('need not be given', () => {
    expect(parseFanoutOptions([])).toEqual({
      subscribers: 1000,
      topics: 1,
      inFlight: [8, 64, 1],
      encoding: 'json',
      servers: ['app.publish', 'sluice', 'sluice, arrays'],
      repetitions: 3,
      windowMs: 4000,
      isMemory: false,
      isMarkdown: false,
      results: 'load/results',
      command: 'sluice bench fanout',
    });
  });

  it('say what is measured', () => {
    const args = ['--subscribers', '100', '--topics=50', '--in-flight', '2,3', '--arrays', '--encoding', 'msgpack'];
    expect(
      parseFanoutOptions([...args, '--repetitions', '1', '--seconds', '2', '--memory', '--markdown']),
    ).toMatchObject({
      subscribers: 100,
      topics: 50,
      inFlight: [2, 3],
      encoding: 'msgpack',
      servers: ['app.publish', 'sluice, arrays'],
      repetitions: 1,
      windowMs: 2000,
      isMemory: true,
      isMarkdown: true,
    });
  });

  it.each([
    { args: ['--subscribers', '0'], message: /expected --subscribers to be a whole number from 1 to 20000, got 0/ },
    { args: ['--topics', '3'], message: /expected --topics to divide --subscribers, got 3 and 1000/ },
    { args: ['--in-flight', '8,x'], message: /expected --in-flight .* got x/ },
    { args: ['--in-flight', ''], message: /expected --in-flight/ },
    { args: ['--encoding', 'xml'], message: /expected --encoding to be json or msgpack, got xml/ },
    { args: ['--seconds', '1.5'], message: /expected --seconds/ },
    { args: ['--nonsense'], message: /Unknown option/ },
  ])('are refused: $args', ({ args, message }) => {
    expect(() => parseFanoutOptions(args)).toThrow(message);
  });

  it('are all in the help', () => {
    for (const flag of [
      'subscribers',
      'topics',
      'in-flight',
      'arrays',
      'encoding',
      'repetitions',
      'seconds',
      'memory',
    ]) {
      expect(fanoutUsage).toContain(`--${flag}`);
    }
  });
});
