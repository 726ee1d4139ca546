/** What a subscription takes, and a topic: the memory of the gateway before and after there are many, without garbage. */
import { withTarget } from '../bench/target.js';
import type { Encoding } from '../client/order.js';
import { messageData } from './fanout-message.js';
import { FrameClient } from './frame-client.js';
import { fanoutGateway } from './measure-fanout.js';

/** Memory of the gateway in bytes. */
interface MemoryReading {
  /** All that is resident: it seldom falls, since the allocator keeps what it has. */
  readonly rss: number;
  readonly heapUsed: number;
  /** Outside the heap and counted by it; array buffers are in it. */
  readonly external: number;
}

/** What one thing takes, in bytes. */
export interface MemoryFigure {
  readonly what: string;
  readonly count: number;
  /** Heap and what hangs on it, all garbage collected. */
  readonly heapBytes: number;
  readonly rssBytes: number;
}

const sockets = 1000;
const sharedTopics = 100;
const topics = 40;
const touchedAtOnce = 1000;

/** Measures one gateway, step by step. @throws when it refuses anything */
export function measureMemory(encoding: Encoding, say: (text: string) => void): Promise<MemoryFigure[]> {
  return withTarget({ target: 'gateway' }, fanoutGateway, async ({ port }) => {
    const control = await FrameClient.open(port, encoding);
    const clients: FrameClient[] = [];
    const steps = new Steps(control, say);
    try {
      await steps.begin();
      await steps.step('session', sockets, async () => {
        for (let at = 0; at < sockets; at += 1) clients.push(await FrameClient.open(port, encoding));
      });
      await steps.step('subscription', sockets * sharedTopics, () =>
        subscribe(clients, sharedTopics, (_, id) => `shared.${id}`),
      );
      await steps.step('closed subscription', sockets * sharedTopics, () => cancel(clients, sharedTopics));
      await steps.step('topic with a subscription', sockets * topics, () =>
        subscribe(clients, topics, (client, id) => `own.${client}.${id}`),
      );
      await steps.step('closed subscription of its own topic', sockets * topics, () => cancel(clients, topics));
      await steps.step('topic with one message', sockets * topics, () => touch(control, sockets * topics));
      return steps.figures;
    } finally {
      for (const client of [control, ...clients]) client.close();
    }
  });
}

/** Reads memory around each step. */
class Steps {
  readonly figures: MemoryFigure[] = [];
  private readonly control: FrameClient;
  private readonly say: (text: string) => void;
  private before: MemoryReading = { rss: 0, heapUsed: 0, external: 0 };

  constructor(control: FrameClient, say: (text: string) => void) {
    this.control = control;
    this.say = say;
  }

  async begin(): Promise<void> {
    // What the first garbage collection compiles and allocates is not a session's.
    await this.read();
    this.before = await this.read();
  }

  async step(what: string, count: number, act: () => Promise<void>): Promise<void> {
    this.say(`memory: ${what}, ${count.toLocaleString('en')} of them`);
    await act();
    const now = await this.read();
    const heapBytes = now.heapUsed + now.external - this.before.heapUsed - this.before.external;
    this.figures.push({ what, count, heapBytes: heapBytes / count, rssBytes: (now.rss - this.before.rss) / count });
    this.before = now;
  }

  private async read(): Promise<MemoryReading> {
    return (await this.control.request('bench.memory', {})) as MemoryReading;
  }
}

async function subscribe(
  clients: readonly FrameClient[],
  each: number,
  topicOf: (client: number, id: number) => string,
): Promise<void> {
  for (const [index, client] of clients.entries()) {
    const before = client.heard.get('subscribed') ?? 0;
    const frames = ids(each).map((id) => ({ op: 'subscribe', id, topic: topicOf(index, id) }));
    await client.say(frames);
    const opened = (client.heard.get('subscribed') ?? 0) - before;
    if (opened !== each) throw new Error(`expected ${each} subscriptions, got ${opened}`);
  }
}

async function cancel(clients: readonly FrameClient[], each: number): Promise<void> {
  for (const client of clients) await client.say(ids(each).map((id) => ({ op: 'cancel', id })));
}

async function touch(control: FrameClient, count: number): Promise<void> {
  for (let first = 0; first < count; first += touchedAtOnce) {
    await control.request('bench.touch', { prefix: 'once', first, count: touchedAtOnce, data: messageData(first) });
  }
}

function ids(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at + 1);
}
