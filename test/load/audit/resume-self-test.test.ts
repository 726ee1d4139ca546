import { describe, expect, it } from 'vitest';
import { resumeFaults } from '../../../load/audit/resume-faults.js';
import { resumeSelfTestRun } from '../../../load/audit/resume-self-test.js';

const seeds = [1, 2, 3];

// That each fault is found, the whole self test shows.
describe('the audit of sessions and topics', () => {
  it.each(seeds)('finds nothing in an honest server that cuts its connections, run %i', async (seed) => {
    const { verdict, isDone, resumed, notResumed } = await resumeSelfTestRun(seed);
    expect(verdict).toEqual({ kind: 'ok', seed, counts: {}, findings: [], checked: 140 });
    expect(isDone).toBe(true);
    // All five clients lose their session twice, and are cut many times besides.
    expect(notResumed).toBe(10);
    expect(resumed).toBeGreaterThan(10);
  });

  it('has faults for every kind of finding that a server can be blamed for', () => {
    const kinds = new Set(Object.values(resumeFaults).map(([kind]) => kind));
    expect(kinds).toEqual(new Set(['unexpected', 'reordered', 'duplicated', 'lost']));
  });
});
