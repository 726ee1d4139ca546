/** Marble tests: RxJS's own scheduler with the assertions of the test runner. */
import { TestScheduler } from 'rxjs/testing';
import { expect } from 'vitest';

type Run = Parameters<TestScheduler['run']>[0];

/** Runs a marble test in virtual time. */
export function marbles(run: Run): void {
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(run);
}
