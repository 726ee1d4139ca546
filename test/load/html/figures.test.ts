import { describe, expect, it } from 'vitest';
import { count, dateTime, mebibytes, percent, precise, ratio, seconds } from '../../../load/html/figures.js';

describe('figures', () => {
  it.each([
    [0, '0'],
    [0.00123, '0.00123'],
    [0.1236, '0.124'],
    [1.5, '1.50'],
    [99.95, '100'],
    [999.4, '999'],
    [999.6, '1,000'],
    [45_853.7, '45,854'],
  ])('of %d show the digits that mean something: %s', (value, text) => {
    expect(precise(value)).toBe(text);
  });

  it('have their units and groups', () => {
    expect(count(1_234_567)).toBe('1,234,567');
    expect(ratio(1.238)).toBe('1.24');
    expect(mebibytes(90.5 * 2 ** 20)).toBe('90.5');
    expect(percent(0.414)).toBe('41 %');
    expect(seconds(186_400)).toBe('186 s');
  });

  it('show a date, and text that is none as it is', () => {
    expect(dateTime('2026-11-30T07:24:29.602Z')).toBe('2026-11-30 07:24:29 UTC');
    expect(dateTime('yesterday')).toBe('yesterday');
  });
});
