import { describe, expect, it } from 'vitest';
import { checkOpenFiles } from '../../../load/bench/open-files.js';

describe('the limit of open files', () => {
  it('is said to be too low before anything is started', () => {
    expect(() => checkOpenFiles(10_000, 1024)).toThrow(
      'expected room for 10500 open files, as 10000 connections need, got 1024: ulimit -n 10500',
    );
  });

  it('is high enough with some to spare, and for a few connections on this machine', () => {
    expect(() => checkOpenFiles(10_000, 10_500)).not.toThrow();
    expect(() => checkOpenFiles(1)).not.toThrow();
  });
});
