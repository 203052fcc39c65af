import { chromium, type Browser } from 'playwright-core';
import { findChromium } from '../setup/chromium.mjs';

/** Starts the headless browser that shows the workbench. */
export function launchBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (!executablePath)
    throw new Error('no Chromium found: run the npm script, which installs it, or set CHROMIUM');
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      // Chromium's own sandbox does not work as root, where CI and containers run.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  });
}
