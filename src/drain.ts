/** A graceful stop, step by step: nothing that was accepted is lost, and nobody has to wait for ever. */
import type { Admission } from './admission/admission.js';
import type { Clock } from './model/clock.js';
import { closeCodes } from './protocol/close-codes.js';
import { failure } from './protocol/error-codes.js';
import type { TopicStreams } from './replies/topic-streams.js';
import type { Sessions } from './sessions/sessions.js';

export interface DrainParts {
  readonly clock: Clock;
  readonly admission: Admission;
  readonly sessions: Sessions;
  /** Those who follow topics over HTTP. */
  readonly streams: Pick<TopicStreams, 'goAway' | 'size'>;
  /** Accepted events that have not ended. */
  readonly inFlight: () => number;
  readonly deadlineMs: number;
  readonly spreadMs: number;
  /** Resolves when stream processors have done what they took in. */
  readonly settleTopics: () => Promise<void>;
  /** Ends all that was accepted and has not ended, so that each of it has its answer. */
  readonly giveUp: (message: string) => void;
  readonly stop: () => void;
}

/** Milliseconds between looks at whether the work is done. */
const lookEveryMs = 10;
/** Milliseconds for the last replies and close frames to reach their clients before their connections are cut. */
const closingMs = 250;

export class Drain {
  readonly #parts: DrainParts;
  #done: Promise<void> | undefined = undefined;

  constructor(parts: DrainParts) {
    this.#parts = parts;
  }

  get hasStarted(): boolean {
    return this.#done !== undefined;
  }

  /** Idempotent: later calls wait for the same end. */
  start(): Promise<void> {
    this.#done ??= this.#run();
    return this.#done;
  }

  async #run(): Promise<void> {
    const { clock, admission, sessions, streams, inFlight, deadlineMs, spreadMs, settleTopics, giveUp, stop } =
      this.#parts;
    const untilMs = clock.nowMs() + deadlineMs;
    const hadClients = sessions.size > 0 || streams.size > 0 || inFlight() > 0;
    admission.refuseAll = failure('unavailable', reason, { afterMs: spreadMs });
    sessions.goAway(Math.min(spreadMs, deadlineMs), deadlineMs);
    streams.goAway(Math.min(spreadMs, deadlineMs), deadlineMs);
    while (clock.nowMs() < untilMs) {
      sessions.closeDue(closeCodes.draining.code, reason);
      if (inFlight() === 0 && sessions.size === 0) break;
      await pause(lookEveryMs);
    }
    await within(Math.max(0, untilMs - clock.nowMs()), settleTopics());
    // Whoever is closed knows what became of all the gateway had of it: what has no answer was never begun.
    giveUp(reason);
    sessions.closeAll(closeCodes.draining.code, reason);
    // A closed socket tells nothing any more: its last bytes are on their way to a client that may be slow to take them.
    if (hadClients) await pause(closingMs);
    stop();
  }
}

const reason = 'the gateway is shutting down';

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Resolves when the work is done or has failed, or the time is over; its timer does not outlive that. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.catch(() => undefined), over]);
  clearTimeout(timer);
}
