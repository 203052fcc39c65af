import { pageLocale } from '../format.ts';
import { t } from '../strings.ts';

const units: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

/** How long ago something was: `3 hours ago`. */
export function ago(at: number, now: number, locale = pageLocale()): string {
  const past = Math.max(0, now - at);
  for (const [unit, ms] of units) {
    if (past >= ms) return new Intl.RelativeTimeFormat(locale).format(-Math.floor(past / ms), unit);
  }
  return t('time.now');
}

/** A date without its time. */
export function dateOf(at: number, locale = pageLocale()): string {
  return new Date(at).toLocaleDateString(locale, { dateStyle: 'medium' });
}

/** What people call a kind of package; unknown kinds stay as they are. */
export function kindWord(kind: string): string {
  const words: Readonly<Record<string, string>> = {
    npm: 'npm',
    pypi: 'PyPI',
    nuget: 'NuGet',
    oci: 'container',
    docker: 'container',
    mcpb: 'MCPB',
    cargo: 'Cargo',
    go: 'Go',
    'streamable-http': 'HTTP',
    sse: 'SSE',
    stdio: 'stdio',
  };
  return Object.hasOwn(words, kind) ? (words[kind] ?? kind) : kind;
}
