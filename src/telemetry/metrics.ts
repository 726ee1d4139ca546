/**
 * Prometheus metrics, made when they are asked for: the plain numbers the rooms keep anyway are read in one turn, so
 * that the sums hold inside every scrape. Events cost nothing here.
 *
 *     received = accepted + refused        accepted = succeeded + failed + in flight
 */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Counters } from '../model/counters.js';
import { closeCodes } from '../protocol/close-codes.js';
import { errorCodes } from '../protocol/error-codes.js';

/** What is in use of the budget, and how much there is. */
interface BudgetUse {
  readonly itemsUsed: number;
  readonly bytesUsed: number;
  readonly items: number;
  readonly bytes: number;
  /** Items that are not given out as credit. */
  readonly reserve: number;
}

/** One pipeline, as it is now. */
interface PipelineUse {
  readonly name: string;
  readonly waiting: number;
  readonly busy: number;
  readonly slots: number;
  readonly parked: number;
  readonly delayMs: number;
  readonly isStanding: boolean;
}

/** What keeps too much away, as it is now. */
interface SafeguardUse {
  readonly stage: number;
  /** Route → 0 closed, 1 half open, 2 open. */
  readonly circuits: Iterable<readonly [pattern: string, state: number]>;
}

/** Topics, as they are now. */
interface TopicUse {
  readonly published: number;
  readonly delivered: number;
  readonly missed: number;
  readonly subscriptions: number;
  readonly lagging: number;
}

/** Everything is asked for anew at each scrape. */
export interface MetricsParts {
  readonly counters: Counters;
  readonly sessionsOpen: () => number;
  /** Sessions whose clients may come back. */
  readonly sessionsAway: () => number;
  readonly creditOutstanding: () => number;
  readonly budget: () => BudgetUse;
  readonly pipelines: () => readonly PipelineUse[];
  readonly safeguards: () => SafeguardUse;
  /** Bytes that wait to be sent to clients. */
  readonly outboxBytes: () => number;
  readonly topics: () => TopicUse;
}

