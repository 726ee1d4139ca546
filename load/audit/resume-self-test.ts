/**
 * Does the audit see what goes wrong with sessions and topics? Some clients talk over connections that are cut to a server
 * with one planted fault at a time, and what is found is compared with what has to be; without a fault, nothing may be.
 */
import { seededRandom } from '../faults/random.js';
import { auditWires } from './audit-wires.js';
import { type FaultySessions, startFaultySessions } from './faulty-sessions.js';
import { PublishedHeads } from './published-heads.js';
import { ResumeClient } from './resume-client.js';
import { type ResumeFault, ResumePlan, resumeFaults } from './resume-faults.js';
import type { SelfTestResult } from './self-test-result.js';
import { WireRun } from './wire-history.js';

/** One run with one fault. */
export interface ResumeSelfTestResult extends SelfTestResult {
  /** All was answered, and every subscription came to its end: so it has to be without a fault. */
  readonly isDone: boolean;
  /** Sessions that were taken up again, and those that could not be. */
  readonly resumed: number;
  readonly notResumed: number;
}

const topics = ['audit.a', 'audit.b'] as const;
const rounds = 8;
const publishedInRound = 12;
/** With a fault something may never come. */
const stuckMs = 300;
const doneMs = 5000;

/**
 * One run, without a fault against an honest server. With one it is caught when it was planted, and there is the finding
 * it has to give; the verdict may be a worse one, for something that follows from it.
 */
export async function resumeSelfTestRun(seed: number, fault?: ResumeFault): Promise<ResumeSelfTestResult> {
  const random = seededRandom(seed);
  const plan = new ResumePlan(fault);
  const server = await startFaultySessions({ plan, random, cutEvery: 30 });
  const run = new WireRun();
  const options = { port: server.port, run, heads: new PublishedHeads(), random, reconnectMs: 2 };
  const clients = Array.from({ length: 5 }, (_, i) => new ResumeClient({ ...options, batch: i % 2 === 1 }));
  const withinMs = fault === undefined ? doneMs : stuckMs;
  let isDone = false;
  try {
    isDone = await drive({ clients, server, plan, withinMs });
  } finally {
    await Promise.all(clients.map((client) => client.close()));
    await server.close();
  }
  const verdict = auditWires({ seed, run, handlers: [server.handlerLedger] });
  const [expected, says] = fault === undefined ? (['ok', ''] as const) : resumeFaults[fault];
  const isFound = verdict.findings.some(({ kind, message }) => kind === expected && message.includes(says));
  const isCaught = fault === undefined ? verdict.kind === 'ok' && isDone : plan.isPlanted && isFound;
  const resumed = clients.reduce((sum, { link }) => sum + link.resumed, 0);
  const notResumed = clients.reduce((sum, { link }) => sum + link.notResumed, 0);
  const found = verdict.kind;
  return {
    fault: fault ?? 'none, over cuts',
    seed,
    expected,
    found,
    verdict,
    isCaught,
    isDone,
    resumed,
    notResumed,
  };
}

interface Driven {
  readonly clients: readonly ResumeClient[];
  readonly server: FaultySessions;
  readonly plan: ResumePlan;
  /** For each of its steps. */
  readonly withinMs: number;
}

/** @returns whether everything came to its end */
async function drive({ clients, server, plan, withinMs }: Driven): Promise<boolean> {
  const [worker, publisher, plain, slow, wide] = clients as unknown as FiveClients;
  subscribe(plain, slow, wide);
  await Promise.all(clients.map((client) => client.until(() => client.areSubscriptionsLive, withinMs)));
  for (let round = 1; round <= rounds; round += 1) {
    // In the middle of the next two rounds sessions are lost, and after the second some of what was missed, too.
    if (round === 2 || round === 4) server.forgetSessions();
    if (round === 4) server.forgetMessages();
    plan.isCalm = round > 5;
    worker.stream({ items: 60, credit: 8 });
    for (let i = 0; i < 4; i += 1) worker.request({ ack: i % 2 === 0 });
    for (let i = 0; i < publishedInRound; i += 1) publisher.publish(topics[i % 2] as string, `key-${i % 3}`);
    if (round % 2 === 0) slow.grant();
    if (round === rounds - 1) plain.unsubscribe('audit.*');
    const due = round * publishedInRound;
    await publisher.until(() => publisher.outcomes >= due, withinMs);
    await worker.until(() => worker.outcomes >= round * 5, withinMs);
  }
  slow.grantAll();
  await Promise.all(clients.map((client) => client.until(() => client.areSubscriptionsLive, withinMs)));
  for (const topic of topics) publisher.publish(topic, 'last');
  return publisher.until(() => clients.every((client) => client.isDone), withinMs);
}

type FiveClients = readonly [ResumeClient, ResumeClient, ResumeClient, ResumeClient, ResumeClient];

/** Without credit, with each policy, and patterns. */
function subscribe(plain: ResumeClient, slow: ResumeClient, wide: ResumeClient): void {
  plain.subscribe({ topic: 'audit.a' });
  plain.subscribe({ topic: 'audit.b', credit: 4 });
  plain.subscribe({ topic: 'audit.*', credit: 4 });
  plain.subscribe({ topic: 'audit.*', credit: 4 });
  slow.subscribe({ topic: 'audit.a', credit: 4, isEager: false });
  slow.subscribe({ topic: 'audit.a', credit: 4, overflow: 'latest', isEager: false });
  slow.subscribe({ topic: 'audit.b', credit: 4, overflow: 'drop', isEager: false });
  slow.subscribe({ topic: 'audit.b', credit: 5, overflow: 'close', isEager: false });
  wide.subscribe({ topic: 'audit.>' });
  wide.subscribe({ topic: 'audit.*', credit: 6 });
}
