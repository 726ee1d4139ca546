/** Tells handlers at their time what is to change in the middle of a level, by events over HTTP that wait for nobody. */
import type { Samples } from '../report/bench-run.js';
import type { Control } from './scenario.js';
import type { Target } from './target.js';

const answerWithinMs = 5000;

export class ControlSender {
  readonly #url: string;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #sending: Promise<void>[] = [];
  readonly #told: { readonly atMs: number; readonly truth: Readonly<Record<string, number>> }[] = [];
  #failure: Error | undefined = undefined;

  constructor({ host, port }: Target) {
    this.#url = `http://${host}:${port}/v1/events`;
  }

  /** Sends each at its time. @param measuredInMs when the measured part will begin, from now */
  start(controls: readonly Control[], measuredInMs: number): void {
    const measuredAtMs = performance.now() + measuredInMs;
    for (const control of controls) {
      const send = (): void => void this.#sending.push(this.#send(control, measuredAtMs));
      this.#timers.push(setTimeout(send, Math.max(0, measuredInMs + control.atMs)));
    }
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  /** What was the case, when, as the handlers confirmed it. @throws when one of them was not told */
  async truths(): Promise<Samples | undefined> {
    await Promise.all(this.#sending);
    if (this.#failure !== undefined) throw this.#failure;
    const names = Object.keys(this.#told[0]?.truth ?? {});
    if (names.length === 0) return undefined;
    return {
      atMs: this.#told.map(({ atMs }) => Math.max(0, atMs)),
      of: Object.fromEntries(names.map((name) => [name, this.#told.map(({ truth }) => truth[name] ?? 0)])),
    };
  }

  async #send({ type, data, truth }: Control, measuredAtMs: number): Promise<void> {
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ type, data, priority: 'critical' }),
        signal: AbortSignal.timeout(answerWithinMs),
      });
      if (!response.ok) throw new Error(`expected 200 for ${type}, got ${response.status} ${await response.text()}`);
      if (truth !== undefined) this.#told.push({ atMs: performance.now() - measuredAtMs, truth });
    } catch (error) {
      this.#failure ??= error instanceof Error ? error : new Error(String(error));
    }
  }
}
