import { existsSync } from 'node:fs';
import path from 'node:path';
import { npm, readJson, root, step } from './steps.mjs';

/** True when `node_modules` holds exactly what `package-lock.json` names. */
export function hasPackages() {
  const installed = path.join(root, 'node_modules/.package-lock.json');
  if (!existsSync(installed)) return false;
  const have = readJson(installed).packages;
  const want = readJson(path.join(root, 'package-lock.json')).packages;
  // A package for another platform is left out by npm, so only an optional one may be missing.
  return (
    Object.keys(have).every((name) => name in want) &&
    Object.keys(want).every((name) =>
      have[name] ? have[name].version === want[name].version : name === '' || want[name].optional === true,
    )
  );
}

/** Installs the locked npm packages. */
export function installPackages() {
  step('npm packages (npm ci)', () => npm(['ci']));
}
