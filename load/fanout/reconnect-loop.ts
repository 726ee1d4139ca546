/**
 * A crowd that loses all its connections at one moment and comes back at once. Each client is subscribed, every other
 * one to a topic all of them share, and has a request or a stream open; what is published goes on all the time.
 */
import { ServerWatch } from '../bench/server-watch.js';
import { openAll } from '../client/open-all.js';
import { FrameClient } from './frame-client.js';
import { noResumeFaults, type ReconnectOrder, type ReconnectResult } from './reconnect-order.js';
import type { ResumeTally } from './resume-ledger.js';
import { ResumingClient } from './resuming-client.js';

const sharedTopic = 'crowd.shared';
const ownPrefix = 'crowd.own';
const tickEveryMs = 1000;
const tellEveryMs = 1000;
const publishEveryMs = 50;
/** Topics of single clients that are published to at a time. */
const ownAtOnce = 25;
/** The shared topic is published to so often less. */
const sharedEvery = 5;
const lookEveryMs = 10;
const triesMax = 50;
const tryAgainMs = 100;

/** Runs one order to its end. @throws when it cannot begin, or somebody stays away */
export async function runReconnect(order: ReconnectOrder): Promise<ReconnectResult> {
  const startedAtMs = epochMs();
  const crowd = new Crowd(order);
  const watch = new ServerWatch(order.serverPid);
  watch.measuredIn(0);
  try {
    await crowd.begin();
    await pause(order.steadyMs);
    const cut = { atMs: epochMs(), cpu: process.cpuUsage(), looks: rssOf(watch).length };
    crowd.cut();
    await crowd.comeBack();
    const backAtMs = epochMs();
    const { user, system } = process.cpuUsage(cut.cpu);
    await pause(order.steadyMs);
    await crowd.end();
    const rss = rssOf(watch);
    const { tally, firstFault, retried } = crowd;
    return {
      resumedMs: tally.faults.sessions === 0 ? backAtMs - cut.atMs : undefined,
      retried,
      messages: tally.messages,
      replayed: tally.replayed,
      items: tally.items,
      faults: tally.faults,
      ...(firstFault === undefined ? {} : { firstFault }),
      rss: { beforeBytes: rss[cut.looks - 1] ?? 0, peakBytes: Math.max(...rss), afterBytes: rss.at(-1) ?? 0 },
      clientBusy: (user + system) / 1000 / (backAtMs - cut.atMs),
      startedAtMs,
      cutAtMs: cut.atMs,
      backAtMs,
      endedAtMs: epochMs(),
    };
  } finally {
    watch.stop();
    crowd.close();
  }
}

class Crowd {
  firstFault: string | undefined;
  retried = 0;
  readonly tally: ResumeTally = {
    faults: noResumeFaults(),
    messages: 0,
    replayed: 0,
    items: 0,
    note: (fault) => {
      this.firstFault ??= fault;
    },
  };
  private readonly order: ReconnectOrder;
  private readonly clients: readonly ResumingClient[];
  /** Topic of a client's own, by the client's place → messages published to it; −1 is the shared one. */
  private readonly published = new Map<number, number>();
  private control: FrameClient | undefined;
  private publishing = Promise.resolve();
  private isPublishing = true;
  private teller: NodeJS.Timeout | undefined;

  constructor(order: ReconnectOrder) {
    this.order = order;
    this.clients = Array.from({ length: order.clients }, (_, index) => this.clientAt(index));
  }

  async begin(): Promise<void> {
    this.control = await FrameClient.open(this.order.port, 'json');
    await openAll(this.clients);
    this.teller = setInterval(() => {
      for (const client of this.clients) client.tell();
    }, tellEveryMs);
    this.publishing = this.publish(this.control);
    // It is awaited at the end.
    this.publishing.catch(() => undefined);
  }

  cut(): void {
    for (const client of this.clients) client.cut();
  }

  /** @throws when somebody could not connect, though it tried again and again */
  async comeBack(): Promise<void> {
    const untilMs = performance.now() + this.order.withinMs;
    await Promise.all(this.clients.map((client) => this.tryUntil(client, untilMs)));
  }

  /** Stops publishing, lets all that is held end, and waits for the last of everything. */
  async end(): Promise<void> {
    this.isPublishing = false;
    await this.publishing;
    await this.control?.request('bench.release', {});
    const untilMs = performance.now() + this.order.withinMs;
    while (!this.clients.every((_, at) => this.hasAll(at)) && performance.now() < untilMs) await pause(lookEveryMs);
    for (const [at, { ledger }] of this.clients.entries()) ledger.close(this.offsetOf(at));
  }

  close(): void {
    this.isPublishing = false;
    clearInterval(this.teller);
    this.cut();
    this.control?.close();
  }

  private clientAt(index: number): ResumingClient {
    const { tally, order } = this;
    const topic = isSharing(index) ? sharedTopic : `${ownPrefix}.${index}`;
    const common = { port: order.port, topic, tally };
    // So that both kinds of topic have both kinds of operation.
    if ((index >> 1) % 2 === 0) {
      const event = { type: 'bench.ticks', data: { everyMs: tickEveryMs } };
      return new ResumingClient({ ...common, event, outcome: 'stream' });
    }
    return new ResumingClient({
      ...common,
      event: { type: 'bench.hold', data: { index } },
      outcome: { data: { index } },
    });
  }

  private async tryUntil(client: ResumingClient, untilMs: number): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await client.resume();
      } catch (error) {
        if (tries >= triesMax || performance.now() > untilMs) throw error;
        if (tries === 1) this.retried += 1;
        await pause(tryAgainMs);
      }
    }
  }

  /** Goes round the topics, one request at a time, until it is stopped. */
  private async publish(control: FrameClient): Promise<void> {
    const { clients } = this.order;
    for (let round = 0, first = 0; this.isPublishing; round += 1) {
      const count = Math.min(ownAtOnce, clients - first);
      await control.request('bench.touch', { prefix: ownPrefix, first, count, data: { round } });
      for (let at = first; at < first + count; at += 1) this.count(at);
      first = first + count === clients ? 0 : first + count;
      if (round % sharedEvery === 0) {
        await control.request('bench.publish', { topic: sharedTopic, data: { round } });
        this.count(-1);
      }
      await pause(publishEveryMs);
    }
  }

  private count(topic: number): void {
    this.published.set(topic, (this.published.get(topic) ?? 0) + 1);
  }

  private offsetOf(client: number): number {
    return this.published.get(isSharing(client) ? -1 : client) ?? 0;
  }

  private hasAll(at: number): boolean {
    const ledger = this.clients[at]?.ledger;
    return ledger?.isOver === true && ledger.offset >= this.offsetOf(at);
  }
}

function isSharing(client: number): boolean {
  return client % 2 === 0;
}

function rssOf(watch: ServerWatch): readonly number[] {
  return (watch.samples().of.rss ?? []).map((mib) => mib * 2 ** 20);
}

function epochMs(): number {
  return performance.timeOrigin + performance.now();
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
