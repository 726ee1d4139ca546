import { describe, expect, it } from 'vitest';
import { noResumeFaults, type ReconnectResult } from '../../../load/fanout/reconnect-order.js';
import { type ReconnectRun, reconnectFigures, reconnectText } from '../../../load/fanout/reconnect-text.js';
import { checksOf } from '../../../load/report/check.js';

function run(more: Partial<ReconnectResult> = {}): ReconnectRun {
  const mib = 2 ** 20;
  const echo = { count: 500, p99Ms: 3.25, maxMs: 8 };
  return {
    result: {
      resumedMs: 2345,
      retried: 12,
      messages: 20_000,
      replayed: 300,
      items: 5000,
      faults: noResumeFaults(),
      rss: { beforeBytes: 200 * mib, peakBytes: 300 * mib, afterBytes: 250 * mib },
      clientBusy: 0.8,
      startedAtMs: 0,
      cutAtMs: 10_000,
      backAtMs: 12_345,
      endedAtMs: 20_000,
      ...more,
    },
    echo: { before: echo, during: { ...echo, p99Ms: 45.5 }, after: echo, faults: 0 },
  };
}

function text(each: ReconnectRun): string {
  return reconnectText([each], checksOf([reconnectFigures(each)]));
}

describe('a crowd that came back', () => {
  it('is a table, with its goals', () => {
    const lines = text(run()).split('\n');
    expect(lines[0]).toBe('back after 2.35 s, 12 tried more than once; the client used 80 % of its core');
    expect(lines[1]).toBe('20,000 messages (300 of them again), 5,000 items');
    expect(lines).toContain('echo p99 of others   3.3 ms             45.5 ms   3.3 ms');
    expect(lines).toContain('resident            200 MiB             300 MiB  250 MiB');
    expect(checksOf([reconnectFigures(run())]).every(({ isMet }) => isMet)).toBe(true);
  });

  it('has not met its goals when something was lost, or somebody stayed away', () => {
    const lost = run({ faults: { ...noResumeFaults(), messages: 2, again: 1 }, firstFault: 'messages: offset 3' });
    expect(text(lost)).toContain('NOT WHOLE: 2 messages, 1 again\nfirst: messages: offset 3');
    expect(checksOf([reconnectFigures(lost)]).map(({ isMet }) => isMet)).toEqual([true, false, true]);
    const away = run({ resumedMs: undefined });
    expect(checksOf([reconnectFigures(away)])[0]).toMatchObject({ isMet: false });
    expect(text(away)).toContain('back after never');
  });
});
