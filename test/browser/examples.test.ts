/** The page that `make run` shows, in a real browser. With `SLUICE_SHOTS=<folder>` it leaves pictures of it there. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../../load/faults/fault-proxy.js';
import { startChromium } from './chromium.js';
import { type DemoGateway, killDemoGateways, startDemoGateway } from './examples-gateway.js';
import { ExamplesPage } from './examples-page.js';
import { overflowing, shownTexts } from './page-probe.js';

const shots = process.env.SLUICE_SHOTS;
const patience = { timeout: 15_000, interval: 50 };
/** The same for what may last until a session that was lost is given up. */
const resumePatience = { ...patience, timeout: 45_000 };
/** What the browser itself writes of a server that is not there. */
const lostLine = /^error: WebSocket connection to .* failed/;

let browser: Browser;
let gateway: DemoGateway;
let proxy: FaultProxy | undefined;

beforeAll(async () => {
  browser = await startChromium();
}, 30_000);

afterAll(() => browser?.close());

beforeEach(async () => {
  gateway = await startDemoGateway();
});

afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  await proxy?.close();
  proxy = undefined;
  await killDemoGateways();
});

const inFlight = (): Promise<number | undefined> => gateway.metric('sluice_events_in_flight');
const cancelled = (): Promise<number | undefined> => gateway.metric('sluice_events_failed_total{code="cancelled"}');

describe('the page of the examples', () => {
  it.each([
    ['light', 1280],
    ['dark', 320],
  ] as const)('is legible and fits in %s at %i pixels, and has nothing to complain of', async (colorScheme, width) => {
    const shown = await ExamplesPage.open(browser, gateway.url, { colorScheme, width });
    await shown.ticks();
    await shown.page.fill('#qty', '0');
    await shown.press('#order-form button');
    await shown.shows('#order-result', 'invalid_argument');
    await shown.page.fill('#qty', '2');
    await shown.press('#order-form button');
    await shown.shows('#order-result', /^Placed as o-/);
    expect((await shownTexts(shown.page)).filter(({ contrast }) => contrast < 4.5)).toEqual([]);
    expect(await overflowing(shown.page)).toEqual([]);
    if (shots !== undefined) {
      mkdirSync(shots, { recursive: true });
      await shown.page.screenshot({ path: join(shots, `examples-${colorScheme}-${width}.png`), fullPage: true });
    }
    expect(shown.complaints).toEqual([]);
  });

  it('has a name for everything that can be used, and says how the connection is, and what is under way', async () => {
    const shown = await ExamplesPage.open(browser, gateway.url);
    const { page } = shown;
    for (const name of ['Customer', 'Article', 'Quantity', 'Priority', 'Rows']) {
      expect(await page.getByLabel(name, { exact: true }).count()).toBe(1);
    }
    for (const name of ['Place the order', 'Start', 'Cancel']) {
      expect(await page.getByRole('button', { name, exact: true }).count()).toBe(1);
    }
    expect(await page.getByRole('progressbar', { name: 'Rows read' }).count()).toBe(1);
    expect(await page.getByRole('status').count()).toBeGreaterThanOrEqual(5);
    await shown.shows('#state-name', 'open');
    expect(await shown.text('#state-detail')).toBe('');
    await shown.ticks();
    // Two patterns, the orders, and the market.
    await shown.shows('#open', '4');
    await shown.shows('#credit', /^[1-9]/);
    await shown.shows('#queued', '0');
  });
});

