/**
 * Rules on events over cuts: what comes of them goes into a client ledger, where it is judged like that of any other run;
 * and beside that, data, the credit of streams, and what is said of events that are sent again under their idempotency
 * key. What was open without a key in a session that is gone was cancelled with it.
 */
import { isDeepStrictEqual } from 'node:util';
import type { AuditData, Frame } from './audit-event.js';
import type { ClientLedger } from './client-ledger.js';
import type { Findings } from './findings.js';
import type { SessionStep } from './session-rules.js';

/** A message a client asked to be published. */
export interface Published {
  readonly n: number;
  readonly topic: string;
  readonly key: string | undefined;
  readonly sentAt: number;
  /** Where it is, as its outcome said; undefined when nobody said so. */
  place: { readonly epoch: string; readonly offset: number } | undefined;
}

export interface OperationsOfClient {
  readonly client: number;
  readonly steps: readonly SessionStep[];
  /** When the gateway forgot all it knew. */
  readonly restarts: readonly number[];
}

/** The type of event whose handler publishes. */
export const publishType = 'audit.publish';
const creditDefault = 32;

interface Operation {
  readonly n: number;
  readonly frame: Frame;
  readonly data: AuditData & { readonly topic?: string; readonly messageKey?: string };
  readonly sentAt: number;
  /** The same event in an earlier session. */
  readonly before: Operation | undefined;
  /** The gateway said something about it. */
  isKnown: boolean;
  isDuplicate: boolean;
  isOver: boolean;
  max: number;
  items: number;
}

/** Goes through the steps of one client. @returns what it had published */
export function auditOperations(of: OperationsOfClient, ledger: ClientLedger, findings: Findings): Published[] {
  const follower = new OperationFollower(of, ledger, findings);
  for (const step of of.steps) {
    if (step.kind === 'opened') follower.opened(step.isResumed);
    else if (step.kind === 'sent') follower.sent(step.frame, step.at);
    else follower.got(step.frame);
  }
  return [...follower.published.values()];
}

class OperationFollower {
  readonly published = new Map<number, Published>();
  readonly #of: OperationsOfClient;
  readonly #ledger: ClientLedger;
  readonly #findings: Findings;
  /** Of the current session, by id. */
  #operations = new Map<unknown, Operation>();
  /** The last of each event. */
  readonly #byN = new Map<number, Operation>();

  constructor(of: OperationsOfClient, ledger: ClientLedger, findings: Findings) {
    this.#of = of;
    this.#ledger = ledger;
    this.#findings = findings;
  }

  opened(isResumed: boolean): void {
    if (isResumed) return;
    for (const { n, frame, isOver } of this.#operations.values()) {
      if (!isOver && frame.idem === undefined) this.#ledger.error(n, 'cancelled', 'session', 'maybe');
    }
    this.#operations = new Map();
  }

  sent(frame: Frame, at: number): void {
    const known = this.#operations.get(frame.id);
    if (frame.op === 'pull' && known !== undefined) known.max = Math.max(known.max, Number(frame.max));
    if (frame.op !== 'event' || known !== undefined) return;
    const data = frame.data as Operation['data'];
    const { n } = data;
    const before = this.#byN.get(n);
    const max = typeof frame.credit === 'number' ? frame.credit : creditDefault;
    const state = { isKnown: false, isDuplicate: false, isOver: false, max, items: 0 };
    const operation: Operation = { n, frame, data, sentAt: at, before, ...state };
    this.#operations.set(frame.id, operation);
    this.#byN.set(n, operation);
    if (before === undefined) this.#record(operation);
  }

  got(frame: Frame): void {
    const operation = this.#operations.get(frame.id);
    if (operation === undefined) {
      if (frame.op === 'error' && frame.id === undefined) this.#foreign(frame, 'no error without an id');
      return;
    }
    if (frame.op === 'ack') this.#ack(operation, frame);
    else if (frame.op === 'item') this.#item(operation, frame);
    else if (frame.op === 'gap') {
      this.#ledger.gap(operation.n, Number(frame.from), Number(frame.to), Number(frame.count));
    } else if (frame.op === 'end') this.#end(operation, frame);
    else if (frame.op === 'error') this.#error(operation, frame);
    else this.#foreign(frame, 'frames about events');
    operation.isKnown = true;
  }

  #record({ n, frame, data, sentAt }: Operation): void {
    const { key, keySequence, items = -1 } = data;
    const wantsAck = frame.ack === true;
    this.#ledger.sent(n, { connection: this.#of.client, key, keySequence, withId: true, wantsAck, items });
    if (frame.type !== publishType) return;
    const { topic = '', messageKey } = data;
    this.published.set(n, { n, topic, key: messageKey, sentAt, place: undefined });
  }

  #ack(operation: Operation, frame: Frame): void {
    const { n, before } = operation;
    if (frame.duplicate !== true) {
      this.#ledger.ack(n);
      return;
    }
    operation.isDuplicate = true;
    if (before === undefined) this.#foreign(frame, 'no duplicate of what was sent once');
    const { columns, firstN } = this.#ledger.state;
    // Instead of the one that the event was given when it was accepted, which may have been lost with its session.
    if (frame.id !== undefined && operation.frame.ack === true && columns.acks[n - firstN] === 0) this.#ledger.ack(n);
  }

  #item(operation: Operation, frame: Frame): void {
    const { n, max } = operation;
    const number = Number(frame.n);
    this.#ledger.item(n, number);
    operation.items += 1;
    if (operation.items > max) this.#foreign(frame, `at most ${max} items of n ${n}, as its credit allows`);
    if (!isDeepStrictEqual(frame.data, { n, item: number })) this.#foreign(frame, `item ${number} of n ${n}`);
  }

  #end(operation: Operation, frame: Frame): void {
    const { n, data } = operation;
    operation.isOver = true;
    this.#answered(operation, frame);
    if (typeof frame.n === 'number') this.#ledger.streamEnd(n, frame.n);
    else this.#ledger.end(n);
    const published = this.published.get(n);
    if (published !== undefined) this.#place(published, frame);
    else if (data.items === undefined && !isDeepStrictEqual(frame.data, data))
      this.#foreign(frame, `the data of n ${n}`);
  }

  #place(published: Published, frame: Frame): void {
    const { topic, epoch, offset } = (frame.data ?? {}) as { topic?: unknown; epoch?: unknown; offset?: unknown };
    if (topic !== published.topic || typeof epoch !== 'string' || typeof offset !== 'number') {
      this.#foreign(frame, `the place of n ${published.n} in ${published.topic}`);
    } else published.place = { epoch, offset };
  }

  #error(operation: Operation, frame: Frame): void {
    operation.isOver = true;
    this.#answered(operation, frame);
    this.#ledger.error(operation.n, String(frame.code), frame.reason as string | undefined, String(frame.started));
    if (frame.reason === 'credit') this.#foreign(frame, 'no refusal within the credit');
  }

  /** What the gateway knew of it before, it says to be a duplicate, unless it has been started anew. */
  #answered({ n, isDuplicate, before, sentAt }: Operation, frame: Frame): void {
    if (before?.isKnown !== true || isDuplicate) return;
    const isForgotten = this.#of.restarts.some((at) => at > before.sentAt && at < sentAt);
    if (!isForgotten) this.#foreign(frame, `an ack that calls n ${n} a duplicate first`);
  }

  #foreign(frame: Frame, expected: string): void {
    const got = JSON.stringify(frame).slice(0, 200);
    this.#findings.add('unexpected', `client ${this.#of.client}: expected ${expected}, got ${got}`);
  }
}
