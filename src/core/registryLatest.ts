import type { RegistryEntry } from './registry.ts';
import { compareVersionTexts, parseSemver } from './semver.ts';

type Version = Pick<RegistryEntry, 'version' | 'publishedAt' | 'isLatest' | 'status'>;

/** Orders two versions of one server by age: semantic versions by precedence and above all others, others by publication. */
export function compareVersions(a: Version, b: Version): number {
  const isSemver = parseSemver(a.version) !== undefined;
  if (isSemver === (parseSemver(b.version) !== undefined)) {
    const bySemver = isSemver ? compareVersionTexts(a.version, b.version) : 0;
    if (bySemver !== 0) return bySemver;
    const byDate = Date.parse(a.publishedAt ?? '') - Date.parse(b.publishedAt ?? '');
    return Number.isNaN(byDate) || byDate === 0 ? compareVersionTexts(a.version, b.version) : byDate;
  }
  return isSemver ? 1 : -1;
}

/** The latest of all versions of one server: the registry's own mark wins; else the newest that is not deleted. */
export function latestOf<T extends Version>(versions: readonly T[]): T | undefined {
  const alive = versions.filter((version) => version.status !== 'deleted');
  const marked = alive.filter((version) => version.isLatest === true);
  // Without any mark the rule decides; a version that is marked `false` only loses against one that is not.
  const unmarked = alive.filter((version) => version.isLatest === undefined);
  const candidates = marked.length > 0 ? marked : unmarked.length > 0 ? unmarked : alive;
  return candidates.reduce<T | undefined>(
    (latest, version) => (latest === undefined || compareVersions(latest, version) < 0 ? version : latest),
    undefined,
  );
}
