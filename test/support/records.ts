/** Event records for unit tests: a route, an origin that writes down what it is told, and a record from both. */

import type { Origin } from '../../src/model/event-record.js';
import { EventRecord } from '../../src/model/event-record.js';
import type { Route } from '../../src/model/route.js';
import type { Failure } from '../../src/protocol/error-codes.js';
import { levelOf, type Priority } from '../../src/protocol/priorities.js';

/** A route with the defaults of an ordinary handler. */
export function testRoute(fields: Partial<Route> = {}): Route {
  return {
    pattern: 'test',
    index: 0,
    pipeline: 'default',
    priority: 'normal',
    ttlMs: 0,
    timeoutMs: 1000,
    isKeyed: true,
    hasBreaker: true,
    batch: undefined,
    conflate: false,
    retry: { attempts: 1, minMs: 10, maxMs: 100 },
    check: undefined,
    handle: () => undefined,
    ...fields,
  };
}

/** What an origin was told, in order. */
export type Told =
  | { readonly item: number; readonly data: unknown; readonly key?: string }
  | { readonly gap: readonly [from: number, to: number]; readonly reason: string };

export class TestOrigin implements Origin {
  readonly id = 'session';
  readonly identity = undefined;
  readonly window = undefined;
  readonly acceptsStream = true;
  readonly tenant: string;
  isOpen = true;
  hasRoom = true;
  readonly told: Told[] = [];
  readonly settledRecords: EventRecord[] = [];

  constructor(tenant = 'tenant') {
    this.tenant = tenant;
  }

  hasRoomFor(): boolean {
    return this.hasRoom;
  }

  accepted(): void {
    // Nothing to tell.
  }

  item(_record: EventRecord, n: number, data: unknown, key: string | undefined): Failure | undefined {
    this.told.push(key === undefined ? { item: n, data } : { item: n, data, key });
    return undefined;
  }

  gap(_record: EventRecord, from: number, to: number, reason: string): void {
    this.told.push({ gap: [from, to], reason });
  }

  settled(record: EventRecord): void {
    this.settledRecords.push(record);
  }

  creditChanged(): void {
    // Comes without credit.
  }
}

type Settable = Partial<
  Pick<EventRecord, 'bytes' | 'deadlineAtMs' | 'usesReserve' | 'wantsAck' | 'credit' | 'overflow'>
>;

export interface TestRecordFields extends Settable {
  readonly data?: unknown;
  readonly key?: string;
  readonly priority?: Priority;
  readonly route?: Route;
  readonly origin?: Origin;
}

let nextId = 0;

/** A record that waits. */
export function testRecord(fields: TestRecordFields = {}): EventRecord {
  const { data, key, priority = 'normal', route = testRoute(), origin = new TestOrigin(), ...rest } = fields;
  nextId += 1;
  const event = { id: nextId, type: 'test', data, key, priority, receivedAtMs: 0, session: origin.id };
  return Object.assign(new EventRecord(event, route, origin), { level: levelOf[priority], bytes: 100, ...rest });
}
