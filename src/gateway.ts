/**
 * The composition root: joins the rooms in the order an event walks through them.
 *
 *     socket ─► listener ─► codec ─► sessions ─► admission ─► pipelines ┄pull┄► handlers ─► replies ─► socket
 *
 * Everything up to the pipelines' queues is synchronous and ends in accepted or refused; everything behind them is
 * pulled by a free slot, a stream's credit, or a socket with room. Room that frees becomes credit again.
 */
import { Admission } from './admission/admission.js';
import { Budget } from './admission/budget.js';
import { CreditLedger } from './admission/credit-ledger.js';
import { jsonCodec } from './codec/codecs.js';
import type { Config } from './config/schema.js';
import { Drain } from './drain.js';
import type { Engine } from './engine/engine.js';
import { EventFlow } from './event-flow.js';
import { buildRoutes } from './handlers/routes.js';
import { eventsRoute, healthRoutes } from './http-api.js';
import { createListener, type Listener } from './listener/listener.js';
import { systemClock } from './model/clock.js';
import { Counters } from './model/counters.js';
import type { EventRecord } from './model/event-record.js';
import { LoopTurn } from './model/loop-turn.js';
import { pageRoutes } from './pages/page-routes.js';
import { readPages } from './pages/read-pages.js';
import { OutboxPool } from './replies/outbox-pool.js';
import { TopicStreams } from './replies/topic-streams.js';
import { Safeguards } from './safeguards.js';
import { socketApi } from './socket-api.js';
import type { GatewayLog } from './telemetry/log.js';
import { createMetrics } from './telemetry/metrics.js';
import { topicRoutes } from './topic-api.js';
import { TopicFlow } from './topic-flow.js';

export interface GatewayParts {
  readonly log: GatewayLog;
  /** What `defineHandler`, `defineProcessor` and `definePublisher` returned; anything else is ignored. */
  readonly handlers: readonly unknown[];
  /** Where topics, outcomes and presence are kept; the gateway closes it. @default in the memory of the process */
  readonly engine?: Engine;
}

/** What is in use at this moment. At rest all are zero but `sessions`, `away`, their `credit` and their `subscriptions`. */
export interface InUse {
  /** Accepted events that have not ended. */
  readonly events: number;
  readonly bytes: number;
  readonly waiting: number;
  /** Slots. */
  readonly busy: number;
  /** With a socket. */
  readonly sessions: number;
  /** Sessions whose clients may come back. */
  readonly away: number;
  /** Those over HTTP included. */
  readonly subscriptions: number;
  /** Events that sessions may send, or have sent and that have not ended. */
  readonly credit: number;
}

export interface Gateway {
  /** Where clients connect over HTTP; the WebSocket is at `/v1/socket`. */
  readonly url: string;
  readonly port: number;
  readonly adminPort: number;
  readonly counters: Counters;
  inUse(): InUse;
  /** Refuses new work, finishes what is accepted, closes. Resolves when done, or at the drain's deadline. */
  drain(): Promise<void>;
  /** Cuts everything at once. */
  close(): void;
}

/**
 * Starts a gateway. Rejects when a handler or route is declared wrongly, a page cannot be read, or a port is taken.
 * @param config a whole, checked configuration: from `loadConfig` or `resolveConfig`
 */
