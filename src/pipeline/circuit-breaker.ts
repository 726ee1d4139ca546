/**
 * The circuit breaker of one handler (Nygard, "Release It!", 2007): one that fails again and again is left alone for a
 * while, then tried with a few calls.
 *
 *     closed ──too many failures──► open ──its time is over──► half-open ──a probe succeeds──► closed
 *                                    ▲                             │
 *                                    └───a probe fails: for twice the time, up to a bound
 *
 * It has no timer: that the time is over shows when somebody asks.
 */
import { RollingCount, windowPart, windowParts } from '../collections/rolling-count.js';
import { TenantFailures } from './tenant-failures.js';

export type CircuitState = 'closed' | 'open' | 'half-open';

export interface CircuitBreakerOptions {
  /** Part of the calls in the window that failed, from which on it opens: 1 to 100. */
  readonly failurePercent: number;
  /** Time in which calls are counted, in milliseconds. */
  readonly windowMs: number;
  /** Calls there have to be in the window before it may open, 1 or more. */
  readonly callsMin: number;
  /** Milliseconds it is open at first. */
  readonly openMs: number;
  /** Milliseconds it is open at most. */
  readonly openMsMax: number;
  /** Calls let through at once while half-open, 1 or more. */
  readonly probes: number;
  /** Milliseconds a probe is expected to take. */
  readonly probeMs: number;
  /** Called after each change, inside the call that caused it or noticed it. */
  readonly onChange?: (state: CircuitState, nowMs: number) => void;
}

