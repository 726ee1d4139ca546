/** Credit that follows what the handlers get done, as a client sees it: `max` less what it has answers for. */
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Gateway } from '../../src/gateway.js';
import { defineHandler } from '../../src/index.js';
import { type Frame, TestClient } from '../support/test-client.js';
import { expectConservation, startTestGateway } from '../support/test-gateway.js';

let gateway: Gateway;

afterEach(() => gateway.close());

/** How long a slow handler takes; a fast one takes a tenth of it. */
const slowMs = 100;

/** A client that always has as much under way as its credit allows. */
class Busy {
  /** Events it may have under way. */
  window = 0;
  #max = 0;
  #sent = 0;
  #ended = 0;
  #read = 0;
  #isOver = false;
  readonly refused: Frame[] = [];
  readonly #client: TestClient;
  readonly #type: string;

  constructor(client: TestClient, type: string) {
    this.#client = client;
    this.#type = type;
    client.socket.on('message', () => this.#look());
    this.#look();
  }

  stop(): void {
    this.#isOver = true;
  }

  get underWay(): number {
    return this.#sent - this.#ended;
  }

  #look(): void {
    const { frames } = this.#client;
    for (; this.#read < frames.length; this.#read += 1) {
      const frame = frames[this.#read] as Frame;
      if (frame.op === 'welcome') this.#max = frame.credit as number;
      else if (frame.op === 'credit') this.#max = frame.max as number;
      else if (frame.op === 'end' || frame.op === 'error') this.#ended += 1;
      if (frame.op === 'error') this.refused.push(frame);
    }
    while (!this.#isOver && this.#sent < this.#max) {
      this.#client.send({ op: 'event', id: this.#sent, type: this.#type });
      this.#sent += 1;
    }
    this.window = this.#max - this.#ended;
  }
}

describe('credit', () => {
  it('shrinks within two seconds of a handler becoming ten times slower, and grows back within two', async () => {
    let isSlow = false;
    const work = defineHandler({ type: 'work', handle: () => wait(isSlow ? slowMs : slowMs / 10) });
    gateway = await startTestGateway([work], { pipelines: { default: { slots: 32 } } });
    const client = await TestClient.connect(gateway.port);
    const busy = new Busy(client, 'work');
    // 32 slots of 10 ms do 160 in the 50 ms that are fine to wait; of 100 ms 16, so the slots themselves decide.
    await vi.waitFor(() => expect(busy.window).toBeGreaterThanOrEqual(128), { timeout: 3000, interval: 20 });
    const before = busy.window;
    isSlow = true;
    await vi.waitFor(() => expect(busy.window).toBeLessThanOrEqual(100), { timeout: 2000, interval: 20 });
    isSlow = false;
    await vi.waitFor(() => expect(busy.window).toBeGreaterThanOrEqual(Math.min(128, before)), {
      timeout: 2000,
      interval: 20,
    });
    busy.stop();
    await vi.waitFor(() => expect(busy.underWay).toBe(0));
    expect(busy.refused).toEqual([]);
    await client.close();
    await expectConservation(gateway);
  });

  it('is kept from those who fill a pipeline that is stuck, and from nobody else', async () => {
    const stuck = defineHandler({ type: 'stuck', pipeline: 'stuck', handle: () => new Promise(() => undefined) });
    const work = defineHandler({ type: 'work', handle: () => wait(1) });
    gateway = await startTestGateway([stuck, work], { pipelines: { stuck: { slots: 4 }, default: { slots: 8192 } } });
    const clients = await Promise.all(Array.from({ length: 20 }, () => TestClient.connect(gateway.port)));
    const fillers = clients.slice(0, 10).map((client) => new Busy(client, 'stuck'));
    const others = clients.slice(10).map((client) => new Busy(client, 'work'));
    await vi.waitFor(() => expect(others.every(({ window }) => window >= 256)).toBe(true), { timeout: 5000 });
    expect(fillers.every(({ window, underWay }) => window === underWay && window <= 64)).toBe(true);
    for (const busy of [...fillers, ...others]) busy.stop();
    await Promise.all(clients.map((client) => client.close()));
    await expectConservation(gateway);
  });
});
