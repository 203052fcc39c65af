import { randomUUID } from 'node:crypto';
import type { AuthLock } from '../core/auth.ts';
import type { Clock } from '../core/ports.ts';
import { AppError, throwIfAborted } from '../core/util/errors.ts';
import { Database } from './database.ts';

// Longer than the requests that one piece of work makes can take together.
const heldMs = 90_000;
const pollMs = 100;

const migrations = [
  'CREATE TABLE auth_locks (key TEXT PRIMARY KEY, owner TEXT NOT NULL, until INTEGER NOT NULL) STRICT;',
];

/** Locks over all windows, and their end. */
export interface AuthLocks extends AuthLock {
  readonly close: () => void;
}

/** Locks in a small database of their own (it holds nothing else): a window that died holds one for 90 s at most. Waiting ends with `timeout` after twice that. */
export function openAuthLocks(file: string, clock: Clock): AuthLocks {
  const db = Database.open(file, () => {}, migrations);
  const take = (key: string, owner: string): boolean =>
    db.transaction(
      () =>
        db
          .sql(
            `INSERT INTO auth_locks (key, owner, until) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE
             SET owner = excluded.owner, until = excluded.until WHERE auth_locks.until <= ?`,
          )
          .run(key, owner, clock.now() + heldMs, clock.now()).changes === 1,
    );
  return {
    close: () => db.close(),
    run: async (key, signal, work) => {
      const owner = randomUUID();
      const giveUpAt = clock.now() + 2 * heldMs;
      while (!take(key, owner)) {
        throwIfAborted(signal);
        if (clock.now() >= giveUpAt)
          throw new AppError('timeout', 'another window is still signing in to this server', {
            nextStep: 'Finish or cancel the sign-in in the other window.',
          });
        await new Promise<void>((resolve) => clock.setTimer(pollMs, resolve));
      }
      try {
        throwIfAborted(signal);
        return await work();
      } finally {
        db.sql('DELETE FROM auth_locks WHERE key = ? AND owner = ?').run(key, owner);
      }
    },
  };
}
