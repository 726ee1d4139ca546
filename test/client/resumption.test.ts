import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { GatewayClient } from '../../src/client/gateway-client.js';
import { FakeSockets, turn } from './fake-sockets.js';
import { LossyGateway } from './lossy-gateway.js';
import { ownTime } from './own-time.js';

ownTime();

const anyStep = fc.oneof(
  { weight: 6, arbitrary: fc.constant('request' as const) },
  { weight: 1, arbitrary: fc.constant('stream' as const) },
  { weight: 6, arbitrary: fc.constant('listen' as const) },
  { weight: 5, arbitrary: fc.constant('answer' as const) },
  { weight: 1, arbitrary: fc.constant('deaf' as const) },
  { weight: 1, arbitrary: fc.constant('mute' as const) },
  { weight: 2, arbitrary: fc.constant('lose' as const) },
  { weight: 1, arbitrary: fc.constant('later' as const) },
);

type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never;

/** A client and its gateway, and what came of all that was asked. */
class Story {
  readonly sockets = new FakeSockets();
  readonly client = new GatewayClient(this.sockets.options({ retry: false }), undefined);
  readonly gateway = new LossyGateway(this.sockets);
  readonly asked: Promise<unknown>[] = [];
  readonly expected: unknown[] = [];
  #nextId = 1;

  async step(step: Step): Promise<void> {
    if (step === 'request') this.#ask(this.client.request('echo', 1), this.#nextId);
    else if (step === 'stream') this.#ask(this.#items(), [1, 2, 3, 4, 5, 6, 7]);
    else if (step === 'listen') this.gateway.listen();
    else if (step === 'answer') this.gateway.answer();
    else if (step === 'deaf') this.gateway.isDeaf = true;
    else if (step === 'mute') this.gateway.isMute = true;
    else if (step === 'lose') this.lose();
    else vi.advanceTimersByTime(1100);
    await turn();
  }

  /** The connection is lost, and there is another one soon. */
  lose(): void {
    this.sockets.last.end(1006);
    this.#wait();
  }

  /** Nothing is lost any more, and everything is answered. */
  async end(): Promise<void> {
    this.lose();
    for (let i = 0; i < 300; i += 1) {
      await turn();
      this.#wait();
      this.gateway.listen();
      this.gateway.answer();
    }
    await turn();
  }

  /** Until the client tries again. */
  #wait(): void {
    const { state } = this.client;
    if (state.status === 'waiting') vi.advanceTimersByTime(state.afterMs);
  }

  #ask(answer: Promise<unknown>, expected: unknown): void {
    this.asked.push(answer.catch(({ message }: Error) => message));
    this.expected.push(expected);
    this.#nextId += 1;
  }

  async #items(): Promise<unknown[]> {
    const items: unknown[] = [];
    for await (const item of this.client.stream('rows', 7, { credit: 3 })) items.push(item);
    return items;
  }
}

describe('a session that is taken up again', () => {
  it('brings each event to the gateway once and in its order, and each answer back, whatever gets lost', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 60, size: 'max' }), async (steps) => {
        const story = new Story();
        const { client, gateway } = story;
        await turn();
        gateway.listen();
        for (const step of steps) await story.step(step);
        await story.end();
        expect(gateway.problems).toEqual([]);
        expect(gateway.arrived).toEqual(story.expected.map((_, index) => index + 1));
        expect(client.usage).toEqual({ queued: 0, queuedBytes: 0, open: 0, credit: gateway.credit });
        expect(await Promise.all(story.asked)).toEqual(story.expected);
        await client.close();
        vi.advanceTimersByTime(60_000);
      }),
      { seed: 10, numRuns: 60 },
    );
  });
});
