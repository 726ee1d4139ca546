/** Topics against an oracle: whatever is published, blocked, lost or late, each subscriber can account for every message. */
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { jsonCodec } from '../../src/codec/json-codec.js';
import { msgpackCodec } from '../../src/codec/msgpack-codec.js';
import type { SubscribeRequest } from '../../src/model/subscription.js';
import { covers } from '../support/naive-covers.js';
import { Witness } from '../support/topic-oracle.js';
import { TopicRig } from '../support/topic-rig.js';

const names = ['a.x', 'a.y', 'b.x'];
const patterns = ['a.*', '>', '*.x'];

const anyTopic = fc.constantFrom(...names);
const pick = fc.nat(20);

const anyRequest = fc.record({
  topic: fc.constantFrom(...names, ...names, ...patterns),
  begin: fc.oneof(
    { weight: 3, arbitrary: fc.constant({ kind: 'now' as const, by: 0 }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('rewind' as const), by: fc.nat(90) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('from' as const), by: fc.nat(90) }) },
  ),
  credit: fc.option(fc.nat(40), { nil: undefined }),
  overflow: fc.constantFrom('wait' as const, 'latest' as const, 'drop' as const, 'close' as const),
  isBinary: fc.boolean(),
});

const anyStep = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('publish' as const),
      topic: anyTopic,
      count: fc.nat(80),
      keys: fc.nat(5),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('subscribe' as const), request: anyRequest }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('block' as const), pick }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('unblock' as const), pick }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('pull' as const), pick, more: fc.nat(60) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('turn' as const), turns: fc.integer({ min: 1, max: 2 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('lose' as const), topic: anyTopic, keep: fc.nat(50) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reset' as const), topic: anyTopic }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('close' as const), pick }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('mark' as const), pick }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('confirm' as const), pick }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('goBack' as const), pick }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('answer' as const), pick, count: fc.nat(4) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('notify' as const), count: fc.nat(40) }) },
);

type Step = typeof anyStep extends fc.Arbitrary<infer S> ? S : never;

class Run {
  readonly rig = new TopicRig(10_000);
  readonly witnesses: Witness[] = [];
  readonly #isLate: boolean;
  #next = 1;

  constructor(isLate: boolean) {
    this.#isLate = isLate;
    this.rig.logs.isLate = isLate;
    this.rig.logs.notifiesLate = isLate;
  }

  async take(step: Step): Promise<void> {
    const { logs } = this.rig;
    switch (step.kind) {
      case 'publish':
        this.#publish(step.topic, step.count, step.keys);
        return;
      case 'subscribe':
        this.#subscribe(step.request);
        return;
      case 'turn':
        await this.rig.turnEnd(step.turns);
        return;
      case 'lose':
        logs.dropTo(step.topic, logs.at(step.topic).last - step.keep);
        return;
      case 'reset':
        logs.reset(step.topic);
        return;
      case 'answer':
        for (let i = 0; i < step.count; i += 1) logs.answerNext(logs.waiting === 0 ? 0 : step.pick % logs.waiting);
        await this.rig.turnEnd();
        return;
      case 'notify':
        for (let i = 0; i < step.count; i += 1) logs.notifyNext();
        return;
      default:
        this.#move(step, this.#witness(step.pick));
    }
  }

  /** Everybody has room and credit, everything is answered: who is open has everything. */
  async end(): Promise<void> {
    for (const witness of this.witnesses) {
      this.#unblock(witness);
      this.#pull(witness, 1_000_000);
    }
    await this.rig.settle();
    for (const witness of this.witnesses) {
      const { request, subscription } = witness;
      if (subscription?.isOpen !== true) continue;
      for (const name of names) if (covers(request.topic, name)) witness.atEnd(name);
    }
    const open = this.witnesses.filter(({ subscription }) => subscription?.isOpen === true);
    if (this.rig.topics.lagging !== 0) throw new Error(`expected nobody to lag, got ${this.rig.topics.lagging}`);
    if (this.rig.topics.subscriptions !== open.length) throw new Error('expected all subscriptions to be counted');
    for (const { subscription } of open) subscription?.close();
    if (logsHeld(this.rig) > 0) throw new Error('expected all logs to be released');
    if (this.rig.failures.length > 0) throw new Error(this.rig.failures[0]);
  }

  /** The log knows its place only when it is appended, so what it says is written into the entry then. */
  #publish(topic: string, count: number, keys: number): void {
    const { logs, topics } = this.rig;
    for (let i = 0; i < count; i += 1) {
      logs.isLate = false;
      const { epoch, last } = logs.at(topic);
      void topics.publish(topic, `${topic} ${epoch} ${last + 1}`, keys === 0 ? undefined : `k${(last * 7 + i) % keys}`);
      logs.isLate = this.#isLate;
    }
  }

  #subscribe({ topic, begin, credit, overflow, isBinary }: Extract<Step, { kind: 'subscribe' }>['request']): void {
    const { logs, topics } = this.rig;
    const starts = new Map(names.map((name) => [name, logs.at(name)]));
    const isPattern = patterns.includes(topic);
    // What was published before a pattern was subscribed to may still come when it is told of late.
    if (isPattern) logs.notifyAll();
    const { epoch, last } = isPattern ? { epoch: '', last: 0 } : logs.at(topic);
    const request: SubscribeRequest = {
      topic,
      overflow,
      credit,
      id: credit === undefined ? undefined : this.#next,
      rewind: isPattern || begin.kind !== 'rewind' ? undefined : begin.by,
      from: isPattern || begin.kind !== 'from' ? undefined : { epoch, offset: Math.max(0, last - begin.by) },
    };
    this.#next += 1;
    const startOf = (name: string) => starts.get(name) as { epoch: string; last: number };
    const witness = new Witness(request, isBinary ? msgpackCodec : jsonCodec, logs, startOf);
    this.witnesses.push(witness);
    witness.subscription = topics.subscribe(request, witness);
  }

  #witness(at: number): Witness | undefined {
    return this.witnesses[at % Math.max(1, this.witnesses.length)];
  }

  #move(step: Step, witness: Witness | undefined): void {
    if (witness === undefined) return;
    if (step.kind === 'block') witness.isBlocked = true;
    if (step.kind === 'unblock') this.#unblock(witness);
    if (step.kind === 'pull') this.#pull(witness, witness.allowed + step.more);
    if (step.kind === 'close') witness.subscription?.close();
    if (!witness.isOpened || witness.subscription?.isOpen !== true) return;
    if (step.kind === 'mark') witness.mark();
    if (step.kind === 'confirm') witness.confirm();
    if (step.kind === 'goBack') witness.rewind();
  }

  #unblock(witness: Witness): void {
    witness.isBlocked = false;
    if (!witness.lacksRoom) return;
    witness.lacksRoom = false;
    witness.subscription?.resume();
  }

  #pull(witness: Witness, max: number): void {
    witness.allowed = Math.max(witness.allowed, max);
    witness.subscription?.pull(max);
  }
}

