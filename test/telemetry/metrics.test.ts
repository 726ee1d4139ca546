import { describe, expect, it } from 'vitest';
import { Counters } from '../../src/model/counters.js';
import { closeCodes } from '../../src/protocol/close-codes.js';
import { errorCodes } from '../../src/protocol/error-codes.js';
import { createMetrics, type Metrics, type MetricsParts } from '../../src/telemetry/metrics.js';

const pipelines = [
  { name: 'default', waiting: 3, busy: 2, slots: 256, parked: 7, delayMs: 1500, isStanding: true },
  { name: 'orders', waiting: 0, busy: 1, slots: 4, parked: 0, delayMs: 0, isStanding: false },
];

function metricsOf(parts: Partial<MetricsParts> = {}): { readonly metrics: Metrics; readonly counters: Counters } {
  const counters = parts.counters ?? new Counters();
  const metrics = createMetrics({
    counters,
    sessionsOpen: () => 7,
    sessionsAway: () => 2,
    creditOutstanding: () => 448,
    budget: () => ({ itemsUsed: 6, bytesUsed: 600, items: 1000, bytes: 100_000, reserve: 60 }),
    pipelines: () => pipelines,
    safeguards: () => ({ stage: 2, circuits: [['order.place', 2]] }),
    outboxBytes: () => 4096,
    topics: () => ({ published: 11, delivered: 120, missed: 13, subscriptions: 14, lagging: 3 }),
    ...parts,
  });
  return { metrics, counters };
}

