import type { Connections } from './connections.ts';
import { doctorReport, type DoctorReport } from './doctor.ts';
import type { DoctorFacts } from './doctorFacts.ts';
import { AppError } from './util/errors.ts';
import { Store, type Readable } from './util/store.ts';

export interface DoctorReportsDeps {
  readonly connections: Pick<Connections, 'get'>;
  /** Looks at a server; tells what it knows after each part. */
  examine(
    serverId: string,
    options: { readonly prompting: 'may-ask'; readonly onFacts: (facts: DoctorFacts) => void },
    signal: AbortSignal,
  ): Promise<DoctorFacts>;
}

/** The doctor's page of one server. */
export interface DoctorView {
  /** A look is under way; `report` grows meanwhile. */
  readonly isLooking: boolean;
  /** The last look of this session; undefined when nobody looked. */
  readonly report: DoctorReport | undefined;
}

interface Kept {
  readonly launchHash: string;
  readonly report: DoctorReport | undefined;
}

/** The last look at each server, kept for the session; a report of an entry that was changed since is not shown. */
export class DoctorReports {
  readonly #deps: DoctorReportsDeps;
  readonly #changed = new Store(0);
  readonly #kept = new Map<string, Kept>();
  readonly #running = new Map<string, AbortController>();

  constructor(deps: DoctorReportsDeps) {
    this.#deps = deps;
  }

  /** Changes when more is known. */
  get changed(): Readable<number> {
    return this.#changed;
  }

  /** What is known of a configured server; undefined for any other. */
  of(serverId: string): DoctorView | undefined {
    const server = this.#deps.connections.get(serverId);
    if (!server) return undefined;
    const kept = this.#kept.get(serverId);
    const isLooking = this.#running.has(serverId);
    const isSame = kept?.launchHash === (server.changedTo ?? server.definition).launchHash;
    return { isLooking, report: isSame || isLooking ? kept?.report : undefined };
  }

  /** Looks at a server; it asks for consent where that is due. Rejects `not-found`, `conflict` for one that is looked at already, `cancelled`. */
  async look(serverId: string, signal: AbortSignal): Promise<void> {
    const server = this.#deps.connections.get(serverId);
    if (!server) throw new AppError('not-found', 'this server is no longer configured');
    if (this.#running.has(serverId)) throw new AppError('conflict', 'this server is being looked at already');
    const own = new AbortController();
    const before = this.#kept.get(serverId);
    const { launchHash } = server.changedTo ?? server.definition;
    const keep = (facts: DoctorFacts, isOver: boolean) =>
      this.#keep(serverId, { launchHash, report: doctorReport(facts, isOver) });
    this.#running.set(serverId, own);
    this.#keep(serverId, { launchHash, report: undefined });
    let isDone = false;
    try {
      const onFacts = (facts: DoctorFacts) => keep(facts, false);
      const options = { prompting: 'may-ask', onFacts } as const;
      const facts = await this.#deps.examine(serverId, options, AbortSignal.any([signal, own.signal]));
      keep(facts, true);
      isDone = true;
    } finally {
      this.#running.delete(serverId);
      if (isDone) this.#tell();
      else this.#keep(serverId, before); // half a look says nothing
    }
  }

  /** Ends a look that is under way. */
  stop(serverId: string): void {
    this.#running.get(serverId)?.abort(new AppError('cancelled', 'the look was stopped'));
  }

  #keep(serverId: string, kept: Kept | undefined): void {
    if (kept) this.#kept.set(serverId, kept);
    else this.#kept.delete(serverId);
    this.#tell();
  }

  #tell(): void {
    this.#changed.update((count) => count + 1);
  }
}
