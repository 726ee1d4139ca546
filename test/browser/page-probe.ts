/** What a page shows, seen from inside of it by `in-page.js`. */
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** A text, and its contrast to what lies behind it (WCAG 2). */
export interface ShownText {
  readonly text: string;
  readonly contrast: number;
}

export interface DrawnText {
  readonly text: string;
  readonly colour: string;
}

export interface ShownPlot {
  readonly title: string;
  /** Of its canvas, in pixels of the page. */
  readonly width: number;
  /** How many different ones are on its canvas. */
  readonly colours: number;
  /** Those of the legend, and whether their colour is on the canvas. */
  readonly lines: readonly { readonly label: string; readonly contrast: number; readonly isDrawn: boolean }[];
}

/** Before the page is opened. */
export async function addProbe(page: Page): Promise<void> {
  await page.addInitScript({ path: fileURLToPath(new URL('in-page.js', import.meta.url)) });
}

/** Until all plots are drawn. */
export async function plotsDrawn(page: Page): Promise<void> {
  await expect.poll(() => page.evaluate('probe.isDrawn()')).toBe(true);
}

/** Every visible text of the page, and every text drawn in a plot so far. */
export async function shownTexts(page: Page): Promise<ShownText[]> {
  return await page.evaluate('probe.texts()');
}

/** What was drawn since it was asked last. */
export async function takeDrawn(page: Page): Promise<DrawnText[]> {
  return await page.evaluate('probe.takeDrawn()');
}

/** Every plot, in the order of the page. */
export async function shownPlots(page: Page): Promise<ShownPlot[]> {
  return await page.evaluate('probe.plots()');
}

/** What reaches over the right border of the page. */
export async function overflowing(page: Page): Promise<string[]> {
  return await page.evaluate('probe.overflowing()');
}
