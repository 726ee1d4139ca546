/**
 * The failures of one handler lately, told apart by tenant: each has a share, and what is beyond it counts only where it
 * cannot be the fault of that tenant's events.
 */
import { ForgetfulMap } from '../collections/forgetful-map.js';
import { RollingCount } from '../collections/rolling-count.js';

/** Tenants told apart at a time. */
const tenantsMax = 1024;

interface Tenant {
  readonly inShare: RollingCount;
  readonly beyond: RollingCount;
}

/** `part` is a part of the window: see `RollingCount`. All is O(1). */
export class TenantFailures {
  readonly #share: number;
  readonly #inShare = new RollingCount();
  readonly #beyond = new RollingCount();
  readonly #tenants = new ForgetfulMap<Tenant>({
    max: tenantsMax,
    isForgettable: ({ inShare, beyond }, part) => inShare.total(part) + beyond.total(part) === 0,
  });
  #lastStranger: string | undefined = undefined;

  /** @param share failures in the window that count of each tenant in any case, 0 or more */
  constructor(share: number) {
    this.#share = share;
  }

  /**
   * One more. Where more tenants fail than can be told apart, those of the others are in their share unless the same one
   * failed twice in a row: so many different ones do count, and one alone that fails on and on does not.
   */
  add(tenant: string, part: number): void {
    const known = this.#tenants.get(tenant) ?? this.#meet(tenant, part);
    const isInShare =
      known === undefined ? this.#share > 0 && tenant !== this.#lastStranger : known.inShare.total(part) < this.#share;
    if (known === undefined) this.#lastStranger = tenant;
    if (isInShare) {
      this.#inShare.add(part);
      known?.inShare.add(part);
    } else {
      this.#beyond.add(part);
      known?.beyond.add(part);
    }
  }

  /** All failures in the window. */
  all(part: number): number {
    return this.#inShare.total(part) + this.#beyond.total(part);
  }

  /** Those that are in the shares of their tenants. */
  shares(part: number): number {
    return this.#inShare.total(part);
  }

  /** Those of one tenant that are beyond its share. */
  beyondShare(tenant: string, part: number): number {
    return this.#tenants.get(tenant)?.beyond.total(part) ?? 0;
  }

  clear(): void {
    this.#inShare.clear();
    this.#beyond.clear();
    this.#tenants.clear();
    this.#lastStranger = undefined;
  }

  #meet(tenant: string, part: number): Tenant | undefined {
    if (!this.#tenants.makeRoom(part)) return undefined;
    const met = { inShare: new RollingCount(), beyond: new RollingCount() };
    this.#tenants.add(tenant, met);
    return met;
  }
}
