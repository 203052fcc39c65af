import { existsSync } from 'node:fs';
import { execute, SetupError, step } from './steps.mjs';

/**
 * Installs Debian packages when this is root on Debian or a relative of it; else says what a person has to install.
 * @param {readonly string[]} packages
 * @param {string} why
 */
export function installDebianPackages(packages, why) {
  const list = packages.join(', ');
  if (!existsSync('/usr/bin/apt-get') || process.getuid?.() !== 0) {
    throw new SetupError(
      `Needed ${why}: ${list}. Install ${packages.length > 1 ? 'them' : 'it'} and run the command again.`,
    );
  }
  step(`Debian packages ${why}: ${list}`, () => {
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    execute('apt-get', ['update', '-qq'], { env });
    execute(
      'apt-get',
      ['install', '-y', '-qq', '-o=Dpkg::Use-Pty=0', '--no-install-recommends', ...packages],
      { env },
    );
  });
}