describe('ticks', () => {
  it('move by themselves, and stop when the page is left', async () => {
    const shown = await ExamplesPage.open(browser, gateway.url);
    await shown.ticks();
    await shown.changes('#prices td:nth-child(4)');
    expect(await shown.texts('#prices th')).toEqual(['S0', 'S1', 'S2', 'S3', 'S4']);
    expect(await inFlight()).toBe(1);
    await shown.page.goto('about:blank');
    await expect.poll(inFlight, resumePatience).toBe(0);
    expect(shown.complaints).toEqual([]);
  }, 60_000);

  it('belong to a session that ends with the page', async () => {
    const ended = (): Promise<number | undefined> => gateway.metric('sluice_sessions_closed_total{code="other"}');
    // A browser may be gone before its last word is out, if seldom.
    for (let visit = 0; visit < 4 && (await ended()) === 0; visit += 1) {
      const shown = await ExamplesPage.open(browser, gateway.url);
      await shown.shows('#state-name', 'open');
      await shown.page.goto('about:blank');
      await expect.poll(() => gateway.metric('sluice_sessions_open'), patience).toBe(0);
    }
    expect(await ended()).toBe(1);
  });

  it('are those of another page where there is one', async () => {
    const first = await ExamplesPage.open(browser, gateway.url);
    await first.shows('#market', 'This page runs the market.');
    const second = await ExamplesPage.open(browser, gateway.url);
    await second.shows('#market', 'Somebody else runs the market.');
    await second.ticks();
    expect(await inFlight()).toBe(1);
    await first.page.goto('about:blank');
    await expect.poll(() => second.text('#market'), resumePatience).toBe('This page runs the market.');
    await second.ticks();
  }, 60_000);

  it('are not taken while the panel is paused, and then the newest come, with how many were left out', async () => {
    const shown = await ExamplesPage.open(browser, gateway.url);
    await shown.ticks();
    await shown.press('#ticks-pause');
    await shown.shows('#ticks-note', 'Paused: nothing is taken.');
    const paused = await shown.texts('#prices td:nth-child(2)');
    // Time enough for many more ticks than may be on their way: the averages tell of them.
    for (let second = 0; second < 3; second += 1) await shown.changes('#prices td:nth-child(4)');
    expect(await shown.texts('#prices td:nth-child(2)')).toEqual(paused);
    expect(await shown.text('#ticks-pause')).toBe('Resume');
    await shown.press('#ticks-pause');
    await shown.shows('#ticks-note', /^[1-9]\d* left out\.$/);
    await shown.ticks();
    for (const leftOut of await shown.texts('#prices td:nth-child(6)')) expect(Number(leftOut)).toBeGreaterThan(0);
    expect(shown.complaints).toEqual([]);
  });
});

describe('an order', () => {
  it('is placed by the button, and followed until it is shipped', async () => {
    const shown = await ExamplesPage.open(browser, gateway.url);
    await shown.page.fill('#sku', 'coffee');
    await shown.page.fill('#qty', '7');
    await shown.press('#order-form button');
    await shown.shows('#order-result', /^Placed as o-/);
    await shown.shows('#orders > li > span', '7 × coffee');
    await shown.shows('#orders [aria-current]', 'placed');
    await shown.shows('#orders [aria-current]', 'packed');
    await shown.shows('#orders [aria-current]', 'shipped');
    await shown.shows('#orders-note', /^o-\w+ is shipped\.$/);
    expect(shown.complaints).toEqual([]);
  });

  it('is still there for who opens the page later, and not among those of another customer', async () => {
    const first = await ExamplesPage.open(browser, gateway.url);
    await first.press('#order-form button');
    // The last that is told of it.
    await first.shows('#orders [aria-current]', 'shipped');
    const later = await ExamplesPage.open(browser, gateway.url);
    await later.shows('#orders > li > code', await first.text('#orders > li > code'));
    await later.page.fill('#customer', 'grace');
    await later.page.keyboard.press('Tab');
    await later.shows('#orders-of', 'grace');
    expect(await later.page.locator('#orders > li').count()).toBe(0);
    await later.page.keyboard.press('Enter');
    await later.shows('#orders [aria-current]', 'placed');
    expect(await first.page.locator('#orders > li').count()).toBe(1);
  });

  it('that is not as expected is refused with a code, and at its fields with why', async () => {
    const shown = await ExamplesPage.open(browser, gateway.url);
    await shown.page.fill('#sku', '');
    await shown.page.fill('#qty', '0');
    await shown.page.keyboard.press('Enter');
    await shown.shows('#order-result', 'invalid_argument');
    await shown.shows('#qty-issue', /expected number to be >=1/);
    await shown.shows('#sku-issue', /expected string to have >=1 character/);
    expect(await shown.page.getAttribute('#qty', 'aria-invalid')).toBe('true');
    expect(await shown.page.getAttribute('#customer', 'aria-invalid')).toBe('false');
    await shown.page.fill('#sku', 'tea');
    await shown.page.fill('#qty', '1');
    await shown.press('#order-form button');
    await shown.shows('#order-result', /^Placed as o-/);
    expect(await shown.text('#qty-issue')).toBe('');
    // A topic that cannot be one.
    await shown.page.fill('#customer', 'nobody else');
    await shown.page.keyboard.press('Tab');
    await shown.shows('#orders-note', /^invalid_argument: /);
    expect(shown.complaints).toEqual([]);
  });
});

