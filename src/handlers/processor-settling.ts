/**
 * The end of processors when the gateway stops: first everything that has come is handled, by those that follow others
 * too; then one after the other is finished, so that what one had gathered is handled by those that follow it.
 */
import type { Clock } from '../model/clock.js';
import type { Processor } from './processor.js';

export interface ProcessorSettlingParts {
  readonly clock: Clock;
  /** How many messages of its topics have not come to a processor's inlet. */
  readonly behindOf: (processor: Processor) => number;
}

/** Milliseconds between looks at whether the work is done. */
const lookEveryMs = 10;
/** Milliseconds for the processors to finish one after the other; then the others are told all at once. */
const inTurnMs = 2000;
/** Turns of the event loop without anything new: what is published in one is delivered at its end. */
const calmTurns = 2;

export class ProcessorSettling {
  readonly #parts: ProcessorSettlingParts;
  #isStopped = false;

  constructor(parts: ProcessorSettlingParts) {
    this.#parts = parts;
  }

  /** @param processors in the order in which they are finished: one that is fed by another should stand behind it */
  async run(processors: readonly Processor[]): Promise<void> {
    const { clock } = this.#parts;
    await this.#calm(processors, () => true);
    const untilMs = clock.nowMs() + inTurnMs;
    for (const processor of processors) {
      processor.finish();
      await this.#calm(processors, () => processor.isFinished, untilMs);
    }
    await this.#calm(processors, () => {
      // It may be that what waited was given up since.
      for (const processor of processors) processor.finish();
      return processors.every(({ isFinished }) => isFinished);
    });
  }

  /** Ends the waiting. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Resolves when something is so, and nothing comes any more. */
  async #calm(processors: readonly Processor[], isSo: () => boolean, untilMs?: number): Promise<void> {
    const { clock } = this.#parts;
    const isCalm = (): boolean => isSo() && processors.every((processor) => this.#isAtRest(processor));
    let handled = 0;
    for (let turns = 0; turns < calmTurns && !this.#isStopped; ) {
      if (untilMs !== undefined && clock.nowMs() >= untilMs) return;
      if (!isCalm()) {
        turns = 0;
        await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
        continue;
      }
      await new Promise((resolve) => setImmediate(resolve));
      const before = handled;
      handled = processors.reduce((sum, { counts }) => sum + counts.handled, 0);
      turns = handled === before ? turns + 1 : 0;
    }
  }

  #isAtRest(processor: Processor): boolean {
    return processor.isIdle && this.#parts.behindOf(processor) === 0;
  }
}
