import type { ResolvedLaunch } from './server.ts';

/** A value that came into a launch from outside its file. */
export type UsedValue =
  | { readonly origin: 'env'; readonly name: string; readonly field: string; readonly value: string }
  | {
      readonly origin: 'input';
      readonly name: string;
      readonly field: string;
      readonly value: string;
      readonly isPassword: boolean;
    }
  | { readonly origin: 'envFile'; readonly name: string; readonly value: string };

const secretName =
  /token|secret|passw|passphrase|pwd|api[-_]?key|access[-_]?key|private[-_]?key|(?:^|[-_])key$|auth(?!or(?!i[sz]))|credential|cookie|session|bearer|signature|(?:^|[-_])(?:pat|dsn)$|connection[-_]?string/i;
// Hiding these everywhere would make logs unreadable and protects nothing.
const ordinaryValue =
  /^(?:true|false|null|none|yes|no|on|off|\d{1,5}|debug|info|warn|warning|error|development|production|test|localhost|127\.0\.0\.1)$/i;
const minLength = 4;

/** True for names of settings that usually hold a secret. */
export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

/** The values of a launch that must not be shown: password inputs, env files, and what stands under a secret's name. */
export function secretsOf(launch: ResolvedLaunch, used: readonly UsedValue[]): readonly string[] {
  const secrets = new Set<string>();
  const add = (value: string) => {
    if (value.length >= minLength && !ordinaryValue.test(value)) secrets.add(value);
  };
  for (const item of used) {
    if (item.origin === 'envFile' || (item.origin === 'input' && item.isPassword)) add(item.value);
    else if (isSecretName(item.name) || isSecretName(item.field) || item.field.startsWith('headers.'))
      add(item.value);
  }
  const named =
    launch.kind === 'http'
      ? [...Object.entries(launch.headers), ...queryOf(launch.url)]
      : [...Object.entries(launch.env), ...optionsOf(launch.args)];
  for (const [name, value] of named) {
    if (!isSecretName(name)) continue;
    add(value);
    // "Bearer x" is also known as "x".
    const afterScheme = /^[A-Za-z]+ +(\S.*)$/.exec(value)?.[1];
    if (afterScheme !== undefined) add(afterScheme);
  }
  return [...secrets];
}

function queryOf(url: string): [string, string][] {
  return URL.canParse(url) ? [...new URL(url).searchParams] : [];
}

/** `--name=value` and `--name value`. */
function optionsOf(args: readonly string[]): [string, string][] {
  return args.flatMap((arg, index): [string, string][] => {
    const joined = /^--?([\w-]+)=(.*)$/s.exec(arg);
    if (joined) return [[joined[1] ?? '', joined[2] ?? '']];
    const next = args[index + 1];
    return /^--[\w-]+$/.test(arg) && next !== undefined && !next.startsWith('-') ? [[arg, next]] : [];
  });
}
