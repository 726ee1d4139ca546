/**
 * Does the audit see what goes wrong? A fixed mix of events goes to a server with one planted fault at a time, and the
 * verdict is compared with what it has to be; without a fault, nothing may be found.
 */

import { auditRun } from './audit.js';
import { AuditClient } from './audit-client.js';
import { ClientLedger } from './client-ledger.js';
import type { Fault } from './fault.js';
import { faults } from './faults.js';
import { startFaultyServer } from './faulty-server.js';
import { resumeFaultNames } from './resume-faults.js';
import { resumeSelfTestRun } from './resume-self-test.js';
import { connectionsOfMix, eventsOfMix, groupSizeMin } from './self-test-mix.js';
import type { SelfTestResult } from './self-test-result.js';

const restMs = 5000;
const atOnce = 4;

/**
 * All faults, and runs without one: of what goes over one connection one at a time, of sessions and topics some at a time,
 * since those mostly wait. About ten seconds. The seed says where the faults are planted.
 */
export async function selfTest(seed: number): Promise<SelfTestResult[]> {
  const results = [await selfTestRun(seed)];
  for (const fault of faults) results.push(await selfTestRun(seed, fault));
  const names = [undefined, ...resumeFaultNames];
  for (let i = 0; i < names.length; i += atOnce) {
    results.push(...(await Promise.all(names.slice(i, i + atOnce).map((name) => resumeSelfTestRun(seed, name)))));
  }
  return results;
}

/** One run. @throws Error when the server does not come to rest within 5 s */
export async function selfTestRun(seed: number, fault?: Fault): Promise<SelfTestResult> {
  const server = await startFaultyServer(fault && { fault, place: placeOf(seed, fault.name) });
  try {
    const before = server.counters();
    const client = await sendMix(server.port, fault);
    if (client.state.lost.size > 0) await server.untilAtRest(restMs);
    const counters = { before, after: server.counters() };
    const verdict = auditRun({ seed, client, handler: server.handlerLedger(), counters });
    const expected = fault?.expected ?? 'ok';
    const isPlanted = fault === undefined || server.isPlanted;
    const hasAll = [expected, ...(fault?.also ?? [])].every((kind) => kind === 'ok' || verdict.counts[kind]);
    const isCaught = isPlanted && verdict.kind === expected && hasAll;
    return { fault: fault?.name ?? 'none', seed, expected, found: verdict.kind, verdict, isCaught };
  } finally {
    await server.close();
  }
}

/** Everything is sent at once. When the pong has come, nothing else will. */
async function sendMix(port: number, fault: Fault | undefined): Promise<ClientLedger> {
  const mixes = Array.from({ length: connectionsOfMix }, (_, connection) => eventsOfMix(connection));
  const ledger = new ClientLedger({ capacity: mixes.reduce((sum, { length }) => sum + length, 0) });
  const clients: AuditClient[] = [];
  for (const connection of mixes.keys()) clients.push(await AuditClient.connect({ port, connection, ledger }));
  clients.forEach((client, connection) => {
    for (const event of mixes[connection] ?? []) client.send(event);
  });
  const pongs = await Promise.all(clients.map((client) => client.untilPong(restMs)));
  const lost = ledger.state.lost.size;
  await Promise.all(clients.map((client) => client.close()));
  if (pongs.filter((came) => !came).length > lost) {
    throw new Error(`expected the server to come to rest with the fault ${fault?.name ?? 'none'}, got no pong`);
  }
  return ledger;
}

/** Spreads seeds and names over the places of a group, by the multiplier of Knuth's multiplicative hashing. */
function placeOf(seed: number, name: string): number {
  let mixed = seed | 0;
  for (let i = 0; i < name.length; i += 1) mixed = Math.imul(mixed ^ name.charCodeAt(i), 2_654_435_761);
  return ((mixed >>> 16) ^ (mixed & 0xffff)) % groupSizeMin;
}
