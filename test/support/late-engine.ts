/**
 * An engine that takes its time: each call reaches the engine behind it some turns of the event loop later, and each
 * answer comes back some turns later again, always as a promise. The documented order is kept: calls arrive in the order
 * they were made; answers, calls of followers and of those who wait come back in the order they were made, each in a turn
 * of its own, so that what an answer sets off has happened before the next one.
 */
import type { Answer, Engine } from '../../src/engine/engine.js';

export function lateEngine(engine: Engine): Engine {
  const { logs, outcomes, presence } = engine;
  const there = new TurnQueue();
  const back = new TurnQueue();
  let isOpen = true;

  /** Calls somebody back later, unless the engine is closed by then. */
  const tell = (callback: () => void): void => {
    back.push(() => {
      if (isOpen) callback();
    });
  };
  const late = <T>(call: () => Answer<T>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      const succeed = (value: T): void => back.push(() => resolve(value));
      const fail = (error: unknown): void => back.push(() => reject(error));
      there.push(() => {
        const answer = call();
        if (answer instanceof Promise) answer.then(succeed, fail);
        else succeed(answer);
      });
    });

  return {
    name: `late ${engine.name}`,
    logs: {
      append: (message) => late(() => logs.append(message)),
      position: (topic) => late(() => logs.position(topic)),
      read: (topic, after, max) => late(() => logs.read(topic, after, max)),
      readLatest: (topic, after, max) => late(() => logs.readLatest(topic, after, max)),
      follow: (follower) =>
        logs.follow({
          appended: (entry) => tell(() => follower.appended(entry)),
          reset: (topic, epoch) => tell(() => follower.reset(topic, epoch)),
        }),
      hold: (topic) => logs.hold(topic),
      release: (topic) => logs.release(topic),
    },
    outcomes: {
      claim: (key, content) => outcomes.claim(key, content),
      complete: (key, outcome) => late(() => outcomes.complete(key, outcome)),
      release: (key, outcome) => late(() => outcomes.release(key, outcome)),
      wait(key, callback) {
        let isWanted = true;
        let takeBack: () => void = () => undefined;
        there.push(() => {
          if (!isWanted) return;
          takeBack = outcomes.wait(key, (outcome) =>
            tell(() => {
              if (isWanted) callback(outcome);
            }),
          );
        });
        return () => {
          isWanted = false;
          takeBack();
        };
      },
    },
    presence: {
      join: (topic, member) => late(() => presence.join(topic, member)),
      leave: (topic, memberId) => late(() => presence.leave(topic, memberId)),
      count: (topic) => late(() => presence.count(topic)),
      members: (topic) => late(() => presence.members(topic)),
    },
    close: () => {
      isOpen = false;
      engine.close();
    },
  };
}

/** Runs what it is given in order, one in each turn of the event loop, never at once. */
class TurnQueue {
  readonly #steps: (() => void)[] = [];
  #isRunning = false;

  push(step: () => void): void {
    this.#steps.push(step);
    if (this.#isRunning) return;
    this.#isRunning = true;
    setImmediate(() => setImmediate(this.#run));
  }

  readonly #run = (): void => {
    this.#steps.shift()?.();
    this.#isRunning = this.#steps.length > 0;
    if (this.#isRunning) setImmediate(this.#run);
  };
}
