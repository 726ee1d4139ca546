/** The gateway over cuts: sessions are taken up again, nothing is lost, nothing comes twice, and what is lost is told. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { auditWires } from '../../../load/audit/audit-wires.js';
import { HandlerLedger } from '../../../load/audit/handler-ledger.js';
import { networkFaults } from '../../../load/audit/network-faults.js';
import { ResumeRun } from '../../../load/audit/resume-run.js';
import type { Verdict } from '../../../load/audit/verdict.js';
import { type FaultProxy, startFaultProxy } from '../../../load/faults/fault-proxy.js';
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

const seed = 20_261;
const withinMs = 25_000;
const testMs = 40_000;

let folder: string;
let ledgers: { readonly path: string; readonly ledger: Ledger }[];
let gateway: Gateway;
let proxy: FaultProxy;
let run: ResumeRun;

async function modules(): Promise<AuditModules> {
  const urls = ['ledger-writer.mjs', 'audit-handler-set.mjs'].map(
    (name) => pathToFileURL(resolve('load/audit', name)).href,
  );
  const [writer, handlers] = await Promise.all(urls.map((url) => import(url) as Promise<object>));
  return { ...writer, ...handlers } as AuditModules;
}

/** A gateway with a ledger of its own. */
async function start(parts: Record<string, unknown> = {}): Promise<void> {
  const { openLedger, auditHandlers } = await modules();
  const path = join(folder, `handlers-${ledgers.length}`);
  const ledger = openLedger(path);
  ledgers.push({ path, ledger });
  const handlers = auditHandlers({ defineHandler, HandlerError, ledger });
  gateway = await startTestGateway(Object.values(handlers), {
    // Often enough to be in the middle of things: what arrived is found out once in a round of these.
    listen: { keepAliveMs: 400 },
    anonymous: { subscribe: ['>'], publish: ['>'] },
    topics: { messages: 16_384, bytes: 16 * 1024 * 1024 },
    ...parts,
  });
}

async function open(): Promise<void> {
  proxy = await startFaultProxy({ targetPort: gateway.port, seed, faults: {} });
  run = new ResumeRun({ seed, proxy });
  expect(await run.open()).toBe(true);
}

async function audited(): Promise<Verdict> {
  await run.close();
  const handlers = ledgers.map(({ path, ledger }) => {
    ledger.flush();
    return HandlerLedger.read(path);
  });
  return auditWires({ seed, run: run.run, handlers });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'resumed-gateway-'));
  ledgers = [];
});

afterEach(async () => {
  await run.close();
  await proxy.close();
  await expectConservation(gateway);
  gateway.close();
  rmSync(folder, { recursive: true });
});

describe('the gateway, over cuts and audited', { timeout: testMs }, () => {
  it('loses nothing and sends nothing twice in 100 cuts of a stream, of requests and of subscriptions', async () => {
    await start();
    await open();
    const isDone = await run.cuts({ items: 10_000, requests: 1000, published: 1000, cuts: 100 }, withinMs);
    const verdict = await audited();
    expect(verdict).toMatchObject({ kind: 'ok', findings: [] });
    expect(isDone).toBe(true);
    expect(run.counts).toMatchObject({ idle: 100, notResumed: 0 });
    expect(verdict.checked).toBe(1 + 1000 + 1000 + 3);
  });

  it('keeps its word through every fault of the network', async () => {
    await start();
    await open();
    const seen = new Set<string>();
    for (const fault of networkFaults) {
      const isDone = await run.fault(fault, { items: 400, requests: 40, published: 60 }, withinMs);
      expect({ name: fault.name, isDone }).toEqual({ name: fault.name, isDone: true });
      for (const entry of proxy.log) seen.add(entry.fault);
    }
    expect(await audited()).toMatchObject({ kind: 'ok', findings: [] });
    expect(run.counts.notResumed).toBe(0);
    expect(run.counts.resumed).toBeGreaterThan(50);
    for (const fault of ['reset', 'halfClose', 'blackHole', 'stall', 'cut', 'refuse']) expect(seen).toContain(fault);
  });

  it('does not resume a session that kept too much, and answers from memory what was done in it', async () => {
    await start({ resume: { bytesMax: 16_384 } });
    await open();
    const isDone = await run.overrun({ requests: 40, pad: 1000, awayMs: 300 }, withinMs);
    expect(await audited()).toMatchObject({ kind: 'ok', findings: [] });
    expect(isDone).toBe(true);
    expect(run.counts.notResumed).toBeGreaterThanOrEqual(1);
    expect(run.counts.duplicates).toBe(40);
  });

  it('knows nothing of before when it was started anew, and says so', async () => {
    await start();
    await open();
    const isDone = await run.restart(async () => {
      await gateway.drain();
      gateway.close();
      await start();
      proxy.setTargetPort(gateway.port);
    }, withinMs);
    expect(await audited()).toMatchObject({ kind: 'ok', findings: [] });
    expect(isDone).toBe(true);
    // Each of the eight clients lost its session, and those with topics were told that they may have missed something.
    expect(run.counts).toMatchObject({ notResumed: 8, unrecovered: 8 });
  });
});