export class CircuitBreaker {
  state: CircuitState = 'closed';
  /** Until when it is, or was last, open. */
  openUntilMs = 0;
  readonly #options: CircuitBreakerOptions;
  /** Tickets of calls are the number of changes there were before: what an older call says of the handler is old too. */
  #ticket = 1;
  #nextOpenMs: number;
  readonly #failures: TenantFailures;
  readonly #successes = new RollingCount();
  /** The tenant of the last success, the part of the window it fell in, and that of the last one of any other tenant. */
  #wellTenant: string | undefined = undefined;
  #wellPart = -windowParts;
  #otherWellPart = -windowParts;
  /** While open: those told to come when its time is over. */
  #invited = 0;
  /** While half-open: those let in who have not started, until when they are waited for, and whose the last one is. */
  #expected = 0;
  #expectedUntilMs = 0;
  #expectedTenant: string | undefined = undefined;
  /** While half-open: probes that run. */
  #running = 0;
  /** Whose probe failed last. */
  #failedTenant: string | undefined = undefined;

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
    this.#nextOpenMs = Math.min(options.openMs, options.openMsMax);
    this.#failures = new TenantFailures(failuresPerTenant(options));
  }

  /**
   * Asked for an event that wants to come in. While open, as many as there are probes are told to come when its time is
   * over, and all others `probeMs` later, when the probes have shown how the handler is. O(1); 1 ns while closed.
   * @returns 0 when it may, or whole milliseconds after which to come again
   */
  refusedForMs(tenant: string, nowMs: number): number {
    if (this.state === 'closed') return 0;
    const { probes, probeMs } = this.#options;
    if (!this.#isHalfOpen(nowMs)) {
      const restMs = Math.ceil(this.openUntilMs - nowMs);
      if (tenant === this.#failedTenant || this.#invited >= probes) return restMs + probeMs;
      this.#invited += 1;
      return restMs;
    }
    const courtesyMs = Math.max(this.#courtesyMs(tenant, nowMs), this.#doorCourtesyMs(tenant, nowMs));
    if (courtesyMs > 0) return Math.ceil(courtesyMs);
    if (nowMs >= this.#expectedUntilMs) this.#expected = 0;
    if (this.#running + this.#expected >= probes) return probeMs;
    this.#expected += 1;
    this.#expectedUntilMs = nowMs + probeMs;
    this.#expectedTenant = tenant;
    return 0;
  }

  /**
   * Asked right before a call of the handler. O(1); 1 ns while closed.
   * @returns 0 when it may not be called now, or a ticket: give it back once, with {@link succeeded}, {@link failed} or
   * {@link abandoned}, or a place of a probe is lost
   */
  start(tenant: string, nowMs: number): number {
    if (this.state === 'closed') return this.#ticket;
    if (!this.#isHalfOpen(nowMs) || this.#courtesyMs(tenant, nowMs) > 0) return 0;
    if (this.#running >= this.#options.probes) return 0;
    if (this.#expected > 0) this.#expected -= 1;
    this.#running += 1;
    return this.#ticket;
  }

  /** Whether there were failures lately: while there were none, nobody needs to know whose calls succeed. O(1). */
  hasFailures(nowMs: number): boolean {
    return this.state !== 'closed' || this.#failures.all(windowPart(nowMs, this.#options.windowMs)) > 0;
  }

  /**
   * The handler did its work. A stream has shown so by its first item. O(1), and nothing is allocated.
   * @param tenant undefined where it costs something to know, and {@link hasFailures} says it is not needed
   */
  succeeded(ticket: number, tenant: string | undefined, nowMs: number): void {
    if (ticket !== this.#ticket) return;
    if (this.state === 'half-open') this.#close(nowMs);
    const part = windowPart(nowMs, this.#options.windowMs);
    this.#successes.add(part);
    if (tenant === undefined) return;
    if (tenant !== this.#wellTenant) {
      this.#otherWellPart = this.#wellPart;
      this.#wellTenant = tenant;
    }
    this.#wellPart = part;
  }

  /** The handler failed, or took too long. O(1). */
  failed(ticket: number, tenant: string, nowMs: number): void {
    if (ticket !== this.#ticket) return;
    if (this.state === 'half-open') {
      this.#failedTenant = tenant;
      this.#open(nowMs);
      return;
    }
    const part = windowPart(nowMs, this.#options.windowMs);
    this.#failures.add(tenant, part);
    const failures = this.#failuresThatCount(part);
    const calls = this.#successes.total(part) + failures;
    if (calls >= this.#options.callsMin && failures * 100 >= this.#options.failurePercent * calls) this.#open(nowMs);
  }

  /** The call ended and says nothing of the handler: it was cancelled, or its client was at fault. O(1). */
  abandoned(ticket: number): void {
    if (ticket === this.#ticket && this.#running > 0) this.#running -= 1;
  }

  /** While a success of another tenant is in the window, what one tenant fails beyond its share says nothing of the handler. */
  #failuresThatCount(part: number): number {
    if (part - this.#wellPart >= windowParts) return this.#failures.all(part);
    const shares = this.#failures.shares(part);
    if (part - this.#otherWellPart < windowParts) return shares;
    return shares + this.#failures.beyondShare(this.#wellTenant as string, part);
  }

  /**
   * After a failed probe others go first, for the time of a probe: it may be its tenant's events that fail, and not the
   * handler.
   */
  #courtesyMs(tenant: string, nowMs: number): number {
    return tenant === this.#failedTenant ? this.openUntilMs + this.#options.probeMs - nowMs : 0;
  }

  /** So do they after one was let in: or a client whose events never start, or are cancelled, could keep all others out. */
  #doorCourtesyMs(tenant: string, nowMs: number): number {
    return tenant === this.#expectedTenant ? this.#expectedUntilMs + this.#options.probeMs - nowMs : 0;
  }

  #isHalfOpen(nowMs: number): boolean {
    if (this.state === 'half-open') return true;
    if (nowMs < this.openUntilMs) return false;
    this.#expected = 0;
    this.#expectedTenant = undefined;
    this.#change('half-open', nowMs);
    return true;
  }

  #open(nowMs: number): void {
    this.openUntilMs = nowMs + this.#nextOpenMs;
    this.#nextOpenMs = Math.min(this.#nextOpenMs * 2, this.#options.openMsMax);
    this.#invited = 0;
    this.#change('open', nowMs);
  }

  #close(nowMs: number): void {
    this.#nextOpenMs = Math.min(this.#options.openMs, this.#options.openMsMax);
    this.#failedTenant = undefined;
    this.#failures.clear();
    this.#successes.clear();
    this.#wellTenant = undefined;
    this.#wellPart = -windowParts;
    this.#otherWellPart = -windowParts;
    this.#change('closed', nowMs);
  }

  #change(state: CircuitState, nowMs: number): void {
    this.state = state;
    this.#ticket += 1;
    this.#running = 0;
    this.#options.onChange?.(state, nowMs);
  }
}

/** The share of one tenant: at most half of `callsMin`, and so few that alone they never reach `failurePercent`. */
function failuresPerTenant(options: CircuitBreakerOptions): number {
  const { callsMin, failurePercent } = options;
  return Math.min(Math.floor(callsMin / 2), Math.ceil((failurePercent * callsMin) / 100) - 1);
}
