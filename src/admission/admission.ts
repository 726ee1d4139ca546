/**
 * The last stage before the queue: synchronous, and it ends in a record that is accepted or a failure that says why
 * not. Nothing here waits.
 */
import type { Clock } from '../model/clock.js';
import type { Counters } from '../model/counters.js';
import type { Origin } from '../model/event-record.js';
import { EventRecord } from '../model/event-record.js';
import { type InputResult, invalidData, type Route } from '../model/route.js';
import { type Failure, failure } from '../protocol/error-codes.js';
import type { EventFields } from '../protocol/frames.js';
import { levelOf } from '../protocol/priorities.js';
import { invalidEvent, isTypeName } from '../protocol/validation.js';
import type { Budget } from './budget.js';

export interface AdmissionOptions {
  readonly budget: Budget;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly findRoute: (type: string) => Route | undefined;
  /** Whether sessions without an identity may ask for `critical`. */
  readonly allowsAnonymousCritical: boolean;
  readonly guard: AdmissionGuard;
}

/** What speaks against an event that is as it should be. */
export interface AdmissionGuard {
  /** Rates and pressure, asked before its data is looked at. @returns why it may not come in now, or undefined */
  refuse(fields: EventFields, origin: Origin, route: Route): Failure | undefined;
  /** The circuit of its handler, asked last: the place of a probe is for an event that does come in. */
  refuseCircuit(origin: Origin, route: Route): Failure | undefined;
}

/** How an event came: over a socket inside its session's credit, as `critical`, or over HTTP. */
export type Entrance = 'credit' | 'critical' | 'http';

/** Item allowance where nobody grants any: over HTTP the socket's room paces a stream, and without `id` nobody listens. */
const unpaced = Number.MAX_SAFE_INTEGER;

export class Admission {
  /** Set while draining: every event is refused with it. */
  refuseAll: Failure | undefined = undefined;
  readonly #options: AdmissionOptions;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /**
   * Checks one event from all sides but its session's own (credit, open ids).
   * @param fields the frame, or the body of an HTTP request; its known fields need not be valid yet
   * @param bytes what it counts for in the byte budget
   */
  admit(fields: EventFields, origin: Origin, bytes: number, entrance: Entrance): EventRecord | Failure {
    const { budget, findRoute, clock } = this.#options;
    const problem = invalidEvent(fields);
    if (problem !== undefined) return failure('invalid_argument', problem);
    if (this.refuseAll !== undefined) return this.refuseAll;
    const { type } = fields;
    const route = findRoute(type);
    if (route === undefined) return noRoute(type);
    const priority = fields.priority ?? route.priority;
    if (priority === 'critical' && origin.identity === undefined && !this.#options.allowsAnonymousCritical) {
      return failure('permission_denied', 'not allowed to ask for the priority critical');
    }
    const refusal = this.#options.guard.refuse(fields, origin, route);
    if (refusal !== undefined) return refusal;
    let { data } = fields;
    let pending: Promise<InputResult> | undefined;
    if (route.check !== undefined) {
      const checked = runCheck(route, data);
      if (checked instanceof Promise) {
        pending = checked;
        // It is asked for when the event starts; one that never does has nobody to tell.
        pending.catch(() => undefined);
      } else if (checked.issues !== undefined) return invalidData(checked.issues);
      else data = checked.value;
    }
    if (!budget.hasBytes(bytes)) {
      return failure('resource_exhausted', 'no room for its bytes now', { reason: 'memory' });
    }
    const usesReserve = entrance !== 'credit';
    if (usesReserve && !budget.hasReserve(entrance === 'http')) {
      return failure('resource_exhausted', 'the reserve is in use', { reason: 'queue' });
    }
    const isIll = this.#options.guard.refuseCircuit(origin, route);
    if (isIll !== undefined) return isIll;
    budget.take(bytes, usesReserve);
    const nowMs = clock.turnMs();
    const ttlMs = fields.ttl ?? route.ttlMs;
    const event = {
      id: fields.id ?? undefined,
      type,
      data,
      key: fields.key ?? undefined,
      priority,
      receivedAtMs: clock.epochMs(nowMs),
      session: origin.id,
    };
    const record = new EventRecord(event, route, origin);
    record.level = levelOf[priority];
    record.bytes = bytes;
    record.usesReserve = usesReserve;
    if (ttlMs !== 0) record.deadlineAtMs = Math.ceil(nowMs + ttlMs);
    if (fields.ack === true) record.wantsAck = true;
    if (entrance === 'http' || event.id === undefined) record.credit = unpaced;
    else if (fields.credit != null) record.credit = fields.credit;
    if (fields.overflow != null) record.overflow = fields.overflow;
    record.trace = fields.trace ?? undefined;
    record.pendingCheck = pending;
    return record;
  }

  /** Gives back what a record held, once it has settled. */
  release(record: EventRecord): void {
    this.#options.budget.giveBack(record.bytes, record.usesReserve);
  }
}

function runCheck(route: Route, data: unknown): InputResult | Promise<InputResult> {
  try {
    return (route.check as NonNullable<Route['check']>)(data);
  } catch {
    return { issues: [{ message: 'the route’s schema could not be applied', path: '' }] };
  }
}

function noRoute(type: string): Failure {
  if (!isTypeName(type)) {
    return failure('invalid_argument', 'expected type to be 1 to 128 characters of A-Z a-z 0-9 . _ -');
  }
  return failure('not_found', `no route for the type ${type}`);
}
