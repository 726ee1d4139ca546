/**
 * Events over HTTP, sent by autocannon, in the same report as the scenarios over WebSockets. autocannon is a closed
 * loop, or one with a fixed rate; either way latency counts from the request that was sent. Every answer is compared
 * with its request, and the gateway's counters are checked for conservation.
 */
import autocannon from 'autocannon';
import { Findings } from '../audit/findings.js';
import { auditConservation } from '../audit/gateway-counters.js';
import { processCpuNs } from '../processes/cpu-time.js';
import type { BenchPoint, BenchRun, LatencySummary } from '../report/bench-run.js';
import { machineHere } from '../report/machine.js';
import type { BenchOptions } from './bench-options.js';
import { cpuShareMax } from './generator-lag.js';
import { readCounters } from './run-audit.js';
import { bottlenecks, type ScenarioPorts } from './run-scenario.js';
import { type Target, withTarget } from './target.js';

const requestsPerConnection = 64;
const percentiles = [
  ['p50', 50],
  ['p75', 75],
  ['p90', 90],
  ['p97_5', 97.5],
  ['p99', 99],
  ['p99_9', 99.9],
] as const;

/** @throws when the gateway cannot be started */
export async function runHttpScenario(options: BenchOptions, { say }: ScenarioPorts): Promise<BenchRun> {
  const startedAt = new Date();
  return withTarget(options, [], async (target) => {
    say(`http: ${options.connections} connections, ${options.durationMs / 1000} s`);
    const { point, wrong, completed } = await measured(target, options);
    const findings = new Findings();
    for (let i = 0; i < wrong; i += 1) findings.add('unexpected', 'an answer with other data than its request had');
    const counters = await readCounters(target);
    if (counters !== undefined) auditConservation(counters, findings);
    return {
      format: 'sluice-bench/1',
      scenario: 'http',
      target: target.name,
      startedAt: startedAt.toISOString(),
      durationMs: Date.now() - startedAt.getTime(),
      seed: options.seed,
      command: options.command,
      settings: { loop: 'closed (autocannon)', connections: options.connections, durationMs: options.durationMs },
      machine: machineHere(),
      points: [point],
      verdict: findings.verdict(options.seed, completed),
      invalid: bottlenecks([point]),
    };
  });
}

async function measured(
  target: Target,
  options: BenchOptions,
): Promise<{ point: BenchPoint; wrong: number; completed: number }> {
  let wrong = 0;
  let completed = 0;
  let next = 0;
  const from = target.pid === undefined ? 0 : processCpuNs(target.pid);
  const ownFrom = process.cpuUsage();
  const result = await autocannon({
    url: `http://${target.host}:${target.port}/v1/events`,
    connections: options.connections,
    duration: options.durationMs / 1000,
    setupClient(client) {
      const requests = Array.from({ length: requestsPerConnection }, () => {
        next += 1;
        const data = { n: next, key: -1, keySequence: 0 };
        const expected = JSON.stringify(data);
        return {
          method: 'POST' as const,
          path: '/v1/events',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ type: 'audit.echo', data }),
          onResponse(status: number, body: string) {
            if (status !== 200) return;
            completed += 1;
            if (body !== expected) wrong += 1;
          },
        };
      });
      client.setRequests(requests);
    },
  });
  const cpuNs = target.pid === undefined ? 0 : processCpuNs(target.pid) - from;
  const own = process.cpuUsage(ownFrom);
  const cpuShare = (own.user + own.system) / 1000 / options.durationMs;
  return { point: pointOf(result, options, { cpuNs, cpuShare }), wrong, completed };
}

interface Spent {
  /** By the server; 0 where it is not known. */
  readonly cpuNs: number;
  readonly cpuShare: number;
}

function pointOf(result: autocannon.Result, options: BenchOptions, { cpuNs, cpuShare }: Spent): BenchPoint {
  const { latency } = result;
  const ok = result['2xx'];
  const donePerS = (ok * 1000) / options.durationMs;
  const failed = { ...(result.non2xx > 0 ? { 'not 2xx': result.non2xx } : {}), ...errorsOf(result) };
  const values = percentiles.map(([name]) => latency[name]);
  const summary: LatencySummary = {
    count: ok,
    meanMs: latency.mean,
    p50Ms: latency.p50,
    p90Ms: latency.p90,
    p99Ms: latency.p99,
    p999Ms: latency.p99_9,
    maxMs: latency.max,
  };
  return {
    label: `closed loop, ${options.connections} connections`,
    offeredPerS: 0,
    sent: result.requests.sent,
    ok,
    failed,
    unanswered: 0,
    donePerS,
    goodputPerS: donePerS,
    latency: summary,
    service: summary,
    curve: { percentiles: percentiles.map(([, p]) => p), latencyMs: values, serviceMs: values },
    series: { atMs: [], offeredPerS: [], donePerS: [], p50Ms: [], p99Ms: [] },
    classes: [],
    generator: { cpuShare, lagP99Ms: 0, isBottleneck: cpuShare > cpuShareMax },
    server: cpuNs === 0 || ok === 0 ? undefined : { cpuUsPerEvent: cpuNs / 1000 / ok, rssBytesMax: 0 },
  };
}

function errorsOf({ errors, timeouts }: autocannon.Result): Record<string, number> {
  return { ...(errors > 0 ? { 'connection error': errors } : {}), ...(timeouts > 0 ? { timeout: timeouts } : {}) };
}
