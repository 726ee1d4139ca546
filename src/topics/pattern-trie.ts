/**
 * From patterns of topics to values, by tokens: finding all patterns that cover a name costs the nodes on its paths, however many
 * patterns there are. A node is met on one path only, so wildcards cannot make it worse than all nodes.
 */
import { isReserved } from '../protocol/topics.js';

interface Node<T> {
  readonly parent: Node<T> | undefined;
  readonly token: string;
  /** `*` is a token like the others here. */
  children: Map<string, Node<T>> | undefined;
  /** Of patterns that end here. */
  values: Set<T> | undefined;
  /** Of patterns that go on with a last `>`. */
  rests: Set<T> | undefined;
}

export class PatternTrie<T> {
  readonly #root: Node<T> = node(undefined, '');
  #nodes = 0;
  #size = 0;

  /** Values that are in. */
  get size(): number {
    return this.#size;
  }

  /** Nodes held besides the root: none once all values are out. */
  get nodes(): number {
    return this.#nodes;
  }

  /** Adds a value that is not in under the pattern. O(tokens). */
  add(pattern: string, value: T): void {
    let at = this.#root;
    const tokens = pattern.split('.');
    const hasRest = tokens.at(-1) === '>';
    if (hasRest) tokens.pop();
    for (const token of tokens) at = this.#child(at, token);
    if (hasRest) {
      at.rests ??= new Set();
      at.rests.add(value);
    } else {
      at.values ??= new Set();
      at.values.add(value);
    }
    this.#size += 1;
  }

  /** Takes a value out, and what led only to it. Does nothing when it is not in. O(tokens). */
  remove(pattern: string, value: T): void {
    let at: Node<T> | undefined = this.#root;
    const tokens = pattern.split('.');
    const hasRest = tokens.at(-1) === '>';
    if (hasRest) tokens.pop();
    for (const token of tokens) at = at?.children?.get(token);
    if (at === undefined) return;
    const values = hasRest ? at.rests : at.values;
    if (values === undefined || !values.delete(value)) return;
    this.#size -= 1;
    if (values.size > 0) return;
    if (hasRest) at.rests = undefined;
    else at.values = undefined;
    this.#prune(at);
  }

  /**
   * Puts the values of all patterns that cover a name into an array; each once, if it is in once. A name that is reserved
   * is covered by those only that begin with its first token.
   */
  collect(name: string, into: T[]): void {
    if (this.#size === 0) return;
    if (isReserved(name)) collectSame(this.#root, name, 0, into);
    else collectFrom(this.#root, name, 0, into);
  }

  #child(parent: Node<T>, token: string): Node<T> {
    parent.children ??= new Map();
    let child = parent.children.get(token);
    if (child === undefined) {
      child = node(parent, token);
      parent.children.set(token, child);
      this.#nodes += 1;
    }
    return child;
  }

  #prune(from: Node<T>): void {
    let at = from;
    while (at.parent !== undefined && !isUsed(at)) {
      const { parent } = at;
      parent.children?.delete(at.token);
      if (parent.children?.size === 0) parent.children = undefined;
      this.#nodes -= 1;
      at = parent;
    }
  }
}

function node<T>(parent: Node<T> | undefined, token: string): Node<T> {
  return { parent, token, children: undefined, values: undefined, rests: undefined };
}

function isUsed<T>(at: Node<T>): boolean {
  return at.children !== undefined || at.values !== undefined || at.rests !== undefined;
}

/** @param start where the tokens begin that are not matched yet; past the end of the name when all are */
function collectFrom<T>(at: Node<T>, name: string, start: number, into: T[]): void {
  if (start > name.length) {
    if (at.values !== undefined) for (const value of at.values) into.push(value);
    return;
  }
  if (at.rests !== undefined) for (const value of at.rests) into.push(value);
  if (at.children === undefined) return;
  const end = collectSame(at, name, start, into);
  const any = at.children.get('*');
  if (any !== undefined) collectFrom(any, name, end + 1, into);
}

/** Of those that go on with the next token itself. @returns where that ends */
function collectSame<T>(at: Node<T>, name: string, start: number, into: T[]): number {
  const dot = name.indexOf('.', start);
  const end = dot < 0 ? name.length : dot;
  const same = at.children?.get(name.slice(start, end));
  if (same !== undefined) collectFrom(same, name, end + 1, into);
  return end;
}
