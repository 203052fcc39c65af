/** A length of time as `0:07`, `12:30` or `1:02:30`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number) => String(n).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** How long something took; short spans with a decimal. */
export function span(ms: number): string {
  return ms < 10_000 ? `${(Math.max(0, ms) / 1000).toFixed(1)} s` : duration(ms);
}

/** How long something took, also when that was no time at all. */
export function elapsed(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  return ms < 10_000 ? `${(ms / 1000).toFixed(2)} s` : span(ms);
}

/** The user's own locale; where its words would be in another language than the page's, that language. */
export function pageLocale(
  page = (globalThis as { document?: { documentElement: { lang: string } } }).document?.documentElement.lang,
  own = globalThis.navigator?.language,
): string | undefined {
  const language = (tag: string | undefined) => tag?.split('-')[0]?.toLowerCase();
  return page && language(page) !== language(own) ? page : own;
}

/** A time of day, with seconds. */
export function timeOfDay(at: number, locale = pageLocale()): string {
  return new Date(at).toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
}

/** A time of day for a narrow place: 24 hours, so that it needs no AM or PM. */
export function shortTimeOfDay(at: number, locale = pageLocale()): string {
  return new Date(at).toLocaleTimeString(locale, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
}

/** A date and time. */
export function dateTime(at: number, locale = pageLocale()): string {
  return new Date(at).toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'medium' });
}

/** A day, as words. */
export function day(at: number, locale = pageLocale()): string {
  return new Date(at).toLocaleDateString(locale, { dateStyle: 'full' });
}

/** Whole days between two moments by the local calendar. */
export function daysBetween(from: number, to: number): number {
  const midnight = (at: number) => new Date(at).setHours(0, 0, 0, 0);
  return Math.round((midnight(to) - midnight(from)) / 86_400_000);
}

/** A number of bytes for the eye: `512 B`, `1.4 kB`, `20 MB`. */
export function bytes(n: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  let value = n;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value >= 10 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** A share as whole percent, never rounded up to 100. */
export function percent(share: number): string {
  const clamped = Math.min(1, Math.max(0, share));
  return `${clamped === 1 ? 100 : Math.min(99, Math.round(clamped * 100))} %`;
}

/** A number without needless digits. */
export function number(n: number, locale = pageLocale()): string {
  return n.toLocaleString(locale, { maximumFractionDigits: 3 });
}
