import type { Leases } from '../core/jobs.ts';
import type { Database } from './database.ts';

const lapseMs = 15_000;

/** Which windows are alive: a lease counts while its process lives and its heartbeat is younger than 15 s. */
export function createLeases(db: Database, owner: string, pid: number, now: () => number): Leases {
  return {
    owner,
    beat: () => {
      db.sql('INSERT OR REPLACE INTO leases (owner, pid, beat_at) VALUES (?, ?, ?)').run(owner, pid, now());
    },
    isAlive: (other) => {
      if (other === owner) return true;
      const row = db.sql('SELECT pid, beat_at FROM leases WHERE owner = ?').get(other);
      return (
        row !== undefined && now() - Number(row['beat_at']) < lapseMs && isProcessAlive(Number(row['pid']))
      );
    },
    release: () => {
      db.sql('DELETE FROM leases WHERE owner = ? OR beat_at < ?').run(owner, now() - 24 * 3600_000);
    },
  };
}

/** True while a process of this machine has that number. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // alive, of another user
  }
}
