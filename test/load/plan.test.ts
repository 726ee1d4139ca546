import { describe, expect, it } from 'vitest';
import { goalNames } from '../../load/plan/measurement.js';
import { allMeasurements } from '../../load/plan/measurements.js';
import { selectMeasurements } from '../../load/plan/select-measurements.js';
import { serverNames } from '../../load/processes/server.js';

const all = allMeasurements();
const ids = (measurements: readonly { id: string }[]) => measurements.map(({ id }) => id);
const everything = { goals: goalNames, servers: serverNames, isShort: false };

describe('the measurements', () => {
  it('are each there once, cover every goal, and refer to one another', () => {
    expect(new Set(ids(all)).size).toBe(all.length);
    expect(new Set(all.map(({ goal }) => goal))).toEqual(new Set(goalNames));
    for (const { limit, target } of all) {
      for (const other of [limit, target?.against]) if (other !== undefined) expect(ids(all)).toContain(other);
    }
  });

  it('hold the gateway, and nobody else, to a goal', () => {
    const held = all.filter(({ target }) => target !== undefined);
    expect(new Set(held.map(({ server }) => server))).toEqual(new Set(['gateway']));
    expect(held.map(({ goal }) => goal)).toEqual(['P1', 'P3', 'P3', 'P3', 'P2', 'P7', ...Array(5).fill('P8')]);
  });

  it('put every growth pair one right after the other, alike in all but one number', () => {
    for (const [at, { goal, target, load }] of all.entries()) {
      if (goal !== 'P8' || target === undefined) continue;
      const before = all[at - 1];
      expect(before?.id).toBe(target.against);
      if (!('socket' in load) || before === undefined || !('socket' in before.load)) throw new Error('not a socket');
      const [small, large] = [before.load.socket, load.socket];
      const fields = ['connections', 'keys', 'inFlightTotal'] as const;
      expect(fields.filter((field) => small[field] !== large[field])).toHaveLength(1);
      expect({ ...small, connections: 0, keys: 0, inFlightTotal: 0 }).toEqual({
        ...large,
        connections: 0,
        keys: 0,
        inFlightTotal: 0,
      });
    }
  });
});

describe('the servers', () => {
  it('are all there in P1 and P2, but those that speak something else than JSON over WebSocket', () => {
    for (const goal of ['P1', 'P2'] as const) {
      const chosen = selectMeasurements(all, { ...everything, goals: [goal] });
      const others = ['uws-msgpack', 'uws-http'];
      expect(new Set(chosen.map(({ server }) => server))).toEqual(
        new Set(serverNames.filter((name) => !others.includes(name))),
      );
    }
  });

  it('of a short run need nothing that is not in the lockfile', () => {
    const chosen = selectMeasurements(all, { ...everything, isShort: true });
    const brokers = chosen.filter(({ server }) => server === 'nats-server' || server === 'mosquitto');
    expect(brokers).toEqual([]);
  });
});

describe('a selection', () => {
  it('of everything is everything, in its order', () => {
    expect(selectMeasurements(all, everything)).toEqual(all);
  });

  it('of a goal takes along what it is compared with', () => {
    const chosen = selectMeasurements(all, { ...everything, goals: ['P3'] });
    expect(ids(chosen.filter(({ goal }) => goal !== 'P3'))).toEqual(['p1/uws-json', 'p1/gateway']);
    expect(ids(chosen.filter(({ goal }) => goal === 'P3'))).toEqual(ids(all.filter(({ goal }) => goal === 'P3')));
  });

  it('of servers leaves out all others', () => {
    const chosen = selectMeasurements(all, { ...everything, servers: ['gateway'], goals: ['P1'] });
    expect(ids(chosen)).toEqual(['p1/gateway']);
  });

  it('for a short run leaves out what takes long', () => {
    const chosen = selectMeasurements(all, { ...everything, isShort: true });
    expect(chosen.length).toBeLessThan(all.length);
    expect(new Set(chosen.map(({ goal }) => goal))).toEqual(new Set(goalNames));
  });
});
