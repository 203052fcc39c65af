import type { ActivityFilter } from '../core/activity.ts';
import { kindsOf, knownKinds } from '../core/activityRead.ts';

/** What a filter asks of a row, as conditions to add to others. */
export function activityConditions(filter: ActivityFilter): {
  readonly sql: string;
  readonly values: readonly (string | number)[];
} {
  let sql = '';
  const values: (string | number)[] = [];
  const and = (condition: string, ...of: (string | number)[]) => {
    sql += ` AND ${condition}`;
    values.push(...of);
  };
  for (const word of (filter.text ?? '')
    .split(/\s+/)
    .filter((one) => one !== '')
    .slice(0, 10)) {
    const like = `%${word.replace(/[\\%_]/g, '\\$&')}%`;
    // Bodies are JSON: what has to be escaped there is written escaped.
    const inBody = `%${JSON.stringify(word)
      .slice(1, -1)
      .replace(/[\\%_]/g, '\\$&')}%`;
    and(`(body LIKE ? ESCAPE '\\' OR kind LIKE ? ESCAPE '\\')`, inBody, like);
  }
  if (filter.serverId !== undefined) and('server_id = ?', filter.serverId);
  if (filter.caller !== undefined) and('caller = ?', filter.caller);
  if (filter.tool !== undefined) and(`json_valid(body) AND body ->> '$.tool' = ?`, filter.tool);
  if (filter.group !== undefined) {
    const kinds = filter.group === 'other' ? knownKinds : kindsOf(filter.group);
    and(`kind ${filter.group === 'other' ? 'NOT IN' : 'IN'} (${kinds.map(() => '?').join(', ')})`, ...kinds);
  }
  if (filter.from !== undefined) and('at >= ?', filter.from);
  if (filter.to !== undefined) and('at <= ?', filter.to);
  switch (filter.outcome) {
    case undefined:
      break;
    case 'sent':
      and(`kind = 'call'`);
      break;
    case 'denied':
    case 'refused':
    case 'withdrawn':
      and('kind = ?', `call-${filter.outcome}`);
      break;
    default:
      and(`kind = 'call-ended' AND json_valid(body) AND body ->> '$.status' = ?`, filter.outcome);
  }
  return { sql, values };
}
