/** What the audit of a run concludes. Plain JSON. */

/** From good to bad: the first that applies, read from the end, is the verdict. */
export const verdictKinds = ['ok', 'indeterminate', 'unexpected', 'reordered', 'duplicated', 'lost'] as const;
export type VerdictKind = (typeof verdictKinds)[number];

/** One thing that is not as it should be. */
export interface Finding {
  readonly kind: Exclude<VerdictKind, 'ok'>;
  /** What was expected and what was found, with the event's number. */
  readonly message: string;
}

export interface Verdict {
  readonly kind: VerdictKind;
  /** Of the run, so that it can be had again. */
  readonly seed: number;
  /** How many findings there are of each kind that has any. */
  readonly counts: Readonly<Partial<Record<VerdictKind, number>>>;
  /** The first of them, at most 20. */
  readonly findings: readonly Finding[];
  /** Events whose outcome was checked. */
  readonly checked: number;
}
