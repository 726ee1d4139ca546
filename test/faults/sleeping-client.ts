/**
 * A client in a process of its own, which a test can stop and let go on: reads a stream that counts, and follows a topic
 * to which numbers are published all the while. Whenever it is asked, it tells how far it has got.
 */
import { type ConnectionState, connect } from '../../src/client.js';
import { Gathered } from './gathered.js';

/** What it has seen. */
export interface SleeperReport {
  readonly states: readonly ConnectionState[];
  readonly items: number;
  readonly messages: number;
  /** Messages there were in all; undefined while they are being published. */
  readonly announced: number | undefined;
  /** The stream has come to its end. */
  readonly isOver: boolean;
  readonly problems: readonly string[];
}

const everyMs = 10;
const [url = '', connectTimeoutMs = ''] = process.argv.slice(2);
const client = connect(url, {
  connectTimeoutMs: Number(connectTimeoutMs),
  reconnect: { minMs: 50, maxMs: 200 },
});

const states: ConnectionState[] = [];
const problems: string[] = [];
const news = new Gathered();
let items = 0;
let announced: number | undefined;
let isOver = false;

const tell = (what: string) => (error: unknown) => void problems.push(`${what}: ${String(error)}`);

async function readStream(): Promise<void> {
  for await (const item of client.stream('ledger.counting', { everyMs })) {
    items += 1;
    if (item !== items) problems.push(`expected item ${items}, got ${item}`);
  }
  isOver = true;
}

function numbersAmiss(): string[] {
  const numbers = news.numbers.get('news') ?? [];
  const at = numbers.findIndex((n, i) => n !== i + 1);
  return at < 0 ? [] : [`expected message ${at + 1}, got ${numbers[at]}`];
}

client.state$.subscribe((state) => void states.push(state));
news.read(client.subscribe('news')).catch(tell('the subscription'));
readStream().catch(tell('the stream'));
client.request('ledger.announcing', { topic: 'news', everyMs }).then((count) => {
  announced = count as number;
}, tell('the request'));

process.on('message', () => {
  const gaps = news.gaps.map((gap) => `expected no gap, got ${JSON.stringify(gap)}`);
  const all = [...problems, ...news.problems, ...gaps, ...numbersAmiss()];
  process.send?.({ states, items, messages: news.count, announced, isOver, problems: all } satisfies SleeperReport);
});
