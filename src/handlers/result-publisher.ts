/** Publishes what a processor makes, and says when too much of it is under way. Nothing that fails here ends a stream. */
import type { RareLog } from './rare-log.js';

/** Publishes one message. */
export type PublishResult = (topic: string, data: unknown, key: string | undefined) => Promise<unknown>;

export interface ResultPublisherOptions {
  readonly publish: PublishResult;
  readonly log: RareLog;
  /** Called with true when so many are under way that no more should come, and with false when that is over. */
  readonly onBusy: (isBusy: boolean) => void;
}

/** Results under way from which on the inlet is held. */
const busyAt = 64;
/**
 * Results under way at most. What makes them can only be held by its inlet: windows and timers are not, and one more than
 * this is left out.
 */
const underWayMax = 16_384;

export class ResultPublisher {
  readonly #options: ResultPublisherOptions;
  /** Being published. */
  underWay = 0;
  published = 0;
  /** No messages at all. */
  refused = 0;
  /** Not published: publishing failed. */
  failed = 0;
  /** Not published: too many were under way. */
  leftOut = 0;
  #isBusy = false;

  constructor(options: ResultPublisherOptions) {
    this.#options = options;
  }

  /** Takes whatever a stream gave. Never throws. */
  take(result: unknown): void {
    const { log } = this.#options;
    if (this.underWay >= underWayMax) {
      this.leftOut += 1;
      log.warn('results of a processor were left out: too many are being published', { underWayMax });
      return;
    }
    let promise: Promise<unknown>;
    try {
      if (!isResult(result)) {
        this.refused += 1;
        log.warn('a processor made what is no result: expected { topic, key?, data }', { got: describe(result) });
        return;
      }
      promise = Promise.resolve(this.#options.publish(result.topic, result.data, result.key));
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.underWay += 1;
    if (this.underWay >= busyAt) this.#tell(true);
    promise.then(this.#succeeded, this.#rejected);
  }

  readonly #succeeded = (): void => {
    this.published += 1;
    this.#settled();
  };

  readonly #rejected = (error: unknown): void => {
    this.#fail(error);
    this.#settled();
  };

  #fail(error: unknown): void {
    this.failed += 1;
    this.#options.log.warn('a result of a processor could not be published', { err: error });
  }

  #settled(): void {
    this.underWay -= 1;
    if (this.underWay < busyAt) this.#tell(false);
  }

  #tell(isBusy: boolean): void {
    if (isBusy === this.#isBusy) return;
    this.#isBusy = isBusy;
    this.#options.onBusy(isBusy);
  }
}

function isResult(value: unknown): value is { topic: string; key: string | undefined; data: unknown } {
  if (typeof value !== 'object' || value === null) return false;
  const { topic, key, data } = value as { topic?: unknown; key?: unknown; data?: unknown };
  return typeof topic === 'string' && (key === undefined || typeof key === 'string') && data !== undefined;
}

/** What was got, without its content, which may be large. */
function describe(value: unknown): string {
  if (typeof value !== 'object' || value === null) return typeof value;
  return Array.isArray(value) ? 'an array' : `a map of ${Object.keys(value).slice(0, 8).join(', ') || 'nothing'}`;
}
