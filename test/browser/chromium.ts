/** A real browser without a window, in a profile of its own that is removed with it. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const executablePath = '/usr/bin/chromium';
const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The caller closes it. Throws where there is no browser: tests that need one do not pass without it. */
export async function startChromium(): Promise<Browser> {
  if (!existsSync(executablePath)) {
    throw new Error(`expected a browser at ${executablePath}, got none: install Debian's package \`chromium\``);
  }
  return await chromium.launch({ executablePath, args, timeout: 15_000 });
}
