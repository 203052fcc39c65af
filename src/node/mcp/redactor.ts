import type { ResolvedLaunch } from '../../core/server.ts';

/** Replaces secrets in text that leaves this folder: frames, stderr, log lines, error messages. */
export type Redact = (text: string) => string;

/** What stands in the place of a secret. */
export const hiddenMark = '(hidden)';

const secretName =
  /passw|passphrase|passcode|secret|token|api[-_]?key|access[-_]?key|credential|authorization|cookie|private[-_]?key/i;
// Protocol members that only sound like secrets.
const publicName = /^(?:progressToken|maxTokens|tokens?Count|inputTokens|outputTokens)$/i;
// A member of a JSON text, and of JSON inside a JSON string; the value may be cut off at the end of the text.
const jsonMember = /("([^"\\\s]{1,80})"\s*:\s*")(?:[^"\\]|\\.)*/g;
const nestedMember = /(\\"([^"\\\s]{1,80})\\"\s*:\s*\\")[^"\\]*/g;
const bearer = /\b(Bearer|Basic|DPoP)\s+[A-Za-z0-9._~+/=-]{8,}/g;
const urlPassword = /\b([a-z][a-z0-9+.-]{1,30}:\/\/[^\s/:@"]{0,200}:)[^\s/@"]+@/gi;
const mayHideSomething = new RegExp(`${secretName.source}|${bearer.source}|://[^/]*@`, 'i');
const shortestSecret = 4;

/** A redactor for one connection; `secrets` are hidden wherever they occur, also JSON- or URL-encoded. */
export function createRedactor(secrets: readonly string[]): Redact {
  const known = pattern(secrets);
  return (text) => {
    const withoutKnown = known ? text.replace(known, hiddenMark) : text;
    if (!mayHideSomething.test(withoutKnown)) return withoutKnown;
    return withoutKnown
      .replace(jsonMember, hideMember)
      .replace(nestedMember, hideMember)
      .replace(bearer, `$1 ${hiddenMark}`)
      .replace(urlPassword, `$1${hiddenMark}@`);
  };
}

function hideMember(whole: string, start: string, name: string): string {
  return isSecretName(name) ? start + hiddenMark : whole;
}

/** The longest form any of these secrets can take in a text: how far a cut must look ahead. */
export function longestSecret(secrets: readonly string[]): number {
  return Math.max(0, ...forms(secrets).map((form) => form.length));
}

/** Secrets of a launch: those given by the caller, and values whose name, header or place says so. */
export function secretsOf(launch: ResolvedLaunch, given: readonly string[] = []): readonly string[] {
  const found = new Set(given);
  const add = (name: string, value: string) => {
    if (!isSecretName(name)) return;
    found.add(value);
    const token = /^\S+\s+(\S+)$/.exec(value)?.[1]; // "Bearer <token>"
    if (token !== undefined) found.add(token);
  };
  if (launch.kind === 'http') {
    for (const [name, value] of Object.entries(launch.headers)) add(name, value);
    for (const value of secretsInUrl(launch.url)) found.add(value);
  } else {
    for (const [name, value] of Object.entries(launch.env)) add(name, value);
    launch.args.forEach((arg, index) => {
      const [, name, value] = /^--?([^=\s]+)(?:=(.*))?$/s.exec(arg) ?? [];
      if (name !== undefined) add(name, value ?? launch.args[index + 1] ?? '');
    });
  }
  return [...found];
}

function secretsInUrl(url: string): string[] {
  if (!URL.canParse(url)) return [];
  const { password, searchParams } = new URL(url);
  return [password, ...[...searchParams].filter(([name]) => isSecretName(name)).map(([, value]) => value)];
}

/** True for a name of a header, member or variable whose value is a secret. */
export function isSecretName(name: string): boolean {
  return secretName.test(name) && !publicName.test(name);
}

function forms(secrets: readonly string[]): string[] {
  const all = new Set<string>();
  for (const secret of secrets) {
    const text = secret.trim();
    if (text.length < shortestSecret) continue;
    all.add(text);
    all.add(JSON.stringify(text).slice(1, -1));
    if (text.isWellFormed()) all.add(encodeURIComponent(text));
  }
  return [...all];
}

function pattern(secrets: readonly string[]): RegExp | undefined {
  const all = forms(secrets).sort((a, b) => b.length - a.length);
  if (all.length === 0) return undefined;
  return new RegExp(all.map((text) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'g');
}
