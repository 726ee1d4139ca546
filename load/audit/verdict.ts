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

const findingsMax = 20;

/** The verdict on several audited runs together: the worst of them, and all they found. The seed is that of the first. */
export function mergedVerdict(verdicts: readonly Verdict[]): Verdict {
  const [first] = verdicts;
  if (first === undefined) throw new Error('expected a verdict to merge, got none');
  const counts: Partial<Record<VerdictKind, number>> = {};
  for (const verdict of verdicts) {
    for (const kind of verdictKinds) {
      const more = verdict.counts[kind];
      if (more !== undefined) counts[kind] = (counts[kind] ?? 0) + more;
    }
  }
  const worstFirst = verdictKinds.toReversed();
  const found = verdicts.flatMap(({ findings }) => findings);
  return {
    kind: worstFirst.find((kind) => verdicts.some((verdict) => verdict.kind === kind)) ?? 'ok',
    seed: first.seed,
    counts,
    findings: worstFirst.flatMap((kind) => found.filter((finding) => finding.kind === kind)).slice(0, findingsMax),
    checked: verdicts.reduce((sum, { checked }) => sum + checked, 0),
  };
}
