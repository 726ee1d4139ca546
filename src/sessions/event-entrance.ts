/** How an event enters through a session: credit first, then its id, then admission. Every event read is answered. */
import { SlidingCount } from '../collections/sliding-count.js';
import { EventRecord } from '../model/event-record.js';
import { closeCodes } from '../protocol/close-codes.js';
import { type Failure, failure } from '../protocol/error-codes.js';
import type { EventFields } from '../protocol/frames.js';
import { isId } from '../protocol/validation.js';
import { beyondCredit, malformed, openAlready, tooManyOpen } from './failures.js';
import type { BadFrameLike, DispatchOptions, DispatchPorts } from './ports.js';
import type { Session } from './session.js';

/** Refusals of events without `id` are told at most this often. */
const tellEveryMs = 1000;

/** In the place of an id that cannot be read. */
const unusable = Symbol('id');

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
      this.#refuseBeyondCredit(session, fields.id);
      return;
    }
    const id = fields.id ?? undefined;
    if (id !== undefined && session.isTaken(id)) {
      this.#refuse(session, id, openAlready(id), isCritical);
      return;
    }
    if (id !== undefined && session.open.size >= this.#options.openMax) {
      this.#refuse(session, id, tooManyOpen, isCritical);
      return;
    }
    const admitted = this.#ports.admit(fields, session, bytes, isCritical ? 'critical' : 'credit');
    if (!(admitted instanceof EventRecord)) {
      this.#refuse(session, id, admitted, isCritical);
      return;
    }
    const conflict = this.#ports.claim(admitted, fields);
    if (conflict !== undefined) {
      this.#refuse(session, id, conflict, isCritical);
      return;
    }
    this.#ports.counters.accepted += 1;
    session.accepted(admitted);
    this.#ports.enqueue(admitted);
  }

  /** A frame with values outside the model. If it was an event it counts as one, like every other refused event. */
  refuseBad(session: Session, bad: BadFrameLike): void {
    if (bad.frameOp !== 'event') {
      session.sendError(undefined, malformed(bad.problem, bad.id));
      return;
    }
    this.#ports.counters.received += 1;
    const id = bad.id ?? (bad.hasId ? unusable : undefined);
    if (!bad.isCritical && !this.#ports.spend(session)) this.#refuseBeyondCredit(session, id);
    else this.#refuse(session, id, failure('invalid_argument', bad.problem), bad.isCritical);
  }

  #refuseBeyondCredit(session: Session, id: unknown): void {
    this.#refuse(session, id, beyondCredit, false);
    this.#countCreditRefusal(session);
  }

  /**
   * An id that is open stays so: it then stands in the details. One that is none cannot be in the answer, but its
   * event did ask for one.
   */
  #refuse(session: Session, id: unknown, why: Failure, isCritical: boolean): void {
    this.#ports.counters.refuse(why.code);
    if (id == null) this.#tellSometime(session, why);
    else if (!isId(id)) session.sendError(undefined, why);
    else if (session.isTaken(id)) session.sendError(undefined, { ...why, details: { id } });
    else session.sendError(id, why);
    if (!isCritical) this.#ports.refuse(session);
  }

  /** A refusal of an event without id: the first is told at once, those of the next second together. */
  #tellSometime(session: Session, why: Failure): void {
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

  #countCreditRefusal(session: Session): void {
    const { creditRefusalsMax, creditRefusalsWindowMs } = this.#options;
    session.creditRefusals ??= new SlidingCount(creditRefusalsMax, creditRefusalsWindowMs);
    if (!session.creditRefusals.add(this.#ports.clock.turnMs())) return;
    session.outbox.close(closeCodes.creditIgnored.code, 'credit ignored again and again');
  }
}
