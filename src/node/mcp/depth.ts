import type { Json, JsonObject } from '../../core/json.ts';

/** True when a value nests deeper than `max`; looks level by level, because recursion is what such a value attacks. */
export function isDeeperThan(value: Json, max: number): boolean {
  let level: readonly Json[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > max) return true;
    const next: Json[] = [];
    for (const item of level) {
      if (typeof item !== 'object' || item === null) continue;
      for (const member of Object.values<Json>(item as JsonObject))
        if (typeof member === 'object' && member !== null) next.push(member);
    }
    level = next;
  }
  return false;
}
