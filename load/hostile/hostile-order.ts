/** What the process of badly behaved clients is asked to do: plain JSON, since it crosses a process border. */

/** How a client behaves; `behaviours.ts` says what each of them does. */
export const behaviourNames = ['flood', 'ignore-credit', 'never-read', 'read-slowly', 'never-pull'] as const;
export type BehaviourName = (typeof behaviourNames)[number];

/** Clients that behave alike. */
export interface HostileGroup {
  readonly behaviour: BehaviourName;
  /** At a time: one that is closed comes again. */
  readonly connections: number;
}

export interface HostileOrder {
  readonly host: string;
  readonly port: number;
  readonly groups: readonly HostileGroup[];
}