/** Series as written → value. */
async function scrape(metrics: Metrics): Promise<Map<string, number>> {
  const lines = (await metrics.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

function sum(series: ReadonlyMap<string, number>, name: string): number {
  return [...series].filter(([key]) => key.startsWith(`${name}{`)).reduce((total, [, value]) => total + value, 0);
}

describe('the metrics', () => {
  it('are the numbers the rooms keep', async () => {
    const { metrics, counters } = metricsOf();
    Object.assign(counters, { received: 20, accepted: 15, succeeded: 6 });
    Object.assign(counters, {
      itemsSent: 40,
      itemsDropped: 2,
      handlersLate: 3,
      retries: 4,
      undelivered: 5,
      sessionsOpened: 9,
    });
    for (let i = 0; i < 5; i += 1) counters.refuse('resource_exhausted');
    for (let i = 0; i < 3; i += 1) counters.fail('internal');
    counters.close(1000);
    counters.close(4200);
    expect(Object.fromEntries(await scrape(metrics))).toMatchObject({
      sluice_events_received_total: 20,
      sluice_sessions_away: 2,
      sluice_messages_published_total: 11,
      sluice_messages_delivered_total: 120,
      sluice_messages_missed_total: 13,
      sluice_subscriptions_open: 14,
      sluice_subscriptions_lagging: 3,
      sluice_events_accepted_total: 15,
      'sluice_events_refused_total{code="resource_exhausted"}': 5,
      sluice_events_succeeded_total: 6,
      'sluice_events_failed_total{code="internal"}': 3,
      sluice_events_in_flight: 6,
      'sluice_pipeline_parked{pipeline="default"}': 7,
      'sluice_pipeline_delay_seconds{pipeline="default"}': 1.5,
      'sluice_pipeline_standing{pipeline="default"}': 1,
      'sluice_pipeline_standing{pipeline="orders"}': 0,
      sluice_pressure_stage: 2,
      'sluice_handler_circuit{type="order.place"}': 2,
      sluice_outbox_bytes: 4096,
      sluice_outcomes_undelivered_total: 5,
      sluice_handler_retries_total: 4,
      sluice_handlers_late_total: 3,
      sluice_stream_items_sent_total: 40,
      sluice_stream_items_dropped_total: 2,
      sluice_sessions_opened_total: 9,
      'sluice_sessions_closed_total{code="1000"}': 1,
      'sluice_sessions_closed_total{code="4200"}': 1,
      sluice_sessions_open: 7,
      sluice_credit_outstanding: 448,
      sluice_credit_capacity: 940,
      sluice_budget_items_used: 6,
      sluice_budget_items_max: 1000,
      sluice_budget_bytes_used: 600,
      sluice_budget_bytes_max: 100_000,
      'sluice_pipeline_waiting{pipeline="default"}': 3,
      'sluice_pipeline_busy{pipeline="default"}': 2,
      'sluice_pipeline_slots{pipeline="default"}': 256,
      'sluice_pipeline_busy{pipeline="orders"}': 1,
    });
  });

  it('are read anew at each scrape, and never added up twice', async () => {
    const { metrics, counters } = metricsOf();
    counters.received = 1;
    expect((await scrape(metrics)).get('sluice_events_received_total')).toBe(1);
    counters.received = 4;
    expect((await scrape(metrics)).get('sluice_events_received_total')).toBe(4);
    expect((await scrape(metrics)).get('sluice_events_received_total')).toBe(4);
  });

  it('add up inside one scrape, however fast events come and however many scrape at once', async () => {
    const { metrics, counters } = metricsOf();
    let isOver = false;
    const event = (): void => {
      counters.received += 1;
      if (counters.received % 3 === 0) counters.refuse('resource_exhausted');
      else counters.accepted += 1;
      if (counters.accepted % 5 === 0) counters.fail('internal');
      else if (counters.accepted % 2 === 0) counters.succeeded += 1;
      if (!isOver) queueMicrotask(event);
    };
    const traffic = setInterval(() => {
      for (let i = 0; i < 10; i += 1) event();
      isOver = true;
    }, 1);
    const scrapes = await Promise.all(Array.from({ length: 20 }, () => scrape(metrics)));
    for (let i = 0; i < 5; i += 1) scrapes.push(await scrape(metrics));
    clearInterval(traffic);
    for (const series of scrapes) {
      const value = (name: string) => series.get(`sluice_events_${name}`) ?? Number.NaN;
      const refused = sum(series, 'sluice_events_refused_total');
      const failed = sum(series, 'sluice_events_failed_total');
      expect(value('received_total')).toBe(value('accepted_total') + refused);
      expect(value('accepted_total')).toBe(value('succeeded_total') + failed + value('in_flight'));
    }
  });

  it('show every error and close code from the start, so that the first of its kind is seen as a rise', async () => {
    const series = await scrape(metricsOf().metrics);
    for (const code of Object.keys(errorCodes)) {
      expect(series.get(`sluice_events_refused_total{code="${code}"}`)).toBe(0);
      expect(series.get(`sluice_events_failed_total{code="${code}"}`)).toBe(0);
    }
    for (const { code } of Object.values(closeCodes)) {
      expect(series.get(`sluice_sessions_closed_total{code="${code}"}`)).toBe(0);
    }
  });

  it('do not grow with close codes that clients make up', async () => {
    const { metrics, counters } = metricsOf();
    const before = (await scrape(metrics)).size;
    for (let code = 3000; code < 4000; code += 1) counters.close(code);
    const series = await scrape(metrics);
    expect(series.size).toBe(before);
    expect(series.get('sluice_sessions_closed_total{code="other"}')).toBe(1000);
  });

  it('are each explained, with their kind', async () => {
    const text = await metricsOf().metrics.text();
    const names = new Set([...text.matchAll(/^(sluice_\w+)/gm)].map(([, name]) => name as string));
    expect(names.size).toBeGreaterThan(20);
    for (const name of names) {
      expect(text).toMatch(new RegExp(`^# HELP ${name} \\S.{10,}$`, 'm'));
      expect(text).toMatch(new RegExp(`^# TYPE ${name} ${name.endsWith('_total') ? 'counter' : 'gauge'}$`, 'm'));
    }
  });

  it('tell of the process too', async () => {
    const series = await scrape(metricsOf().metrics);
    expect([...series.keys()]).toEqual(
      expect.arrayContaining(['process_resident_memory_bytes', 'nodejs_eventloop_lag_p99_seconds']),
    );
  });

  it('of two gateways in one process do not meet', async () => {
    const one = metricsOf();
    const two = metricsOf();
    one.counters.received = 5;
    expect((await scrape(two.metrics)).get('sluice_events_received_total')).toBe(0);
    expect((await scrape(one.metrics)).get('sluice_events_received_total')).toBe(5);
  });

  it('say which format they are in', () => {
    expect(metricsOf().metrics.contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
  });
});
