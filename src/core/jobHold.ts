import type { Job, JobRows, Leases, Transaction } from './jobs.ts';
import type { Clock } from './ports.ts';

export interface JobHoldDeps {
  readonly rows: JobRows;
  readonly leases: Leases;
  readonly transaction: Transaction;
  readonly clock: Clock;
  /** Jobs that this window runs or follows now, by id. */
  readonly held: () => Iterable<string>;
  readonly isHeld: (id: string) => boolean;
  /** A job that another window took meanwhile: nothing may be done for it here. */
  readonly onTaken: (id: string) => void;
  /** A job that this window has from now on. */
  readonly onFound: (job: Job) => void;
}

// Others take over after 15 s. What is begun within this time of a heartbeat has the rest of it to be over.
const safeMs = 10_000;

/** This window's claim on its jobs: kept by heartbeats, lost by sleeping through them, and won over windows that died. */
export class JobHold {
  readonly #deps: JobHoldDeps;
  #beatAt = -Infinity;

  constructor(deps: JobHoldDeps) {
    this.#deps = deps;
  }

  /** Renews the lease and takes over what dead windows left. */
  keep(): void {
    this.#renew();
    this.#adopt();
  }

  /** True when the job is this window's without doubt; after a pause (a sleeping machine) the database is asked first. */
  holds(id: string): boolean {
    if (this.#deps.clock.now() - this.#beatAt >= safeMs) this.#renew();
    return this.#deps.isHeld(id);
  }

  #renew(): void {
    const { rows, leases, clock, transaction, held, onTaken } = this.#deps;
    const now = clock.now();
    const wasSafe = now - this.#beatAt < safeMs;
    // One transaction: no window may see the old heartbeat once we have read what is ours.
    const ours = transaction(() => {
      leases.beat();
      return wasSafe ? undefined : new Set(rows.open(leases.owner).map((job) => job.id));
    });
    this.#beatAt = now;
    if (ours) for (const id of [...held()].filter((candidate) => !ours.has(candidate))) onTaken(id);
  }

  #adopt(): void {
    const { rows, leases, transaction, held, isHeld, onFound } = this.#deps;
    for (const [owner, count] of rows.openOwners()) {
      const isOurs = owner === leases.owner;
      if (isOurs ? count <= [...held()].length : leases.isAlive(owner)) continue;
      const left = rows.open(owner).filter((job) => !isHeld(job.id));
      const taken = isOurs
        ? left
        : transaction(() =>
            leases.isAlive(owner) ? [] : left.filter((job) => rows.adopt(job.id, owner, leases.owner)),
          );
      for (const job of taken) onFound({ ...job, owner: leases.owner });
    }
  }
}
