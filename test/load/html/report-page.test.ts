import { describe, expect, it } from 'vitest';
import { count, precise } from '../../../load/html/figures.js';
import { reportPage } from '../../../load/html/report-page.js';
import { uplotAssets } from '../../../load/html/uplot-assets.js';
import { samplePoint, sampleRun } from './sample-run.js';

const uplot = { script: 'var uPlot = "</script>";', style: '.u-wrap { color: red; }' };

/** What a reader sees: text without tags, styles and scripts. */
function text(page: string): string {
  return page
    .replaceAll(/<(script|style)[^>]*>[\s\S]*?<\/\1>/g, '')
    .replaceAll(/<wbr>/g, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');
}

/** The cells of the table row that begins with this label. */
function row(page: string, label: string): string[] {
  const [, cells = ''] = new RegExp(`<th scope="row">${label}</th>(.*?)</tr>`, 's').exec(page) ?? [];
  return cells
    .split('</td>')
    .slice(0, -1)
    .map((cell) => text(cell).trim());
}

describe('a report', () => {
  const run = sampleRun();
  const page = reportPage(run, uplot);

  it('has scenario, target and date on top, and the command and the seed to get it again', () => {
    expect(page).toContain('<title>steady-load, sluice</title>');
    expect(text(page)).toMatch(/^\s*steady-load, sluice steady-load sluice · 2026-11-30 07:24:29 UTC · 186 s/);
    expect(text(page)).toContain(run.command);
    expect(text(page)).toContain('Seed 4242');
  });

  it('has settings and machine', () => {
    expect(text(page)).toMatch(/connections 200 encoding json arrivals poisson .* isTls no/);
    expect(text(page)).toMatch(/cores 2 Node\.js v20\.20\.2 kernel 6\.18\.44 pinned to cores yes/);
  });

  it('has a row per load level with all its figures', () => {
    for (const { label, offeredPerS, sent, ok, unanswered, latency, generator, server, ...point } of run.points) {
      const cells = row(page, label);
      expect(cells.slice(0, 6)).toEqual([
        ...[offeredPerS, point.donePerS, point.goodputPerS].map(precise),
        ...[sent, ok, unanswered].map(count),
      ]);
      const { meanMs, p50Ms, p90Ms, p99Ms, p999Ms, maxMs } = latency;
      expect(cells.slice(7, 14)).toEqual([meanMs, p50Ms, p90Ms, p99Ms, p999Ms, maxMs, generator.lagP99Ms].map(precise));
      expect(cells[15]).toBe(precise(server?.cpuUsPerEvent ?? 0));
      for (const [code, times] of Object.entries(point.failed)) expect(cells[6]).toContain(`${code} ${count(times)}`);
    }
  });

  it('has a dash where the server is not of this machine, and where nothing was offered', () => {
    const point = { ...samplePoint(5_000, 1), offeredPerS: 0, server: undefined };
    const cells = row(reportPage(sampleRun({ points: [point] }), uplot), point.label);
    expect(cells[0]).toBe('–');
    expect(cells.slice(-2)).toEqual(['–', '–']);
  });

  it('has the classes of events, where there are any', () => {
    expect(text(page)).toContain('By class of event');
    expect(text(page)).toMatch(/60,000\/s high [\d,]+/);
    const points = run.points.map((point) => ({ ...point, classes: [] }));
    expect(text(reportPage(sampleRun({ points }), uplot))).not.toContain('By class');
  });

  it('is the same every time', () => {
    expect(reportPage(sampleRun(), uplot)).toBe(page);
  });

  it('names nothing outside of itself', () => {
    const real = reportPage(run, uplotAssets());
    expect(real.match(/<(?:link|img|iframe|script src)[^>]*>|url\(|@import/g)).toBeNull();
    expect(real).toContain('default-src &#39;none&#39;');
    expect(real).toContain('Permission is hereby granted');
  });
});

describe('what to think of a run', () => {
  it('stands before any figure', () => {
    const page = text(reportPage(sampleRun(), uplot));
    expect(page.indexOf('✓ Valid run')).toBeGreaterThan(0);
    expect(page.indexOf('✓ Verdict: ok')).toBeLessThan(page.indexOf('Load levels'));
  });

  it('says why an invalid run may not be used, in the title and above each table too', () => {
    const page = reportPage(sampleRun({ invalid: ['the generator was late', 'a <client> died'] }), uplot);
    expect(page).toContain('<title>INVALID: steady-load');
    expect(text(page)).toContain('INVALID RUN: do not use these figures the generator was late a &lt;client&gt; died');
    expect(page).not.toContain('Valid run');
    expect(page.match(/<h2>[^<]*<span class="stamp">INVALID RUN/g)).toHaveLength(3);
  });

  it('shows the findings of the audit', () => {
    const message = 'event 17: expected one outcome, got none';
    const verdict = {
      kind: 'lost',
      seed: 1,
      counts: { lost: 3 },
      findings: [{ kind: 'lost', message }],
      checked: 90,
    } as const;
    expect(text(reportPage(sampleRun({ verdict }), uplot))).toMatch(
      new RegExp(`✗ Verdict: lost .* Outcomes checked: 90; 3 lost\\. lost : ${message}`),
    );
  });

  it('marks a level where the generator was the bottleneck', () => {
    const point = samplePoint(5_000, 1);
    const points = [{ ...point, generator: { ...point.generator, isBottleneck: true } }];
    expect(text(reportPage(sampleRun({ points }), uplot))).toContain('5,000/s ✗ generator was the bottleneck');
  });
});

describe('hostile text', () => {
  const evil = `</script><script>alert(1)</script><!-- "' &`;
  const point = samplePoint(5_000, 1);
  const run = sampleRun({
    scenario: evil,
    target: evil,
    startedAt: evil,
    command: evil,
    settings: { [evil]: evil },
    machine: { cpu: evil, cores: 1, node: evil, kernel: evil, isPinned: false },
    points: [
      { ...point, label: evil, failed: { [evil]: 1 }, classes: point.classes.map((each) => ({ ...each, name: evil })) },
    ],
    invalid: [evil],
  });
  const page = reportPage(run, uplot);

  it('is nowhere a tag', () => {
    expect(page).not.toContain('<script>alert');
    expect(page).not.toContain('<!-- ');
    expect(page.match(/<script/g)).toHaveLength(3);
    expect(page.match(/<\/script>/g)).toHaveLength(3);
  });

  it('is no reason to run anything: scripts are known by their hash', () => {
    expect(page).toMatch(/script-src &#39;sha256-[\w+/=]+&#39; &#39;sha256-[\w+/=]+&#39;;/);
    expect(page).not.toContain('unsafe-inline');
  });
});
