/** Reports in a real browser. With `SLUICE_SHOTS=<folder>` it leaves pictures of them there. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { comparePage } from '../../load/html/compare-page.js';
import { writeReport } from '../../load/html/report-file.js';
import { uplotAssets } from '../../load/html/uplot-assets.js';
import { otherRun, samplePoint, sampleRun } from '../load/html/sample-run.js';
import { startChromium } from './chromium.js';
import { addProbe, overflowing, plotsDrawn, shownPlots, shownTexts, takeDrawn } from './page-probe.js';

const shots = process.env.SLUICE_SHOTS;
const evil = '</script><script>document.title = "taken"</script><img src=x onerror=\'document.title="taken"\'>';

interface Opened {
  readonly page: Page;
  /** Console messages, uncaught errors, and requests for anything but the file. */
  readonly complaints: string[];
}

let browser: Browser;
let folder: string;
const paths: Record<string, string> = {};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-browser-'));
  const verdict = {
    kind: 'lost',
    seed: 4242,
    counts: { lost: 1 },
    findings: [{ kind: 'lost', message: 'event 17: expected one outcome, got none' }],
    checked: 12_345,
  } as const;
  const point = samplePoint(5_000, 1);
  const hostile = sampleRun({ scenario: evil, target: evil, command: evil, points: [{ ...point, label: evil }] });
  paths.report = writeReport(sampleRun(), { folder, name: 'report' }).html;
  paths.invalid = writeReport(sampleRun({ points: [point], invalid: ['the generator was late'], verdict }), {
    folder,
    name: 'invalid',
  }).html;
  paths.hostile = writeReport(hostile, { folder, name: 'hostile' }).html;
  paths.comparison = join(folder, 'comparison.html');
  writeFileSync(paths.comparison, comparePage(sampleRun(), otherRun(), uplotAssets()));
  browser = await startChromium();
}, 30_000);

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

async function open(name: string, width: number, colorScheme: 'light' | 'dark'): Promise<Opened> {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  const url = pathToFileURL(paths[name] ?? '').href;
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('request', (request) => {
    if (request.url() !== url) complaints.push(`request: ${request.url()}`);
  });
  await addProbe(page);
  await page.goto(url);
  await plotsDrawn(page);
  return { page, complaints };
}

describe.each(['report', 'invalid', 'comparison'])('the page of a %s', (name) => {
  it.each(['light', 'dark'] as const)('is drawn in %s, legible, and keeps to itself', async (scheme) => {
    const { page, complaints } = await open(name, 1280, scheme);
    if (shots !== undefined) await shoot(page, `${name}-${scheme}`);
    const texts = await shownTexts(page);
    expect(texts.length).toBeGreaterThan(100);
    expect(texts.filter(({ contrast }) => contrast < 4.5)).toEqual([]);
    const lines = (await shownPlots(page)).flatMap((plot) => plot.lines);
    expect(lines.filter(({ contrast, isDrawn }) => contrast < 3 || !isDrawn)).toEqual([]);
    expect(await overflowing(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('fits on 400 pixels', async () => {
    const { page, complaints } = await open(name, 400, 'light');
    if (shots !== undefined) await shoot(page, `${name}-narrow`);
    expect(await overflowing(page)).toEqual([]);
    for (const { width } of await shownPlots(page)) expect(width).toBeGreaterThan(300);
    expect(complaints).toEqual([]);
    await page.close();
  });
});

describe('the plots of a report', () => {
  it('are all there, each with lines, a legend, and axes that are labelled', async () => {
    const { page } = await open('report', 1280, 'light');
    const plots = await shownPlots(page);
    expect(plots).toHaveLength(2 + 6 * 3);
    for (const { colours } of plots) expect(colours).toBeGreaterThan(10);
    expect(plots.map(({ lines }) => lines.map(({ label }) => label))).toEqual([
      ['as offered', 'done', 'goodput'],
      ['p99.9', 'p99', 'p50'],
      ...Array.from({ length: 6 }, () => [
        ['offered', 'done'],
        ['p99', 'p50'],
        ['from due time', 'from sending (closed loop)'],
      ]).flat(),
    ]);
    const drawn = (await takeDrawn(page)).map(({ text }) => text);
    const times = (label: string): number => drawn.filter((text) => text === label).length;
    expect(times('events per second (1/s)')).toBe(7);
    expect(times('latency (ms)')).toBe(13);
    expect(times('offered load (events/s)')).toBe(2);
    expect(times('time since the start (s)')).toBe(12);
    expect(times('percentile of events (%)')).toBe(6);
    for (const tick of ['50 %', '90 %', '99 %', '99.9 %', '99.99 %']) expect(times(tick)).toBe(6);
    await page.close();
  });

  it('say the values under the pointer', async () => {
    const { page } = await open('report', 1280, 'light');
    const figure = page.locator('figure').first();
    await figure.locator('.u-over').hover({ position: { x: 300, y: 100 } });
    await expect
      .poll(() => figure.locator('.u-value').allInnerTexts())
      .toContainEqual(expect.stringMatching(/^[\d,]+ \/s$/));
    await page.close();
  });

  it('are drawn again in other colours when the scheme changes, and in light for paper', async () => {
    const { page, complaints } = await open('report', 1280, 'light');
    const colours = async (): Promise<string[]> => [...new Set((await takeDrawn(page)).map(({ colour }) => colour))];
    const light = await colours();
    expect(light).toHaveLength(1);
    await page.emulateMedia({ colorScheme: 'dark' });
    await plotsDrawn(page);
    expect(await colours()).not.toEqual(light);
    await page.evaluate('dispatchEvent(new Event("beforeprint"))');
    await plotsDrawn(page);
    expect(await colours()).toEqual(light);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('follow the width of the page', async () => {
    const { page } = await open('report', 1280, 'light');
    await page.setViewportSize({ width: 400, height: 900 });
    await expect.poll(() => overflowing(page)).toEqual([]);
    await page.close();
  });
});

describe('a hostile run', () => {
  it('runs nothing, loads nothing, and shows its text', async () => {
    const { page, complaints } = await open('hostile', 1280, 'light');
    expect(await page.title()).toBe(`${evil}, ${evil}`);
    expect(await page.locator('h1').textContent()).toBe(evil);
    expect(await page.locator('img').count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.close();
  });
});

async function shoot(page: Page, name: string): Promise<void> {
  mkdirSync(shots ?? '', { recursive: true });
  await page.screenshot({ path: join(shots ?? '', `${name}.png`), fullPage: true });
}
