import { describe, expect, it } from 'vitest';
import { faults } from '../../../load/audit/faults.js';
import { resumeFaultNames } from '../../../load/audit/resume-faults.js';
import { selfTest, selfTestRun } from '../../../load/audit/self-test.js';
import { connectionsOfMix, eventsOfMix, groupOf, groupSizeMin } from '../../../load/audit/self-test-mix.js';

const seeds = [1, 2, 3];

describe('the audit, shown a server with one fault', () => {
  it.each(faults)('finds: $name', async (fault) => {
    for (const seed of seeds) {
      const { isCaught, expected, verdict } = await selfTestRun(seed, fault);
      expect({ isCaught, kind: verdict.kind, verdict }).toMatchObject({ isCaught: true, kind: expected });
    }
  });

  it.each(seeds)('finds nothing in an honest server, run %i', async (seed) => {
    const events = Array.from({ length: connectionsOfMix }, (_, connection) => eventsOfMix(connection)).flat();
    const { isCaught, verdict } = await selfTestRun(seed);
    expect(isCaught).toBe(true);
    expect(verdict).toEqual({ kind: 'ok', seed, counts: {}, findings: [], checked: events.length });
  });

  it('calls what was open on a cut connection indeterminate, and nothing lost', async () => {
    const cut = faults.find(({ name }) => name === 'cut a connection');
    const { verdict } = await selfTestRun(4, cut);
    expect(Object.keys(verdict.counts)).toEqual(['indeterminate']);
  });

  it('is run as a whole by one call', async () => {
    const results = await selfTest(5);
    expect(results.filter(({ isCaught }) => !isCaught)).toEqual([]);
    const names = ['none', ...faults.map(({ name }) => name), 'none, over cuts', ...resumeFaultNames];
    expect(results.map(({ fault }) => fault)).toEqual(names);
  }, 60_000);
});

describe('the planted faults', () => {
  it('have names of their own, and each finds events enough to hit', () => {
    const events = Array.from({ length: connectionsOfMix }, (_, connection) => eventsOfMix(connection)).flat();
    expect(new Set(faults.map(({ name }) => name)).size).toBe(faults.length);
    for (const { on, name } of faults) {
      const group = events.filter(({ frame }) => groupOf(frame) === on);
      expect(group.length, name).toBeGreaterThanOrEqual(groupSizeMin);
    }
  });

  it('have every kind of verdict among what they have to be given', () => {
    const kinds = new Set(faults.map(({ expected }) => expected));
    expect(kinds).toEqual(new Set(['indeterminate', 'unexpected', 'reordered', 'duplicated', 'lost']));
  });
});
