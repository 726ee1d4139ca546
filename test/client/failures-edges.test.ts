import { expect, it, vi } from 'vitest';
import { Failures } from '../../src/client/failures.js';
import { sluiceError } from '../../src/client/sluice-error.js';
import { ownTime } from './own-time.js';

ownTime();

it('the last failures of a burst are told in the end', () => {
  const lines: string[] = [];
  const failures = new Failures((line) => lines.push(line));
  for (let i = 0; i < 5; i += 1) failures.add({ type: 'a', key: undefined, error: sluiceError('internal', 'x') });
  vi.advanceTimersByTime(2000);
  failures.complete();
  expect(lines.join()).toContain('and 3 more');
});

it('failures that are looked at after the end are over', () => {
  const failures = new Failures(() => undefined);
  failures.complete();
  let isOver = false;
  failures.failures$.subscribe({
    complete: () => {
      isOver = true;
    },
  });
  expect(isOver).toBe(true);
});
