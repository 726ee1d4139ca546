/** Sessions over sockets without a network, with everything behind them, and a clock that stands still. */
import { Packr, Unpackr } from 'msgpackr';
import { Admission } from '../../src/admission/admission.js';
import { Budget } from '../../src/admission/budget.js';
import { CreditLedger } from '../../src/admission/credit-ledger.js';
import { resolveConfig } from '../../src/config/schema.js';
import { EventFlow } from '../../src/event-flow.js';
import { buildRoutes } from '../../src/handlers/routes.js';
import { Counters } from '../../src/model/counters.js';
import { LoopTurn } from '../../src/model/loop-turn.js';
import { OutboxPool } from '../../src/replies/outbox-pool.js';
import { Safeguards } from '../../src/safeguards.js';
import { socketApi } from '../../src/socket-api.js';
import { TopicFlow } from '../../src/topic-flow.js';
import { TestClock } from './test-clock.js';
import { TestSocket } from './test-socket.js';

type Api = ReturnType<typeof socketApi>;
type Opened = ReturnType<Api['handler']['open']>;
export type SentFrame = Readonly<Record<string, unknown>>;

const packr = new Packr({ useRecords: false });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });

/** A socket that is gone as soon as it is ended, as the real one is. */
class EndingSocket extends TestSocket {
  onEnded: (code: number, reason: string) => void = () => undefined;

  override end(code: number, reason: string): void {
    const wasOpen = this.isOpen;
    super.end(code, reason);
    if (wasOpen) this.onEnded(code, reason);
  }
}

/** One client. */
export class TestConnection {
  readonly socket = new EndingSocket();
  readonly #api: Api;
  readonly #encoding: 'json' | 'msgpack';
  readonly #opened: Opened;

  constructor(api: Api, encoding: 'json' | 'msgpack') {
    this.#api = api;
    this.#encoding = encoding;
    this.#opened = api.handler.open(this.socket, `sluice.v1.${encoding}`);
    this.socket.onEnded = (code, reason) => api.handler.close(this.#opened, code, reason);
  }

  /** The code it was closed with. */
  get closeCode(): number | undefined {
    return this.socket.ended?.code;
  }

  /** All that was sent to it. */
  get frames(): SentFrame[] {
    const messages: unknown[] = this.socket.sent.map((sent) =>
      typeof sent === 'string' ? JSON.parse(sent) : unpackr.unpack(sent),
    );
    return messages.flat() as SentFrame[];
  }

  errors(): SentFrame[] {
    return this.frames.filter(({ op }) => op === 'error');
  }

  /** Sends one frame, or several as one array. */
  send(message: unknown): void {
    const isText = this.#encoding === 'json';
    const bytes = isText ? Buffer.from(JSON.stringify(message)) : packr.pack(message);
    this.#api.handler.message(this.#opened, Uint8Array.from(bytes).buffer, !isText);
  }

  /** Answers a ping of the WebSocket layer. */
  pong(): void {
    this.#api.handler.heard(this.#opened, this.socket.mark);
  }

  /** The network is gone. */
  vanish(): void {
    this.socket.isOpen = false;
    this.#api.handler.close(this.#opened, 1006, '');
  }
}

export class TestSessions {
  readonly clock = new TestClock();
  readonly counters = new Counters();
  /** What was logged as an error. */
  readonly logged: unknown[] = [];
  readonly #api: Api;
  readonly #topics: TopicFlow;

  /** @param parts configuration as a user would write it */
  constructor(handlers: readonly unknown[] = [], parts: Parameters<typeof resolveConfig>[0] = {}) {
    const { clock, counters } = this;
    const config = resolveConfig(parts);
    const log = {
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: (fields: unknown) => this.logged.push(fields),
      child: () => log,
    };
    const turn = new LoopTurn();
    const topicFlow = new TopicFlow({ config, clock, turn, log: log as never });
    const routes = buildRoutes({
      handlers: topicFlow.handlersOf(handlers),
      overrides: config.routes,
      pipelines: config.pipelines,
    });
    const pool = new OutboxPool({ bytesMax: config.reply.allBytesMax });
    const safeguards = new Safeguards({
      config,
      clock,
      turn: new LoopTurn(),
      log: log as never,
      routes: routes.all,
      bytesShare: () => 0,
    });
    const admission = new Admission({
      budget: new Budget(config.budget),
      counters,
      clock,
      findRoute: routes.find,
      allowsAnonymousCritical: config.anonymous.critical,
      guard: safeguards,
    });
    const ledger = new CreditLedger({
      ...config.window,
      ...config.session,
      capacity: config.budget.items - config.budget.reserve,
      now: () => clock.turnMs(),
    });
    const { bridgeItemsMax } = config.stream;
    const flow = new EventFlow({
      clock,
      turn: new LoopTurn(),
      counters,
      log: log as never,
      routes,
      admission,
      ledger,
      safeguards,
      config,
      outcomes: topicFlow.engine.outcomes,
      topics: topicFlow,
      isPressed: () => false,
      bridgeItemsMax,
    });
    this.#topics = topicFlow;
    this.#api = socketApi({
      config,
      log: log as never,
      turn,
      clock,
      counters,
      admission,
      ledger,
      flow,
      safeguards,
      topics: topicFlow.topics,
      rights: topicFlow.rights,
      pool,
      isDraining: () => false,
    });
  }

  /** Sessions with a socket. */
  get size(): number {
    return this.#api.sessions.size;
  }

  /** Sessions whose clients are away. */
  get away(): number {
    return this.#api.sessions.away;
  }

  /** Subscriptions that are open. */
  get subscriptions(): number {
    return this.#topics.topics.subscriptions;
  }

  /** Publishes as a handler would. */
  publish(topic: string, data: unknown, key?: string): ReturnType<TopicFlow['publish']> {
    return this.#topics.publish(topic, data, { key });
  }

  connect(encoding: 'json' | 'msgpack' = 'json'): TestConnection {
    return new TestConnection(this.#api, encoding);
  }

  /** Connects, and is welcomed. */
  async welcomed(encoding: 'json' | 'msgpack' = 'json'): Promise<TestConnection> {
    const connection = this.connect(encoding);
    connection.send({ op: 'hello' });
    await this.settle();
    return connection;
  }

  /** Lets promises settle, and what was gathered in this turn of the event loop leave. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }
}
