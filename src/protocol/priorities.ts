/** The four priorities an event can ask for, most urgent first: their order is the level's number. */
export const priorities = ['critical', 'high', 'normal', 'low'] as const;

/** One of {@link priorities}. */
export type Priority = (typeof priorities)[number];

/** The level a priority is queued at: 0 is `critical`, 3 is `low`. */
export const levelOf: Readonly<Record<Priority, number>> = Object.freeze({ critical: 0, high: 1, normal: 2, low: 3 });

/** Whether a value names a priority. */
export function isPriority(value: unknown): value is Priority {
  return value === 'normal' || value === 'high' || value === 'low' || value === 'critical';
}
