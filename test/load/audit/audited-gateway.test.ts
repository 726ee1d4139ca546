import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { auditRun } from '../../../load/audit/audit.js';
import { AuditClient } from '../../../load/audit/audit-client.js';
import { type AuditData, failAttemptsMax } from '../../../load/audit/audit-event.js';
import { ClientLedger } from '../../../load/audit/client-ledger.js';
import { readCountersAtRest, readGatewayCounters } from '../../../load/audit/gateway-counters.js';
import { HandlerLedger } from '../../../load/audit/handler-ledger.js';
import { connectionsOfMix, eventsOfMix, type MixedEvent } from '../../../load/audit/self-test-mix.js';
import type { Gateway } from '../../../src/gateway.js';
import { defineHandler, HandlerError } from '../../../src/index.js';
import { expectConservation, startTestGateway } from '../../support/test-gateway.js';

interface Ledger {
  line(text: string): void;
  flush(): void;
}

interface AuditModules {
  openLedger(path: string): Ledger;
  auditHandlers(parts: object): Record<string, unknown>;
}

let folder: string;
let path: string;
let ledger: Ledger;
let gateway: Gateway;
let clients: AuditClient[];
let client: ClientLedger;

async function modules(): Promise<AuditModules> {
  const urls = ['ledger-writer.mjs', 'audit-handler-set.mjs'].map(
    (name) => pathToFileURL(resolve('load/audit', name)).href,
  );
  const [writer, handlers] = await Promise.all(urls.map((url) => import(url) as Promise<object>));
  return { ...writer, ...handlers } as AuditModules;
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'audited-gateway-'));
  path = join(folder, 'handlers');
  const { openLedger, auditHandlers } = await modules();
  ledger = openLedger(path);
  const handlers = auditHandlers({ defineHandler, HandlerError, ledger });
  gateway = await startTestGateway(Object.values(handlers), {
    pipelines: { default: { slots: 8 } },
    // Handlers that fail as they are told are to be called again and again.
    breaker: { enabled: false },
  });
  client = new ClientLedger({ capacity: 1000 });
  clients = [];
  for (let connection = 0; connection < connectionsOfMix; connection += 1) {
    clients.push(await AuditClient.connect({ port: gateway.port, connection, ledger: client }));
  }
});

afterEach(async () => {
  await Promise.all(clients.map((one) => one.close()));
  await expectConservation(gateway);
  gateway.close();
  rmSync(folder, { recursive: true });
});

/** Sends with each client what it is given, and joins all records at the end. */
async function audit(eventsOf: (connection: number) => readonly MixedEvent[]) {
  const metrics = `http://127.0.0.1:${gateway.adminPort}/metrics`;
  const before = await readGatewayCounters(metrics);
  clients.forEach((one, connection) => {
    for (const event of eventsOf(connection)) one.send(event);
  });
  const answered = await Promise.all(clients.map((one) => one.untilAnswered(10_000)));
  const after = await readCountersAtRest(metrics);
  ledger.flush();
  const handler = HandlerLedger.read(path);
  return { answered, handler, verdict: auditRun({ seed: 1, client, handler, counters: { before, after } }) };
}

/** One event of `audit.fail` or `audit.keyed`; numbers begin behind those of the mix. */
function event(i: number, type: string, fields: Partial<AuditData>): MixedEvent {
  const n = 500 + i;
  const data = { n, key: -1, keySequence: 0, ...fields };
  const { key, keySequence } = data;
  const attemptsMax = type === 'audit.fail' ? failAttemptsMax : 1;
  return {
    n,
    sent: { connection: 0, key, keySequence, withId: true, wantsAck: true, attemptsMax },
    frame: { op: 'event', id: n, type, ack: true, data, ...(key < 0 ? {} : { key: `key-${key}` }) },
  };
}

describe('the gateway, audited', () => {
  it('passes with plain, keyed, silent and failing events, and with streams of both kinds', async () => {
    const { answered, handler, verdict } = await audit(eventsOfMix);
    expect(answered).toEqual([true, true, true]);
    expect(verdict).toEqual({ kind: 'ok', seed: 1, counts: {}, findings: [], checked: 96 });
    // Each once, and the failing ones once more.
    expect(handler.length).toBe(96 + 12);
  });

  it('passes when keys wait for slow events and for retries, and when attempts run out', async () => {
    const events = Array.from({ length: 60 }, (_, i) => {
      const place = { key: 100 + (i % 2), keySequence: Math.floor(i / 2) + 1 };
      return i % 2 === 0
        ? event(i, 'audit.keyed', { ...place, ms: 2 })
        : event(i, 'audit.fail', { ...place, failures: i % 5 });
    });
    const { answered, verdict } = await audit((connection) => (connection === 0 ? events : []));
    expect(answered[0]).toBe(true);
    expect(verdict).toMatchObject({ kind: 'ok', checked: 60 });
    expect(client.state.failures).toEqual([{ code: 'unavailable', reason: undefined, started: 'maybe' }]);
  });

  it('passes with events it refuses', async () => {
    const missing = { ...event(1, 'audit.missing', {}), frame: { ...event(1, 'audit.missing', {}).frame } };
    const silent: MixedEvent = {
      ...event(2, 'audit.missing', {}),
      sent: { ...missing.sent, withId: false, wantsAck: false },
      frame: { op: 'event', type: 'audit.missing', data: { n: 502, key: -1, keySequence: 0 } },
    };
    const { verdict } = await audit((connection) => (connection === 0 ? [silent, missing] : []));
    expect(verdict).toMatchObject({ kind: 'ok', checked: 2 });
    expect(client.state.refusedWithoutId).toBe(1);
  });

  it('does not pass when a handler keeps no record of what it did', async () => {
    ledger.line = () => undefined;
    const { verdict } = await audit((connection) => (connection === 0 ? [event(1, 'audit.echo', {})] : []));
    expect(verdict).toMatchObject({ kind: 'unexpected', counts: { unexpected: 1 } });
  });
});
