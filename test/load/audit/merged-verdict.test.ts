import { describe, expect, it } from 'vitest';
import { mergedVerdict, type Verdict } from '../../../load/audit/verdict.js';
import { audited, ledgerOf, noCounters } from './history.js';

const ok: Verdict = { kind: 'ok', seed: 3, counts: {}, findings: [], checked: 10 };
const lost: Verdict = {
  kind: 'lost',
  seed: 4,
  counts: { lost: 2, unexpected: 1 },
  findings: [
    { kind: 'unexpected', message: 'b' },
    { kind: 'lost', message: 'a' },
  ],
  checked: 5,
};

describe('the verdict on several runs', () => {
  it('is the worst of them, with all that was found', () => {
    expect(mergedVerdict([ok, lost, lost])).toMatchObject({
      kind: 'lost',
      seed: 3,
      counts: { lost: 4, unexpected: 2 },
      checked: 20,
    });
    expect(mergedVerdict([ok, lost]).findings.map(({ message }) => message)).toEqual(['a', 'b']);
    expect(mergedVerdict([ok])).toEqual(ok);
  });
});

describe('a run in which others send, too', () => {
  it('is held to conservation, and not to what its own clients sent', () => {
    const client = ledgerOf([{}]);
    client.end(1);
    const after = { ...noCounters, received: 9, accepted: 8, refused: 1, succeeded: 8 };
    const counters = { before: noCounters, after };
    expect(audited(client, undefined, { counters }).kind).not.toBe('ok');
    expect(audited(client, undefined, { counters, hasStrangers: true }).kind).toBe('ok');
    const wrong = { before: noCounters, after: { ...after, accepted: 9 } };
    expect(audited(client, undefined, { counters: wrong, hasStrangers: true }).kind).not.toBe('ok');
  });
});
