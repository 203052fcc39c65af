import { existsSync } from 'node:fs';
import path from 'node:path';
import { installDebianPackages } from './debian.mjs';
import { SetupError } from './steps.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'];
const places = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/** The browser that drives the workbench: `CHROMIUM`, else the first one found; undefined when there is none. */
export function findChromium() {
  const named = process.env['CHROMIUM'];
  if (named) {
    if (!existsSync(named)) throw new SetupError(`CHROMIUM names ${named}, which is not there.`);
    return named;
  }
  const onPath = (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .flatMap((folder) => names.map((name) => path.join(folder, name)));
  return [...onPath, ...places].find((file) => existsSync(file));
}

/** Installs Chromium from Debian. */
export function installChromium() {
  if (process.platform !== 'linux') {
    throw new SetupError(
      'No Chromium-based browser found. Install Chrome, or set CHROMIUM to the path of one.',
    );
  }
  installDebianPackages(['chromium'], 'for the tests in a real workbench (or set CHROMIUM to a browser)');
}
