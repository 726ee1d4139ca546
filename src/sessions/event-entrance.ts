/** How an event enters through a session: credit first, then its id, then admission. Every event read is answered. */
import { EventRecord } from '../model/event-record.js';
import { closeCodes } from '../protocol/close-codes.js';
import { type Failure, failure } from '../protocol/error-codes.js';
import type { EventFields, Id } from '../protocol/frames.js';
import { isId } from '../protocol/validation.js';
import type { BadFrameLike, DispatchOptions, DispatchPorts } from './ports.js';
import type { Session } from './session.js';

/** Refusals of events without `id` are told at most this often. */
const tellEveryMs = 1000;

const beyondCredit: Failure = Object.freeze(
  failure('resource_exhausted', 'beyond the credit of this session', { reason: 'credit', afterMs: 100 }),
);

export class EventEntrance {
  readonly #ports: DispatchPorts;
  readonly #options: DispatchOptions;

  constructor(ports: DispatchPorts, options: DispatchOptions) {
    this.#ports = ports;
    this.#options = options;
  }

  /** @param bytes what the event counts for in the byte budget */
  enter(session: Session, fields: EventFields, bytes: number): void {
    this.#ports.counters.received += 1;
    const isCritical = fields.priority === 'critical';
    if (!isCritical && !this.#ports.spend(session)) {
      this.#refuse(session, fields, beyondCredit, isCritical);
      this.#countCreditRefusal(session);
      return;
    }
    const id = fields.id ?? undefined;
    if (id !== undefined && session.open.has(id)) {
      this.#refuseOpenId(session, id, isCritical);
      return;
    }
    const admitted = this.#ports.admit(fields, session, bytes, isCritical ? 'critical' : 'credit');
    if (!(admitted instanceof EventRecord)) {
      this.#refuse(session, fields, admitted, isCritical);
      return;
    }
    this.#ports.counters.accepted += 1;
    session.accepted(admitted);
    this.#ports.enqueue(admitted);
  }

  /** A frame with values outside the model. If it was an event it counts as one, like every other refused event. */
  refuseBad(session: Session, bad: BadFrameLike): void {
    const why = failure('invalid_argument', bad.problem);
    if (bad.frameOp !== 'event') {
      session.sendError(undefined, bad.id === undefined ? why : { ...why, details: { id: bad.id } });
      return;
    }
    this.#ports.counters.received += 1;
    this.#ports.spend(session);
    this.#refuse(session, { type: '', id: bad.id ?? null }, why, false);
  }

  /** Counts a refusal nobody can be told one by one: the first is told at once, those of the next second together. */
  #count(session: Session, why: Failure): void {
    const { clock } = this.#ports;
    session.untold += 1;
    session.lastUntold = why;
    if (session.untold > 1) return;
    const waitMs = session.untoldSinceMs + tellEveryMs - clock.turnMs();
    if (waitMs <= 0) this.#tell(session);
    else clock.after(waitMs, () => this.#tell(session));
  }

  #tell(session: Session): void {
    const refused = session.untold;
    const why = session.lastUntold as Failure;
    session.untold = 0;
    session.lastUntold = undefined;
    session.untoldSinceMs = this.#ports.clock.nowMs();
    session.sendError(undefined, { ...why, details: { ...(why.details as object | undefined), refused } });
  }

  #refuse(session: Session, fields: EventFields, why: Failure, isCritical: boolean): void {
    this.#ports.counters.refuse(why.code);
    const { id } = fields;
    if (id != null && isId(id)) {
      if (session.open.has(id)) session.sendError(undefined, { ...why, details: { id } });
      else session.sendError(id, why);
    } else {
      this.#count(session, why);
    }
    if (!isCritical) this.#ports.finish(session);
  }

  #refuseOpenId(session: Session, id: Id, isCritical: boolean): void {
    this.#ports.counters.refuse('already_exists');
    session.sendError(undefined, failure('already_exists', 'an operation with this id is open', { details: { id } }));
    if (!isCritical) this.#ports.finish(session);
  }

  #countCreditRefusal(session: Session): void {
    const nowMs = this.#ports.clock.turnMs();
    if (nowMs - session.creditRefusalsSinceMs > this.#options.creditRefusalsWindowMs) {
      session.creditRefusalsSinceMs = nowMs;
      session.creditRefusals = 0;
    }
    session.creditRefusals += 1;
    if (session.creditRefusals < this.#options.creditRefusalsMax) return;
    session.outbox.close(closeCodes.creditIgnored.code, 'credit ignored again and again');
  }
}
