import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Allowance } from '../../src/client/allowance.js';

describe('the allowance of a stream', () => {
  it('grants as much again whenever half of it has been used', () => {
    const pulls: number[] = [];
    const allowance = new Allowance(4, (max) => pulls.push(max));
    expect(allowance.granted).toBe(4);
    for (let i = 0; i < 5; i += 1) {
      allowance.arrived();
      allowance.took();
    }
    expect(pulls).toEqual([6, 8]);
    expect(allowance.granted).toBe(8);
  });

  it('grants one by one where one may wait', () => {
    const pulls: number[] = [];
    const allowance = new Allowance(1, (max) => pulls.push(max));
    for (let i = 0; i < 3; i += 1) {
      allowance.arrived();
      allowance.took();
    }
    expect(pulls).toEqual([2, 3, 4]);
  });

  it('grants nothing for what is not read', () => {
    const pulls: number[] = [];
    const allowance = new Allowance(2, (max) => pulls.push(max));
    allowance.arrived();
    allowance.arrived();
    expect(pulls).toEqual([]);
  });

  it('begins anew with what the unread ones leave, and with nothing where they are all', () => {
    const pulls: number[] = [];
    const allowance = new Allowance(4, (max) => pulls.push(max));
    for (let i = 0; i < 3; i += 1) allowance.arrived();
    expect(allowance.restart()).toBe(1);
    allowance.arrived();
    expect(allowance.restart()).toBe(0);
    for (let i = 0; i < 4; i += 1) allowance.took();
    expect(pulls).toEqual([2, 4]);
    expect(allowance.granted).toBe(4);
  });

  it('never lets more wait than it should, and never comes to a standstill, over any number of sessions', () => {
    const anyStep = fc.constantFrom(
      'send' as const,
      'send' as const,
      'take' as const,
      'take' as const,
      'restart' as const,
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.array(anyStep, { maxLength: 200, size: 'max' }),
        (credit, steps) => {
          // The gateway: what it may send in all in this session, and what it has sent.
          let allowed = credit;
          let sent = 0;
          let unread = 0;
          const allowance = new Allowance(credit, (max) => {
            expect(max).toBeGreaterThan(allowed);
            allowed = max;
          });
          const take = () => {
            unread -= 1;
            allowance.took();
          };
          for (const step of steps) {
            if (step === 'send' && sent < allowed) {
              sent += 1;
              unread += 1;
              allowance.arrived();
            } else if (step === 'take' && unread > 0) take();
            else if (step === 'restart') {
              allowed = allowance.restart();
              sent = 0;
              expect(allowed).toBe(credit - unread);
            }
            expect(allowance.granted).toBe(allowed);
            expect(unread + allowed - sent).toBeLessThanOrEqual(credit);
            if (unread === 0) expect(allowed).toBeGreaterThan(sent);
          }
          while (unread > 0) take();
          expect(allowed).toBeGreaterThan(sent);
        },
      ),
      { seed: 7, numRuns: 150 },
    );
  });
});