export interface Metrics {
  /** All metrics in the text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** Metrics with a registry of their own: two gateways in one process do not meet. */
export function createMetrics(parts: MetricsParts): Metrics {
  const registry = new Registry();
  for (const series of [
    ...eventSeries(parts),
    ...sessionSeries(parts),
    ...roomSeries(parts),
    ...safeguardSeries(parts),
    ...topicSeries(parts),
  ]) {
    const { label } = series;
    const configuration = {
      name: `sluice_${series.name}`,
      help: series.help,
      labelNames: label === undefined ? [] : [label],
      registers: [registry],
    };
    if (series.name.endsWith('_total')) {
      new Counter({
        ...configuration,
        collect() {
          this.reset();
          for (const [value, labels] of readings(series)) this.inc(labels, value);
        },
      });
    } else {
      new Gauge({
        ...configuration,
        collect() {
          this.reset();
          for (const [value, labels] of readings(series)) this.set(labels, value);
        },
      });
    }
  }
  collectDefaultMetrics({ register: registry });
  return { text: () => registry.metrics(), contentType: registry.contentType };
}

/** One metric. Names that end in `_total` are counters, all others gauges. */
interface Series {
  readonly name: string;
  readonly help: string;
  readonly label?: string;
  /** A number, or one for each value of the label. */
  read(): number | Iterable<readonly [labelValue: string | number, value: number]>;
}

function* readings({ label, read }: Series): Generator<[number, Record<string, string | number>]> {
  const value = read();
  if (typeof value === 'number') yield [value, {}];
  else for (const [labelValue, one] of value) yield [one, { [label as string]: labelValue }];
}

function eventSeries({ counters }: MetricsParts): Series[] {
  const errors = Object.keys(errorCodes);
  const label = 'code';
  return [
    { name: 'events_received_total', help: 'Events read, whatever became of them.', read: () => counters.received },
    { name: 'events_accepted_total', help: 'Events taken into a queue.', read: () => counters.accepted },
    {
      name: 'events_refused_total',
      help: 'Events that were not accepted, by error code.',
      label,
      read: () => withZeros(errors, counters.refusedBy),
    },
    { name: 'events_succeeded_total', help: 'Accepted events that ended well.', read: () => counters.succeeded },
    {
      name: 'events_failed_total',
      help: 'Accepted events that ended with an error, by its code.',
      label,
      read: () => withZeros(errors, counters.failedBy),
    },
    {
      name: 'events_in_flight',
      help: 'Accepted events that have not ended.',
      read: () => counters.accepted - counters.succeeded - counters.failed,
    },
    {
      name: 'outcomes_undelivered_total',
      help: 'Outcomes whose session had ended before they could be sent.',
      read: () => counters.undelivered,
    },
    { name: 'handler_retries_total', help: 'Attempts after the first.', read: () => counters.retries },
    {
      name: 'handlers_late_total',
      help: 'Answers of handlers that came after their events had ended.',
      read: () => counters.handlersLate,
    },
    { name: 'stream_items_sent_total', help: 'Items of result streams sent.', read: () => counters.itemsSent },
    {
      name: 'stream_items_dropped_total',
      help: 'Items of result streams that were left out, as the client asked for or because it had gone.',
      read: () => counters.itemsDropped,
    },
  ];
}

function sessionSeries({ counters, sessionsOpen, sessionsAway, creditOutstanding, budget }: MetricsParts): Series[] {
  return [
    { name: 'sessions_opened_total', help: 'WebSocket connections opened.', read: () => counters.sessionsOpened },
    {
      name: 'sessions_closed_total',
      help: 'WebSocket connections closed, by close code; codes that clients made up are `other`.',
      label: 'code',
      read: () => closedByCode(counters.closedBy),
    },
    { name: 'sessions_open', help: 'WebSocket connections open.', read: sessionsOpen },
    { name: 'sessions_away', help: 'Sessions whose clients are gone and may come back.', read: sessionsAway },
    {
      name: 'credit_outstanding',
      help: 'Events that sessions may send, or have sent and that have not ended.',
      read: creditOutstanding,
    },
    {
      name: 'credit_capacity',
      help: 'Credit that can be outstanding in all sessions together.',
      read: () => budget().items - budget().reserve,
    },
  ];
}

function roomSeries({ budget, pipelines }: MetricsParts): Series[] {
  const perPipeline = (read: (pipeline: PipelineUse) => number) => () =>
    pipelines().map((pipeline) => [pipeline.name, read(pipeline)] as const);
  const label = 'pipeline';
  return [
    { name: 'budget_items_used', help: 'Events that wait or run.', read: () => budget().itemsUsed },
    { name: 'budget_items_max', help: 'Events that may wait or run.', read: () => budget().items },
    { name: 'budget_bytes_used', help: 'Bytes of the events that wait or run.', read: () => budget().bytesUsed },
    { name: 'budget_bytes_max', help: 'Bytes that may wait or run.', read: () => budget().bytes },
    {
      name: 'pipeline_waiting',
      help: 'Events that wait for a slot.',
      label,
      read: perPipeline(({ waiting }) => waiting),
    },
    { name: 'pipeline_busy', help: 'Slots in use.', label, read: perPipeline(({ busy }) => busy) },
    { name: 'pipeline_slots', help: 'Slots there are.', label, read: perPipeline(({ slots }) => slots) },
    {
      name: 'pipeline_parked',
      help: 'Streams that wait for their clients, and have lent their slots to others.',
      label,
      read: perPipeline(({ parked }) => parked),
    },
    {
      name: 'pipeline_delay_seconds',
      help: 'Time until what waits now will have left, at what the slots finish.',
      label,
      read: perPipeline(({ delayMs }) => delayMs / 1000),
    },
    {
      name: 'pipeline_standing',
      help: 'Whether the queue stands: 1 when it only adds delay.',
      label,
      read: perPipeline(({ isStanding }) => Number(isStanding)),
    },
  ];
}

function safeguardSeries({ safeguards, outboxBytes }: MetricsParts): Series[] {
  return [
    {
      name: 'pressure_stage',
      help: 'How much the process turns away: 0 nothing, 5 new connections too.',
      read: () => safeguards().stage,
    },
    {
      name: 'handler_circuit',
      help: 'Circuit of each handler: 0 closed, 1 half open, 2 open.',
      label: 'type',
      read: () => safeguards().circuits,
    },
    { name: 'outbox_bytes', help: 'Bytes that wait to be sent to clients.', read: outboxBytes },
  ];
}

function topicSeries({ topics }: MetricsParts): Series[] {
  return [
    { name: 'messages_published_total', help: 'Messages published to topics.', read: () => topics().published },
    {
      name: 'messages_delivered_total',
      help: 'Messages given to subscribers: each counts for each.',
      read: () => topics().delivered,
    },
    {
      name: 'messages_missed_total',
      help: 'Messages subscribers were told will not come.',
      read: () => topics().missed,
    },
    { name: 'subscriptions_open', help: 'Subscriptions to topics.', read: () => topics().subscriptions },
    { name: 'subscriptions_lagging', help: 'Subscriptions that are behind.', read: () => topics().lagging },
  ];
}

/** Every known label from the start: a series that appears only with its first event hides that event from `rate()`. */
function withZeros<Label>(known: Iterable<Label>, counts: ReadonlyMap<Label, number>): ReadonlyMap<Label, number> {
  return new Map([...[...known].map((label) => [label, 0] as const), ...counts]);
}

/** Codes of RFC 6455 section 7.4.1 that are seen in practice. */
const standardCodes = [1000, 1001, 1005, 1006];

/** Clients may close with any of thousands of codes: those we do not know are one series. */
function closedByCode(counts: ReadonlyMap<number, number>): ReadonlyMap<number | string, number> {
  const known = [...standardCodes, ...Object.values(closeCodes).map(({ code }) => code)];
  const byCode = new Map<number | string, number>([...known, 'other'].map((code) => [code, 0]));
  for (const [code, count] of counts) {
    const label = byCode.has(code) ? code : 'other';
    byCode.set(label, (byCode.get(label) as number) + count);
  }
  return byCode;
}
