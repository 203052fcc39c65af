import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { checkIntegrity, npm, pins, SetupError, step, toolsDir } from './steps.mjs';

const packageName = `node-${process.platform}-${process.arch}`;
const installed = path.join(toolsDir, 'node_modules', packageName);
const stamp = path.join(toolsDir, `.node-${pins.node.version}`);

/** The Node that runs our TypeScript: the running one when new enough, else the installed one; undefined when neither is there. */
export function findNode() {
  if (isNewEnough(process.versions.node)) return process.execPath;
  return existsSync(stamp) && existsSync(path.join(installed, 'bin/node'))
    ? path.join(installed, 'bin/node')
    : undefined;
}

/** Installs the pinned Node from npm beside the project. */
export function installNode() {
  const { version, minimum, integrity } = pins.node;
  if (!(packageName in integrity)) {
    throw new SetupError(
      `This project's scripts need Node ${minimum} or newer and this is ${process.version}; install it from nodejs.org and run the command again.`,
    );
  }
  step(`Node ${version} (npm package ${packageName})`, () => {
    writeFileSync(path.join(toolsDir, 'package.json'), '{"private":true}\n');
    npm(['install', '--prefix', toolsDir, '--ignore-scripts', '--save-exact', `${packageName}@${version}`]);
    checkIntegrity(toolsDir, packageName, integrity[packageName]);
    writeFileSync(stamp, '');
  });
}

/** @param {string} version */
function isNewEnough(version) {
  const have = version.split('.').map(Number);
  const want = pins.node.minimum.split('.').map(Number);
  for (const [index, part] of want.entries()) {
    if ((have[index] ?? 0) !== part) return (have[index] ?? 0) > part;
  }
  return true;
}
