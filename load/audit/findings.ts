/** Gathers what an audit finds, and turns it into the verdict. */
import { type Finding, type Verdict, type VerdictKind, verdictKinds } from './verdict.js';

const findingsMax = 20;

export class Findings {
  readonly #counts = new Map<VerdictKind, number>();
  /** The first of each kind: many small troubles do not hide a large one. */
  readonly #first = new Map<VerdictKind, Finding[]>();

  add(kind: Finding['kind'], message: string): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
    const first = this.#first.get(kind) ?? [];
    if (first.length === 0) this.#first.set(kind, first);
    if (first.length < findingsMax) first.push({ kind, message });
  }

  /** The worst kinds come first. */
  verdict(seed: number, checked: number): Verdict {
    const worstFirst = verdictKinds.toReversed();
    const lists = worstFirst.map((kind) => this.#first.get(kind) ?? []);
    // Of each kind one, whatever there is of others.
    let room = findingsMax - lists.filter(({ length }) => length > 0).length;
    return {
      kind: worstFirst.find((kind) => this.#counts.has(kind)) ?? 'ok',
      seed,
      counts: Object.fromEntries(this.#counts),
      findings: lists.flatMap((list) => {
        const more = Math.min(room, Math.max(0, list.length - 1));
        room -= more;
        return list.slice(0, more + 1);
      }),
      checked,
    };
  }
}
