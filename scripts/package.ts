// `npm run package [-- --pre-release]`: builds and writes mcp-switchboard-<version>.vsix, for the Marketplace and Open VSX alike; fails on
// any warning of the packager and above 2 MB.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs, stripVTControlCharacters } from 'node:util';
import { root } from './processes.ts';

const maxBytes = 2 * 1024 * 1024;

/** Where `npm run package` writes the VSIX of the current version. */
export function vsixPath(): string {
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
  return path.join(root, `mcp-switchboard-${manifest.version}.vsix`);
}

/**
 * Builds the extension for production and packs it; throws with the reason when that fails in any way. `preRelease`: both galleries
 * offer it only to who asked for pre-releases.
 */
export function packageExtension({ preRelease = false } = {}): string {
  const vsix = vsixPath();
  rmSync(vsix, { force: true });
  node('esbuild.mjs', '--production', '--metafile');
  // The manifest names no public repository yet, so there is nothing relative links could point into.
  const links = ['--allow-missing-repository', '--no-rewrite-relative-links'];
  const output = node(
    'node_modules/@vscode/vsce/vsce',
    'package',
    '--no-dependencies',
    ...links,
    ...(preRelease ? ['--pre-release'] : []),
    '--out',
    vsix,
  );
  process.stdout.write(output);
  if (/\bwarning\b/i.test(output)) throw new Error('the packager warned, see above');
  const { size } = statSync(vsix);
  if (size > maxBytes) throw new Error(`${path.basename(vsix)} has ${size} bytes, more than ${maxBytes}`);
  process.stdout.write(`${path.basename(vsix)}: ${(size / 1024).toFixed(0)} KiB\n`);
  return vsix;
}

function node(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  const output = stripVTControlCharacters(`${stdout}${stderr}`);
  if (status !== 0) throw new Error(`${args.join(' ')} failed\n${output}`);
  return output;
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { 'pre-release': { type: 'boolean', default: false } } });
  packageExtension({ preRelease: values['pre-release'] });
}
