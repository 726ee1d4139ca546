import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Admission, type Entrance } from '../../src/admission/admission.js';
import { Budget } from '../../src/admission/budget.js';
import { Counters } from '../../src/model/counters.js';
import { EventRecord } from '../../src/model/event-record.js';
import type { InputCheck, Route } from '../../src/model/route.js';
import { type Failure, failure } from '../../src/protocol/error-codes.js';
import type { EventFields } from '../../src/protocol/frames.js';
import { levelOf, type Priority } from '../../src/protocol/priorities.js';
import { TestOrigin, testRoute } from '../support/records.js';
import { TestClock } from '../support/test-clock.js';

interface Options {
  readonly bytes?: number;
  readonly reserve?: number;
  readonly allowsAnonymousCritical?: boolean;
  readonly route?: Partial<Route>;
}

/** Admission with one route, `test`, and what it draws on. */
function admission(options: Options = {}) {
  const budget = new Budget({ bytes: options.bytes ?? 1000, pressedPercent: 50, reserve: options.reserve ?? 8 });
  const clock = new TestClock(5000);
  const route = testRoute(options.route);
  const admission = new Admission({
    budget,
    counters: new Counters(),
    clock,
    findRoute: (type) => (type === 'test' ? route : undefined),
    allowsAnonymousCritical: options.allowsAnonymousCritical ?? false,
    guard: { refuse: () => undefined, refuseCircuit: () => undefined },
  });
  const origin = new TestOrigin();
  const admit = (fields: object = {}, bytes = 10, entrance: Entrance = 'credit'): EventRecord | Failure =>
    admission.admit({ type: 'test', ...fields } as EventFields, origin, bytes, entrance);
  const accepted = (...given: Parameters<typeof admit>): EventRecord => {
    const admitted = admit(...given);
    if (!(admitted instanceof EventRecord)) throw new Error(`refused: ${admitted.message}`);
    return admitted;
  };
  return { admission, admit, accepted, budget, clock, route, origin };
}

const free = { items: 0, bytes: 0, reserveUsed: 0 };

describe('an event that is accepted', () => {
  it('is what was sent, with nothing in place of null and absent fields', () => {
    const { accepted, origin, route } = admission();
    const data = { deep: [1] };
    const record = accepted({ id: 'i', data, key: 'k', ack: true, credit: 5, overflow: 'drop', trace: 't' }, 77);
    expect(record.event).toMatchObject({ id: 'i', type: 'test', key: 'k', priority: 'normal', session: origin.id });
    expect(record.event.data).toBe(data);
    expect(record).toMatchObject({
      bytes: 77,
      wantsAck: true,
      credit: 5,
      overflow: 'drop',
      trace: 't',
      state: 'waiting',
    });
    expect(record.route).toBe(route);
    const absent = { id: null, key: null, ack: null, credit: null, overflow: null, trace: null, ttl: null, idem: null };
    for (const fields of [absent, {}]) {
      const plain = accepted(fields);
      expect(plain.event).toMatchObject({ id: undefined, key: undefined, priority: 'normal' });
      expect(plain).toMatchObject({ wantsAck: false, overflow: 'wait', trace: undefined, deadlineAtMs: 0 });
    }
  });

  it.each(['high', 'normal', 'low'] as const)(
    'has the priority of its route, %s, unless it asks for another',
    (own) => {
      const { accepted } = admission({ route: { priority: own }, allowsAnonymousCritical: true });
      expect(accepted()).toMatchObject({ level: levelOf[own], event: { priority: own } });
      for (const asked of ['critical', 'high', 'normal', 'low'] satisfies Priority[]) {
        expect(accepted({ priority: asked })).toMatchObject({ level: levelOf[asked], event: { priority: asked } });
      }
    },
  );

  it('has a deadline from its own ttl, else from that of its route, else none', () => {
    const routed = admission({ route: { ttlMs: 200 } });
    expect(routed.accepted().deadlineAtMs).toBe(5200);
    expect(routed.accepted({ ttl: 50 }).deadlineAtMs).toBe(5050);
    expect(routed.accepted({ ttl: 5000 }).deadlineAtMs).toBe(10_000);
    expect(admission().accepted().deadlineAtMs).toBe(0);
  });

  it('may stream 32 items before anything is pulled, or as many as it says; without limit where nobody pulls', () => {
    const { accepted } = admission();
    expect(accepted({ id: 1 }).credit).toBe(32);
    expect(accepted({ id: 1, credit: 0 }).credit).toBe(0);
    for (const unpulled of [accepted(), accepted({ credit: 1 }), accepted({ id: 1, credit: 1 }, 10, 'http')]) {
      expect(unpulled.credit).toBeGreaterThan(2 ** 50);
    }
  });
});

