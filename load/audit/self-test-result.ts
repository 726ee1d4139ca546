/** What became of one run of the self-test. */
import type { Verdict, VerdictKind } from './verdict.js';

/** One run with one fault. */
export interface SelfTestResult {
  /** What was planted; `none` and `none, over cuts` for the runs without a fault. */
  readonly fault: string;
  readonly seed: number;
  readonly expected: VerdictKind;
  /** What the verdict is. */
  readonly found: VerdictKind;
  readonly verdict: Verdict;
  /** The fault was planted, and what was found is what has to be. */
  readonly isCaught: boolean;
}
