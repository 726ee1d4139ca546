import { describe, expect, it } from 'vitest';
import { ServiceTimes } from '../../src/pipeline/service-times.js';

describe('service times', () => {
  it('expect nothing of a route that was never called', () => {
    expect(new ServiceTimes().expectedMs(3, 0)).toBe(0);
  });

  it('expect a little more than the mean of a route that varies, and the mean of one that does not', () => {
    const times = new ServiceTimes();
    for (let i = 0; i < 200; i += 1) {
      times.took(0, 20, i);
      times.took(1, i % 2 === 0 ? 10 : 30, i);
    }
    expect(times.expectedMs(0, 200)).toBeCloseTo(20, 0);
    expect(times.expectedMs(1, 200)).toBeGreaterThan(30);
    expect(times.expectedMs(1, 200)).toBeLessThan(50);
  });

  it('follow a route that gets slower within some calls', () => {
    const times = new ServiceTimes();
    for (let i = 0; i < 100; i += 1) times.took(0, 5, i);
    for (let i = 0; i < 20; i += 1) times.took(0, 50, 100 + i);
    expect(times.expectedMs(0, 120)).toBeGreaterThan(45);
  });

  it('are not held against a route that was not called for a second', () => {
    const times = new ServiceTimes();
    times.took(0, 500, 1000);
    expect(times.expectedMs(0, 2000)).toBeGreaterThan(0);
    expect(times.expectedMs(0, 2001)).toBe(0);
  });
});