describe('an event that is refused', () => {
  const draining = failure('unavailable', 'going', { afterMs: 70 });
  const cases: [string, Options & { readonly isDraining?: boolean }, object, number, Entrance, object][] = [
    ['for a bad field', {}, { ttl: 0 }, 10, 'credit', { code: 'invalid_argument' }],
    [
      'for a bad field, though the gateway drains',
      { isDraining: true },
      { ttl: 0 },
      10,
      'http',
      { code: 'invalid_argument' },
    ],
    ['while the gateway drains', { isDraining: true }, {}, 10, 'credit', draining],
    ['while the gateway drains, critical', { isDraining: true }, { priority: 'critical' }, 10, 'critical', draining],
    ['for a type nobody has', {}, { type: 'other' }, 10, 'credit', { code: 'not_found' }],
    ['for a type nobody can have', {}, { type: 'a b' }, 10, 'credit', { code: 'invalid_argument' }],
    ['for critical', {}, { priority: 'critical' }, 10, 'critical', { code: 'permission_denied' }],
    ['for critical over HTTP', {}, { priority: 'critical' }, 10, 'http', { code: 'permission_denied' }],
    ['for its bytes', {}, {}, 1001, 'credit', { code: 'resource_exhausted', reason: 'memory', retry: 'backoff' }],
    ['for its bytes over HTTP', {}, {}, 1001, 'http', { code: 'resource_exhausted', reason: 'memory' }],
  ];
  it.each(cases)('%s holds nothing', (_name, options, fields, bytes, entrance, why) => {
    const { admission: asked, admit, budget } = admission(options);
    if (options.isDraining) asked.refuseAll = draining;
    expect(admit(fields, bytes, entrance)).toMatchObject({ started: 'no', message: expect.any(String), ...why });
    expect(budget).toMatchObject(free);
  });

  it('by its schema says where and why, sixteen issues at most', () => {
    const issues = Array.from({ length: 40 }, (_, i) => ({ message: `wrong ${i}`, path: `list.${i}` }));
    const { admit, budget } = admission({ route: { check: () => ({ issues }) } });
    expect(admit()).toEqual({
      code: 'invalid_argument',
      message: 'data.list.0: wrong 0',
      retry: 'no',
      started: 'no',
      details: { issues: issues.slice(0, 16) },
    });
    expect(budget).toMatchObject(free);
  });

  it('because its schema throws is no defect', () => {
    const check: InputCheck = () => {
      throw new Error('not to be read');
    };
    const refused = admission({ route: { check } }).admit() as Failure;
    expect(refused).toMatchObject({ code: 'invalid_argument', started: 'no' });
    expect(JSON.stringify(refused)).not.toContain('not to be read');
  });
});

describe('a schema', () => {
  it('may convert the data', () => {
    const { accepted } = admission({ route: { check: (data) => ({ value: Number(data) + 1 }) } });
    expect(accepted({ data: '41' }).event.data).toBe(42);
  });

  it('may take its time: the event waits with its answer pending', async () => {
    const answer = Promise.resolve({ value: 'later' });
    const record = admission({ route: { check: () => answer } }).accepted({ data: 'now' });
    expect(record.event.data).toBe('now');
    expect(await record.pendingCheck).toEqual({ value: 'later' });
  });

  it('is not asked for an event that is refused anyway', () => {
    let asked = 0;
    const check: InputCheck = (data) => {
      asked += 1;
      return { value: data };
    };
    const { admit } = admission({ route: { check } });
    admit({ ttl: 0 });
    admit({ priority: 'critical' });
    expect(asked).toBe(0);
  });
});

describe('the reserve', () => {
  it('is for critical events and requests; requests leave some of it to critical events', () => {
    const { admit, accepted, budget } = admission({ reserve: 8, allowsAnonymousCritical: true });
    const full = { code: 'resource_exhausted', reason: 'queue', retry: 'backoff', started: 'no' };
    let requests = 0;
    while (admit({}, 1, 'http') instanceof EventRecord) requests += 1;
    expect(admit({}, 1, 'http')).toMatchObject({ ...full, afterMs: expect.any(Number) });
    expect(requests).toBeGreaterThanOrEqual(1);
    expect(requests).toBeLessThan(8);
    for (let left = 8 - requests; left > 0; left -= 1) accepted({ priority: 'critical' }, 1, 'critical');
    expect(admit({ priority: 'critical' }, 1, 'critical')).toMatchObject(full);
    expect(accepted({}, 1).usesReserve).toBe(false);
    expect(budget).toMatchObject({ items: 9, bytes: 9, reserveUsed: 8 });
  });

  it('of one is enough for a request when nothing else is under way', () => {
    const { admission: asked, admit, accepted } = admission({ reserve: 1 });
    const record = accepted({}, 1, 'http');
    expect(admit({}, 1, 'http')).toMatchObject({ reason: 'queue' });
    asked.release(record);
    expect(accepted({}, 1, 'http').usesReserve).toBe(true);
  });
});

describe('whatever comes and goes', () => {
  it('what is held is exactly what was accepted and not given back, and never more than the bounds', () => {
    const step = fc.record({
      kind: fc.constantFrom<Entrance | 'release'>('credit', 'critical', 'http', 'release', 'release'),
      bytes: fc.integer({ min: 1, max: 400 }),
      pick: fc.nat(1000),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const { admission: asked, admit, budget } = admission({ reserve: 4, allowsAnonymousCritical: true });
        const held: EventRecord[] = [];
        for (const { kind, bytes, pick } of steps) {
          if (kind === 'release') {
            const [record] = held.splice(pick % Math.max(1, held.length), 1);
            if (record !== undefined) asked.release(record);
          } else {
            const admitted = admit(kind === 'critical' ? { priority: 'critical' } : {}, bytes, kind);
            if (admitted instanceof EventRecord) held.push(admitted);
            else expect(admitted).toMatchObject({ code: 'resource_exhausted', started: 'no' });
          }
          expect(budget.items).toBe(held.length);
          expect(budget.bytes).toBe(held.reduce((sum, record) => sum + record.bytes, 0));
          expect(budget.reserveUsed).toBe(held.filter(({ usesReserve }) => usesReserve).length);
          expect(budget.bytes).toBeLessThanOrEqual(1000);
          expect(budget.reserveUsed).toBeLessThanOrEqual(4);
        }
        for (const record of held) asked.release(record);
        expect(budget).toMatchObject(free);
      }),
      { numRuns: 200 },
    );
  });
});
