import type { GatewayPlace } from '../core/gatewayLife.ts';
import type { Leases } from '../core/jobs.ts';
import type { Database } from './database.ts';

/** The place in the database that all windows share: one row with the window that serves, and the port that agents know. */
export function createGatewayPlace(
  db: Database,
  leases: Pick<Leases, 'owner' | 'isAlive' | 'beat'>,
): GatewayPlace {
  const { owner } = leases;
  return {
    claim: () =>
      db.transaction(() => {
        const row = db.sql('SELECT owner, port FROM gateway WHERE slot = 1').get();
        const holder = typeof row?.['owner'] === 'string' ? row['owner'] : undefined;
        const port = portOf(row?.['port']);
        if (holder !== undefined && holder !== owner && leases.isAlive(holder))
          return { isOurs: false, port };
        // Without a heartbeat of its own this window would not count as alive for the next one.
        leases.beat();
        db.sql(
          `INSERT INTO gateway (slot, owner) VALUES (1, ?)
           ON CONFLICT (slot) DO UPDATE SET owner = excluded.owner`,
        ).run(owner);
        return { isOurs: true, port };
      }),
    remember: (port) => {
      db.sql('UPDATE gateway SET port = ? WHERE slot = 1 AND owner = ?').run(port, owner);
    },
    release: () => {
      db.sql('UPDATE gateway SET owner = NULL WHERE slot = 1 AND owner = ?').run(owner);
    },
  };
}

function portOf(value: unknown): number | undefined {
  const port = Number(value);
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}
