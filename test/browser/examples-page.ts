/** The page of the examples in a browser, as somebody sees it who looks at it and presses its buttons. */
import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';
import { addProbe } from './page-probe.js';

export interface OpenOptions {
  readonly width?: number;
  readonly colorScheme?: 'light' | 'dark';
}

/** What may take long where many tests run at a time. */
const patience = { timeout: 15_000, interval: 50 };

export class ExamplesPage {
  readonly page: Page;
  /** Console messages, uncaught errors, what the content security policy refused, and requests that go elsewhere. */
  readonly complaints: string[] = [];

  private constructor(page: Page) {
    this.page = page;
  }

  static async open(browser: Browser, url: string, { width = 1280, colorScheme = 'light' }: OpenOptions = {}) {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    const opened = new ExamplesPage(page);
    const { complaints } = opened;
    page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== new URL(url).origin) complaints.push(`request: ${request.url()}`);
    });
    await page.addInitScript(
      `addEventListener('securitypolicyviolation', (event) => console.error('policy: ' + event.violatedDirective));`,
    );
    await addProbe(page);
    await page.goto(`${url}/`);
    return opened;
  }

  async text(selector: string): Promise<string> {
    return ((await this.page.locator(selector).textContent()) ?? '').trim();
  }

  async texts(selector: string): Promise<string[]> {
    return await this.page.locator(selector).allTextContents();
  }

  /** A number that is shown. */
  async number(selector: string): Promise<number> {
    return Number((await this.text(selector)).replaceAll(',', ''));
  }

  /** Waits until a text is as expected. */
  async shows(selector: string, expected: string | RegExp): Promise<void> {
    const matching = typeof expected === 'string' ? expected : expect.stringMatching(expected);
    await expect.poll(() => this.text(selector), patience).toEqual(matching);
  }

  /** Waits until a text is another one than now. */
  async changes(selector: string): Promise<void> {
    const before = await this.texts(selector);
    await expect.poll(() => this.texts(selector), patience).not.toEqual(before);
  }

  /** Waits until prices come, the chart is drawn, and both move. */
  async ticks(): Promise<void> {
    await expect.poll(() => this.page.locator('#prices tr').count(), patience).toBe(5);
    await this.changes('#prices td:nth-child(2)');
    const line = () => this.page.locator('#chart .line').first().getAttribute('d');
    await expect.poll(line, patience).toMatch(/L/);
    const before = await line();
    await expect.poll(line, patience).not.toBe(before);
  }

  /** Waits until the browser has drawn so often. */
  async frames(count: number): Promise<void> {
    await this.page.evaluate(
      `new Promise((resolve) => {
        const next = (left) => (left === 0 ? resolve() : requestAnimationFrame(() => next(left - 1)));
        next(${count});
      })`,
    );
  }

  async press(selector: string): Promise<void> {
    await this.page.locator(selector).click();
  }
}
