import { describe, expect, it } from 'vitest';
import { parseSdkOptions, sdkUsage } from '../../../load/sdk/sdk-options.js';

describe('the options of sluice bench client', () => {
  it('have the defaults the help names', () => {
    const options = parseSdkOptions([]);
    expect(options).toMatchObject({ connections: 50, inFlight: [32, 1], repetitions: 3, windowMs: 4000 });
    for (const text of ['(50)', '(32,1)', '(3)', '(4)', '(load/results)']) expect(sdkUsage).toContain(text);
  });

  it('refuse more in flight than a client without credit may have', () => {
    expect(parseSdkOptions(['--in-flight', '64,2']).inFlight).toEqual([64, 2]);
    expect(() => parseSdkOptions(['--in-flight', '65'])).toThrow(
      'expected --in-flight to be a whole number from 1 to 64',
    );
  });
});
