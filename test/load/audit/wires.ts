/** Histories of clients over cuts, written by hand, in few words. */
import type { Frame } from '../../../load/audit/audit-event.js';
import { auditWires } from '../../../load/audit/audit-wires.js';
import { HandlerLedger } from '../../../load/audit/handler-ledger.js';
import { type WireHistory, WireRun } from '../../../load/audit/wire-history.js';

/** One history, and what there is to be found in it. */
export interface WireCase {
  readonly title: string;
  readonly happens: (a: Wire, b: Wire) => void;
  /** Events the handlers saw, in each life of the gateway. @default none */
  readonly ran?: readonly (readonly number[])[];
  readonly finds: readonly string[];
}

/** One client, in few words. */
export class Wire {
  readonly #history: WireHistory;
  readonly #run: WireRun;

  constructor(run: WireRun) {
    this.#run = run;
    this.#history = run.addClient();
  }

  /** Welcomed in a session of its own. */
  fresh(session: string): void {
    this.sent({ op: 'hello', resume: true });
    this.got({ op: 'welcome', session, resumed: false, received: 0 });
  }

  resumed(session: string, said: number, received: number): void {
    this.#history.lost(1006);
    this.sent({ op: 'hello', resume: { session, secret: 'x', received: said } });
    this.got({ op: 'welcome', session, resumed: true, received });
  }

  lost(code = 1006): void {
    this.#history.lost(code);
  }

  restarted(): void {
    this.#run.restarted();
  }

  sent(frame: Frame): void {
    this.#history.sent(frame);
  }

  got(...frames: readonly Frame[]): void {
    for (const frame of frames) this.#history.got(frame);
  }
}

/** What an event carries. */
export const data = (n: number) => ({ n, key: -1, keySequence: 0 });
/** An event of a handler that answers with its data. */
export const event = (n: number, more: object = {}): Frame => ({
  op: 'event',
  id: n,
  type: 'audit.free',
  data: data(n),
  ...more,
});
/** Its outcome. */
export const end = (n: number, s: number): Frame => ({ op: 'end', id: n, data: data(n), s });
/** An event with a stream of items. */
export const stream = (n: number, items: number, credit: number): Frame => ({
  ...event(n),
  type: 'audit.stream',
  data: { ...data(n), items },
  credit,
});
/** One of them. */
export const item = (n: number, number: number, s: number): Frame => ({
  op: 'item',
  id: n,
  n: number,
  data: { n, item: number },
  s,
});
/** An event that publishes to the topic `t`. */
export const publish = (n: number, key = 'k'): Frame => ({
  ...event(n),
  type: 'audit.publish',
  data: { ...data(n), topic: 't', messageKey: key },
});
/** Its outcome: where the message is. */
export const placed = (n: number, offset: number, s: number): Frame => ({
  op: 'end',
  id: n,
  data: { topic: 't', epoch: 'e', offset },
  s,
});
/** A subscription to `t`. */
export const subscribe = (id: number, more: object = {}): Frame => ({ op: 'subscribe', id, topic: 't', ...more });
/** It is open. */
export const subscribed = (id: number, offset: number, s = 1, more: object = {}): Frame => ({
  op: 'subscribed',
  id,
  epoch: 'e',
  offset,
  recovered: true,
  s,
  ...more,
});
/** A message of `t`. */
export const message = (offset: number, n: number, more: object = {}): Frame => ({
  op: 'message',
  topic: 't',
  offset,
  data: { n },
  key: 'k',
  ...more,
});
/** A gap in `t`. */
export const gap = (from: number, to: number, s: number, more: object = {}): Frame => ({
  op: 'gap',
  topic: 't',
  from,
  to,
  count: to - from + 1,
  reason: 'dropped',
  s,
  ...more,
});

/** A publisher who was told that the events 1, 2, … are at the offsets 1, 2, …. */
export function published(a: Wire, count: number): void {
  a.fresh('a');
  for (let n = 1; n <= count; n += 1) a.sent(publish(n));
  for (let n = 1; n <= count; n += 1) a.got(placed(n, n, n));
}

/** 1, 2, …, n. */
export const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

/** Lets two clients go through a history. @returns all findings, worst first */
export function audited({ happens, ran = [] }: WireCase): string[] {
  const run = new WireRun();
  for (let n = 0; n < 10; n += 1) run.nextN();
  happens(new Wire(run), new Wire(run));
  const handlers = ran.map((ns) => HandlerLedger.parse(ns.map((n) => `${n} 1 -1 0 start\n`).join('')));
  return auditWires({ seed: 7, run, handlers }).findings.map(({ kind, message: text }) => `${kind}: ${text}`);
}
