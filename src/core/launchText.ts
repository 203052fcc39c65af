import { secretsOf } from './configSecrets.ts';
import type { Launch } from './server.ts';

const mask = '••••';

/** The command line of a local server as configured, quoted so that its parts can be told apart; secrets masked. */
export function commandLineOf(launch: Extract<Launch, { kind: 'stdio' }>): string {
  const secrets = literalSecrets(launch);
  return [launch.command, ...launch.args].map((part) => quoted(masked(part, secrets))).join(' ');
}

/** The address of a remote server as configured; a password and secrets in it masked. */
export function addressOf(launch: Extract<Launch, { kind: 'http' }>): string {
  return masked(
    launch.url.replace(/^([a-z]+:\/\/[^/?#:@]*):[^/?#@]+@/i, `$1:${mask}@`),
    literalSecrets(launch),
  );
}

/** Secrets written into the file itself; those behind `${…}` are not in it. */
function literalSecrets(launch: Launch): readonly string[] {
  const resolved = launch.kind === 'stdio' ? { ...launch, cwd: launch.cwd } : launch;
  return secretsOf(resolved, []).filter((secret) => !/^\$\{[^}]*\}$/.test(secret));
}

function masked(text: string, secrets: readonly string[]): string {
  return secrets
    .toSorted((a, b) => b.length - a.length)
    .reduce((so, secret) => so.replaceAll(secret, mask), text);
}

function quoted(part: string): string {
  return part !== '' && /^[\w@%+=:,./~${}•-]+$/.test(part)
    ? part
    : `"${part.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