function logsHeld({ logs }: TopicRig): number {
  return logs.holds.size;
}

interface Answers {
  readonly isLate: boolean;
  readonly isStale?: boolean;
  /** Some come at once: by which seed. Whoever is told of entries is told of them at once then. */
  readonly mixedBy?: number;
}

async function hold(steps: readonly Step[], { isLate, isStale = false, mixedBy }: Answers): Promise<void> {
  const errors: unknown[] = [];
  const caught = (error: unknown) => errors.push(error);
  process.on('uncaughtException', caught);
  process.on('unhandledRejection', caught);
  try {
    const run = new Run(isLate);
    run.rig.logs.isStale = isStale;
    run.rig.logs.mixedBy = mixedBy;
    if (mixedBy !== undefined) run.rig.logs.notifiesLate = false;
    for (const step of steps) {
      await run.take(step);
      if (errors.length > 0) throw errors[0];
    }
    await run.end();
    await run.rig.turnEnd();
    if (errors.length > 0) throw errors[0];
  } finally {
    process.off('uncaughtException', caught);
    process.off('unhandledRejection', caught);
  }
}

const seed = 20261130;

describe('topics', () => {
  it('account for every message when logs answer at once', async () => {
    const steps = fc.array(anyStep, { minLength: 20, maxLength: 100, size: 'max' });
    await fc.assert(
      fc.asyncProperty(steps, (taken) => hold(taken, { isLate: false })),
      { seed, numRuns: 200 },
    );
  }, 60_000);

  it('account for every message when logs answer late, and out of order', async () => {
    const steps = fc.array(anyStep, { minLength: 20, maxLength: 100, size: 'max' });
    await fc.assert(
      fc.asyncProperty(steps, fc.boolean(), (taken, isStale) => hold(taken, { isLate: true, isStale })),
      { seed, numRuns: 200 },
    );
  }, 60_000);

  it('account for every message when logs answer at once, or late, as it comes', async () => {
    const steps = fc.array(anyStep, { minLength: 20, maxLength: 100, size: 'max' });
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(2 ** 31), (taken, mixedBy) => hold(taken, { isLate: true, mixedBy })),
      { seed, numRuns: 200 },
    );
  }, 60_000);
});
