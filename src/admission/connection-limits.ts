/**
 * Who may open a session: so many per address, and so many per second from all. Behind a proxy all have one address; then
 * there is no use in a limit per address.
 */
import { TokenBucket } from '../collections/token-bucket.js';

export interface ConnectionLimitsOptions {
  /** Open sessions of one address; 0 is no limit. */
  readonly addressSessionsMax: number;
  /** Sessions that may be opened per second; 0 is no limit. */
  readonly connectsPerS: number;
  /** Time whose sessions may come at once, in milliseconds. */
  readonly burstMs: number;
}

/** Why a session may not be opened, and when to come again. */
export interface ConnectionRefusal {
  readonly reason: 'rate' | 'address';
  /** Milliseconds. For `rate` a promise (see `TokenBucket`); for `address` a guess, as nobody knows when one leaves. */
  readonly afterMs: number;
}

/** Longest wait told for a place in the rate: a client that connects on and on cannot put others off for longer. */
const waitMsMax = 60_000;

const addressFull: ConnectionRefusal = { reason: 'address', afterMs: 1000 };

export class ConnectionLimits {
  /** There is no limit: no need to ask. */
  readonly isOff: boolean;
  readonly #addressSessionsMax: number;
  readonly #rate: TokenBucket | undefined;
  /** Open sessions by network; only where they are limited, and never more entries than sessions. */
  readonly #sessions = new Map<string, number>();

  constructor(options: ConnectionLimitsOptions) {
    const { addressSessionsMax, connectsPerS, burstMs } = options;
    this.isOff = addressSessionsMax === 0 && connectsPerS === 0;
    this.#addressSessionsMax = addressSessionsMax;
    const burst = Math.max(1, (connectsPerS * burstMs) / 1000);
    this.#rate = connectsPerS === 0 ? undefined : new TokenBucket({ perS: connectsPerS, burst, waitMsMax });
  }

  /** Networks that have sessions. */
  get networks(): number {
    return this.#sessions.size;
  }

  /**
   * A session is about to be opened. An address that has too many takes nothing from the rate of the others.
   * @returns undefined when it may: then {@link leave} is due once, with the same address
   */
  enter(address: string, nowMs: number): ConnectionRefusal | undefined {
    const max = this.#addressSessionsMax;
    const network = max === 0 ? '' : networkOf(address);
    const open = max === 0 ? 0 : (this.#sessions.get(network) ?? 0);
    if (max !== 0 && open >= max) return addressFull;
    const afterMs = this.#rate?.take(nowMs) ?? 0;
    if (afterMs !== 0) return { reason: 'rate', afterMs };
    if (max !== 0) this.#sessions.set(network, open + 1);
    return undefined;
  }

  /** A session that had entered has ended. */
  leave(address: string): void {
    if (this.#addressSessionsMax === 0) return;
    const network = networkOf(address);
    const open = this.#sessions.get(network) ?? 0;
    if (open > 1) this.#sessions.set(network, open - 1);
    else this.#sessions.delete(network);
  }
}

/**
 * What counts as one address: an IPv4 address; of IPv6 the first 64 bits, `2001:db8:0:1::/64`, as a single host has all
 * of such a network to itself. An IPv4 address inside an IPv6 one (RFC 4291 section 2.5.5.2, RFC 6052 section 2.1) counts
 * as IPv4. Anything else counts as it is written.
 */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const groups = groupsOf(address);
  if (groups === undefined) return address;
  const [first, second, third, fourth, fifth, sixth, high, low] = groups as unknown as Eight;
  const isRestZero = third === 0 && fourth === 0 && fifth === 0;
  const isMapped = first === 0 && second === 0 && isRestZero && sixth === 0xffff;
  const isTranslated = first === 0x64 && second === 0xff9b && isRestZero && sixth === 0;
  if (isMapped || isTranslated) return `${high >> 8}.${high & 0xff}.${low >> 8}.${low & 0xff}`;
  return `${hex(first)}:${hex(second)}:${hex(third)}:${hex(fourth)}::/64`;
}

type Eight = readonly [number, number, number, number, number, number, number, number];

const groupPattern = /^[0-9a-f]{1,4}$/i;
const octetPattern = /^(?:0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])$/;

/** The eight groups of an address in any of its text forms (RFC 4291 section 2.2), or undefined. Its zone is left out. */
function groupsOf(address: string): number[] | undefined {
  const [text = ''] = address.split('%', 1);
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [before, after] = halves.map((half, at) => groupsIn(half, at === halves.length - 1));
  if (before === undefined) return undefined;
  if (halves.length === 1) return before.length === 8 ? before : undefined;
  if (after === undefined || before.length + after.length > 7) return undefined;
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
}

/** The groups of a part without `::`. The last one of an address may be written as IPv4, which is two. */
function groupsIn(text: string, isEnd: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const written = text.split(':');
  for (const [at, group] of written.entries()) {
    if (groupPattern.test(group)) groups.push(Number.parseInt(group, 16));
    else {
      const octets = group.split('.');
      const isIpv4 = octets.length === 4 && octets.every((octet) => octetPattern.test(octet));
      if (!isIpv4 || !isEnd || at !== written.length - 1) return undefined;
      const [a, b, c, d] = octets.map(Number) as [number, number, number, number];
      groups.push(a * 256 + b, c * 256 + d);
    }
  }
  return groups;
}

function hex(group: number): string {
  return group.toString(16);
}
