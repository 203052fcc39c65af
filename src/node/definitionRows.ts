import type { AcceptedPin, DefinitionEvent, Pin, PinRows, PinScope } from '../core/definitionPins.ts';
import { isJsonObject, parseStored, type Json } from '../core/json.ts';
import type { PinKind } from '../core/pins.ts';
import type { Logger } from '../core/ports.ts';
import { canonicalJson } from '../core/util/canonicalJson.ts';
import type { Database } from './database.ts';

const maxBody = 512 * 1024; // a definition beyond it is known by its hash only
const keptEvents = 500; // per server
const maxEventItems = 1_000;

/** Pins in SQLite. What is accepted is a column of its own: a damaged body loses the text to compare with, never the protection. */
export function createPinRows(db: Database, logger: Logger, sha256: (text: string) => string): PinRows {
  const touch = () => db.sql('UPDATE definition_revision SET n = n + 1').run();
  return {
    of: (scope) =>
      db
        .sql(
          'SELECT kind, name, hash, rejected, told, body FROM definition_pins WHERE server_id = ? AND launch_hash = ? AND account = ?',
        )
        .all(scope.serverId, scope.launchHash, scope.account)
        .map((row): Pin => {
          const [kind, name] = [String(row['kind']) as PinKind, nameOf(row['name'])];
          const hash = textOf(row['hash']);
          return {
            ...{ kind, name },
            accepted:
              hash === undefined ? undefined : acceptedOf(hash, row['body'], sha256, damaged(kind, name)),
            rejected: textOf(row['rejected']),
            told: textOf(row['told']),
          };
        }),
    put: ({ serverId, launchHash, account }, { kind, name, accepted, rejected, told }) => {
      const before = db
        .sql(
          'SELECT hash, body FROM definition_pins WHERE server_id = ? AND launch_hash = ? AND account = ? AND kind = ? AND name = ?',
        )
        .get(serverId, launchHash, account, kind, JSON.stringify(name));
      const isSame = before !== undefined && before['hash'] === accepted?.hash;
      db.sql(
        `INSERT OR REPLACE INTO definition_pins (server_id, launch_hash, account, kind, name, hash, rejected, told, body)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ).run(
        ...[serverId, launchHash, account, kind, JSON.stringify(name)],
        ...[accepted?.hash ?? null, rejected ?? null, told ?? null],
        isSame ? (textOf(before['body']) ?? null) : bodyOf(accepted),
      );
      touch();
    },
    addEvent: (event) => {
      const { serverId } = event.scope;
      const body = JSON.stringify({ ...event, items: event.items.slice(0, maxEventItems) });
      db.sql('INSERT INTO definition_events (server_id, at, body) VALUES (?, ?, ?)').run(
        serverId,
        event.at,
        body,
      );
      db.sql(
        `DELETE FROM definition_events WHERE server_id = ? AND seq <=
         (SELECT seq FROM definition_events WHERE server_id = ? ORDER BY seq DESC LIMIT 1 OFFSET ?)`,
      ).run(serverId, serverId, keptEvents);
      touch();
    },
    events: (serverId) =>
      db
        .sql('SELECT seq, body FROM definition_events WHERE server_id = ? ORDER BY seq DESC')
        .all(serverId)
        .flatMap((row) => {
          const event = eventOf(parseStored(textOf(row['body'])));
          if (!event) logger.warn(`definition event ${String(row['seq'])} cannot be read and is skipped`);
          return event ? [event] : [];
        }),
    revision: () => Number(db.sql('SELECT n FROM definition_revision').get()?.['n'] ?? 0),
  };

  function damaged(kind: string, name: string): () => void {
    return () =>
      logger.warn(
        `the pinned definition of ${kind} ${JSON.stringify(name)} cannot be read; its hash still counts`,
      );
  }
}

function bodyOf(accepted: AcceptedPin | undefined): string | null {
  if (!accepted) return null;
  const { at, how, definition } = accepted;
  const text = definition === undefined ? undefined : canonicalJson(definition);
  // Canonical as it was hashed, so that damage shows.
  return JSON.stringify({ at, how, ...(text !== undefined && text.length <= maxBody ? { text } : {}) });
}

function acceptedOf(
  hash: string,
  body: unknown,
  sha256: (text: string) => string,
  onDamage: () => void,
): AcceptedPin {
  const value = parseStored(textOf(body));
  if (!isJsonObject(value)) {
    onDamage();
    return { hash, definition: undefined, at: 0, how: 'user' };
  }
  const { text } = value;
  const definition = typeof text === 'string' && sha256(text) === hash ? parseStored(text) : undefined;
  if (typeof text === 'string' && definition === undefined) onDamage();
  const how = value['how'] === 'first-sight' || value['how'] === 'order-only' ? value['how'] : 'user';
  return {
    hash,
    definition: isJsonObject(definition) ? definition : undefined,
    at: typeof value['at'] === 'number' ? value['at'] : 0,
    how,
  };
}

const kinds = new Set(['first-sight', 'changed', 'accepted', 'rejected', 'order-only']);

function eventOf(value: Json | undefined): DefinitionEvent | undefined {
  if (!isJsonObject(value)) return undefined;
  const { kind, at, scope, items } = value;
  const isWhole =
    typeof kind === 'string' &&
    kinds.has(kind) &&
    typeof at === 'number' &&
    isScope(scope) &&
    Array.isArray(items);
  if (!isWhole) return undefined;
  const isItem = (item: unknown) =>
    isJsonObject(item) &&
    typeof item['name'] === 'string' &&
    typeof item['kind'] === 'string' &&
    Array.isArray(item['classes']);
  return items.every(isItem) ? (value as unknown as DefinitionEvent) : undefined;
}

function isScope(value: unknown): value is PinScope {
  return (
    isJsonObject(value) &&
    ['serverId', 'launchHash', 'account'].every((field) => typeof value[field] === 'string')
  );
}

/** Names are kept as JSON: SQLite would cut one at a NUL. */
function nameOf(column: unknown): string {
  const name = parseStored(textOf(column));
  return typeof name === 'string' ? name : '';
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
