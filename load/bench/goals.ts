/** Which scenarios show which goals, in the order in which they are measured. */

export interface Goal {
  readonly name: string;
  readonly scenarios: readonly string[];
}

/** Every goal about too much of something. */
export const goals: readonly Goal[] = [
  { name: 'O1', scenarios: ['overload', 'overload-unordered'] },
  { name: 'O2', scenarios: ['priorities'] },
  { name: 'O3', scenarios: ['noisy-tenant'] },
  { name: 'O4', scenarios: ['deadline'] },
  { name: 'O5', scenarios: ['adaptive'] },
  { name: 'O6', scenarios: ['flood'] },
  { name: 'O7', scenarios: ['hostile-memory'] },
  { name: 'credit', scenarios: ['credit'] },
  { name: 'sessions', scenarios: ['many-sessions'] },
];