export async function startGateway(config: Config, { log, handlers, engine }: GatewayParts): Promise<Gateway> {
  // Before anything else is made: what cannot be read is an error.
  const pages = pageRoutes(readPages(config.pages), log);

  const turn = new LoopTurn();
  const clock = systemClock(turn);
  const counters = new Counters();
  const inFlight = (): number => counters.accepted - counters.succeeded - counters.failed;

  // Beside: what goes by topics. Before the sessions, whose outboxes are written when a turn of the event loop ends.
  const topicFlow = new TopicFlow({ config, clock, turn, log, engine });
  const { topics, rights } = topicFlow;

  const routes = buildRoutes({
    handlers: topicFlow.handlersOf(handlers),
    overrides: config.routes,
    pipelines: config.pipelines,
  });

  // In: one budget for all that waits or runs, and the sessions' credit cut from it.
  const budget = new Budget(config.budget);
  const pool = new OutboxPool({
    bytesMax: config.reply.allBytesMax,
    onTooMuch: (closed, bytes) => log.warn({ closed, bytes }, 'the slowest clients were closed: replies of all wait'),
  });
  const safeguards = new Safeguards({
    config,
    clock,
    turn,
    log,
    routes: routes.all,
    bytesShare: () => budget.bytes / config.budget.bytes,
  });
  const admission = new Admission({
    budget,
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

  // Through: queues, slots, handlers, outcomes.
  const flow: EventFlow = new EventFlow({
    clock,
    turn,
    counters,
    log,
    routes,
    admission,
    ledger,
    safeguards,
    config,
    outcomes: topicFlow.engine.outcomes,
    topics: topicFlow,
    isPressed: () => budget.isPressed,
    bridgeItemsMax: config.stream.bridgeItemsMax,
  });

  // Out, and the edges: sessions, HTTP, metrics.
  const isDraining = (): boolean => drain?.hasStarted ?? false;
  const { sessions, handler } = socketApi({
    config,
    log,
    turn,
    clock,
    counters,
    admission,
    ledger,
    flow,
    safeguards,
    topics,
    rights,
    pool,
    isDraining,
  });
  const metrics = createMetrics({
    counters,
    sessionsOpen: () => sessions.size,
    sessionsAway: () => sessions.away,
    creditOutstanding: () => ledger.outstanding,
    budget: () => ({ itemsUsed: budget.items, bytesUsed: budget.bytes, ...config.budget }),
    pipelines: () => flow.pipelines,
    safeguards: () => safeguards,
    outboxBytes: () => pool.bytes,
    topics: () => topics,
  });
  const requests = new Set<EventRecord>();
  const streams = new TopicStreams({ clock, codec: jsonCodec, streamsMax: config.topics.streamsMax });
  const health = { isReady: () => !isDraining() };
  const [listener, admin] = await listenBoth(
    () =>
      createListener(
        { ...config.listen, turn },
        handler,
        [
          eventsRoute({
            admission,
            counters,
            flow,
            open: requests,
            ...config.listen,
            replyBytesMax: config.reply.bytesMax,
          }),
          ...topicRoutes({
            publish: (topic, data, key) => topics.publish(topic, data, key),
            subscribe: (request, subscriber) => topics.subscribe(request, subscriber),
            rights,
            ...config.listen,
            isDraining,
            streams,
            log,
          }),
          ...healthRoutes({ ...health, metrics: config.listen.metrics ? metrics : undefined }),
          ...pages,
        ],
        log,
      ),
    () =>
      createListener({ ...config.listen, ...config.admin, turn }, undefined, healthRoutes({ ...health, metrics }), log),
  );

  safeguards.start();
  topicFlow.start();

  const close = (): void => {
    listener.close();
    admin.close();
    sessions.stop();
    safeguards.close();
    topicFlow.close();
    flow.close();
  };
  const drain: Drain | undefined = new Drain({
    clock,
    admission,
    sessions,
    streams,
    inFlight,
    ...config.drain,
    settleTopics: () => topicFlow.settle(),
    giveUp(message) {
      const left = [...requests, ...sessions.openEvents()];
      // What waits first: it would have the slots of what runs.
      for (const record of left) if (record.state === 'waiting') flow.giveUp(record, message);
      for (const record of left) flow.giveUp(record, message);
      flow.giveUpAbandoned(message);
    },
    stop: close,
  });

  return {
    url: `http://${listener.host.includes(':') ? `[${listener.host}]` : listener.host}:${listener.port}`,
    port: listener.port,
    adminPort: admin.port,
    counters,
    inUse: () => ({
      events: inFlight(),
      bytes: budget.bytes,
      waiting: flow.pipelines.reduce((sum, { waiting }) => sum + waiting, 0),
      busy: flow.pipelines.reduce((sum, { busy }) => sum + busy, 0),
      sessions: sessions.size,
      away: sessions.away,
      subscriptions: topics.subscriptions,
      credit: ledger.outstanding,
    }),
    drain: () => drain.start(),
    close,
  };
}

/** Opens both listeners, or neither. */
async function listenBoth(
  first: () => Promise<Listener>,
  second: () => Promise<Listener>,
): Promise<readonly [Listener, Listener]> {
  const opened = await first();
  try {
    return [opened, await second()];
  } catch (error) {
    opened.close();
    throw error;
  }
}