describe('a report', () => {
  it('is read to its end, row by row', async () => {
    const shown = await ExamplesPage.open(browser, gateway.url);
    await shown.page.fill('#rows', '2000');
    await shown.press('#report-form [type=submit]');
    await shown.shows('#report-note', /^Done in \d+\.\d s\.$/);
    await shown.shows('#report-rows', '2,000');
    const pieces = Array.from({ length: 2000 }, (_, i) => (i + 1) % 13).reduce((sum, qty) => sum + qty, 0);
    expect(await shown.number('#report-pieces')).toBe(pieces);
    expect(await shown.page.locator('#report-progress').getAttribute('max')).toBe('2000');
    expect(await shown.page.evaluate(`document.getElementById('report-progress').value`)).toBe(2000);
    expect(shown.complaints).toEqual([]);
  });

  it('stands still while it is paused, the handler too, and goes on', async () => {
    const shown = await ExamplesPage.open(browser, gateway.url);
    await shown.ticks();
    await shown.page.fill('#rows', '1000000');
    await shown.press('#report-form [type=submit]');
    await shown.shows('#report-rate', /^[1-9]/);
    await shown.press('#report-pause');
    await shown.shows('#report-note', 'Paused: the handler waits for this page.');
    await shown.shows('#report-rate', '0');
    const paused = await shown.number('#report-rows');
    await shown.frames(40);
    expect(await shown.number('#report-rows')).toBe(paused);
    expect(await inFlight()).toBe(2);
    await shown.press('#report-pause');
    await expect.poll(() => shown.number('#report-rows'), patience).toBeGreaterThan(paused + 256);
    expect(shown.complaints).toEqual([]);
  });

  it.each(['running', 'paused'])('that is %s is cancelled, and its handler with it', async (how) => {
    const shown = await ExamplesPage.open(browser, gateway.url);
    await shown.ticks();
    await shown.page.fill('#rows', '1000000');
    await shown.press('#report-form [type=submit]');
    await shown.shows('#report-rate', /^[1-9]/);
    expect(await inFlight()).toBe(2);
    if (how === 'paused') await shown.press('#report-pause');
    await shown.press('#report-cancel');
    await shown.shows('#report-note', 'Cancelled, and so is the handler.');
    await expect.poll(inFlight, patience).toBe(1);
    expect(await cancelled()).toBe(1);
    expect(await shown.page.isEnabled('#report-form [type=submit]')).toBe(true);
    expect(await shown.page.isEnabled('#report-cancel')).toBe(false);
    // And another one can be read.
    await shown.page.fill('#rows', '100');
    await shown.press('#report-form [type=submit]');
    await shown.shows('#report-note', /^Done/);
    expect(shown.complaints).toEqual([]);
  });
});

describe('a lost connection', () => {
  it('is made anew, and the session goes on where it was', async () => {
    proxy = await startFaultProxy({ targetPort: gateway.port, seed: 1, faults: {} });
    const shown = await ExamplesPage.open(browser, `http://127.0.0.1:${proxy.port}`);
    await shown.ticks();
    await shown.page.fill('#rows', '1000000');
    await shown.press('#report-form [type=submit]');
    await shown.shows('#report-rate', /^[1-9]/);
    await shown.press('#order-form button');
    await shown.shows('#orders [aria-current]', 'placed');
    expect(proxy.cutAll()).toBeGreaterThan(0);
    await shown.shows('#state-detail', 'session resumed, nothing was lost');
    expect(await shown.text('#state-name')).toBe('open');
    await shown.ticks();
    const rows = await shown.number('#report-rows');
    await expect.poll(() => shown.number('#report-rows'), patience).toBeGreaterThan(rows + 256);
    await shown.shows('#orders [aria-current]', 'shipped');
    // The market, the report and the order: nothing had to be sent again.
    expect(await gateway.metric('sluice_events_received_total')).toBe(3);
    expect(shown.complaints.filter((line) => !lostLine.test(line))).toEqual([]);
  });

  it('is made anew to a gateway that was killed and started again; what was asked for meanwhile is done', async () => {
    proxy = await startFaultProxy({ targetPort: gateway.port, seed: 1, faults: {} });
    const shown = await ExamplesPage.open(browser, `http://127.0.0.1:${proxy.port}`);
    await shown.ticks();
    await gateway.kill();
    await shown.shows('#state-name', /^(?:waiting|connecting)$/);
    await shown.page.fill('#qty', '4');
    await shown.press('#order-form button');
    await shown.shows('#order-result', 'Placing …');
    await shown.shows('#queued', /^[1-9]/);
    gateway = await startDemoGateway();
    proxy.setTargetPort(gateway.port);
    await shown.shows('#state-name', 'open');
    expect(await shown.text('#state-detail')).toBe('in a new session');
    await shown.shows('#order-result', /^Placed as o-/);
    await shown.ticks();
    await shown.shows('#ticks-note', /more between two sessions/);
    await shown.shows('#orders [aria-current]', 'shipped');
    expect(shown.complaints.filter((line) => !lostLine.test(line))).toEqual([]);
  }, 40_000);
});
