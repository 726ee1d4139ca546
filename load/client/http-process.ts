/**
 * A process of its own for the HTTP side: autocannon posts one event again and again and compares every body. One
 * order as JSON argument, one result as JSON line on stdout.
 */
import autocannon from 'autocannon';
import { cpuSample, cpuSpent } from './cpu-sample.js';
import type { HttpOrder } from './http-order.js';
import { idMin } from './id-field.js';
import { type LoadResult, noFaults } from './order.js';
import { payload } from './payloads.js';

const order: HttpOrder = JSON.parse(process.argv[2] ?? '');
process.stdout.write(`${JSON.stringify(await runHttp(order))}\n`, () => process.exit(0));

async function runHttp({ serverPid, warmUpMs, windowMs }: HttpOrder): Promise<LoadResult> {
  await cannon(warmUpMs);
  const from = cpuSample(serverPid, 0);
  const measured = await cannon(windowMs);
  const to = cpuSample(serverPid, measured['2xx']);
  const faults = noFaults();
  faults.refused = measured.non2xx;
  faults.closed = measured.errors;
  faults.wrong = measured.mismatches;
  return { ...cpuSpent(from, to), parsedReplies: 0, faults };
}

function cannon(durationMs: number): Promise<autocannon.Result> {
  const data = payload('small', 'json', idMin);
  return autocannon({
    url: `http://127.0.0.1:${order.port}/v1/events`,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'echo', data }),
    expectBody: JSON.stringify(data),
    connections: order.connections,
    duration: durationMs / 1000,
  });
}
