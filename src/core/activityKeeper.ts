import type { ActivityHead, ActivityRetention, ActivityRows } from './activity.ts';
import type { ActivityVerdict } from './activityChain.ts';
import { verifyActivity, type Pause } from './activityVerify.ts';
import { isJsonObject, parseStored } from './json.ts';
import type { Clock, Logger, Secrets, Sha256 } from './ports.ts';
import type { Disposable } from './util/disposables.ts';
import { isAppError } from './util/errors.ts';
import { Store, type Readable } from './util/store.ts';

/** How far the check of the log is, and what it found. */
export type VerifyState =
  | { readonly kind: 'never' }
  | { readonly kind: 'running'; readonly lines: number; readonly of: number }
  | { readonly kind: 'done'; readonly at: number; readonly ms: number; readonly verdict: ActivityVerdict };

export interface ActivityKeeperDeps {
  readonly rows: ActivityRows;
  /** Where the end of the log is also kept: not in the database. */
  readonly secrets: Secrets;
  readonly retention: () => ActivityRetention;
  readonly clock: Clock;
  readonly sha256: Sha256;
  readonly logger: Logger;
}

const anchorKey = 'activity.anchor';
const anchorFirstMs = 2_000;
const anchorEveryMs = 15_000;
const lookEveryMs = 1_000;
const pruneFirstMs = 60_000;
const pruneEveryMs = 3_600_000;
const prunedAtOnce = 500;

/** Looks after the log: notices new lines, keeps its end in a second place, removes what is too old or too much, and checks it. */
export class ActivityKeeper implements Disposable {
  readonly #deps: ActivityKeeperDeps;
  readonly #head: Store<number>;
  readonly #state = new Store<VerifyState>({ kind: 'never' });
  readonly #timers = new Map<string, Disposable>();
  readonly #stop = new AbortController();
  #anchored: number | undefined;

  constructor(deps: ActivityKeeperDeps) {
    this.#deps = deps;
    this.#head = new Store(deps.rows.head()?.seq ?? 0);
  }

  /** The number of the newest line, of all windows. */
  get head(): Readable<number> {
    return this.#head;
  }

  get state(): Readable<VerifyState> {
    return this.#state;
  }

  /** Gives way to everything else. */
  readonly pause: Pause = () => new Promise((resolve) => this.#deps.clock.setTimer(0, resolve));

  start(): void {
    const look = async () => this.#head.set(this.#deps.rows.head()?.seq ?? 0);
    this.#every('look', lookEveryMs, look);
    this.#every('anchor', anchorEveryMs, () => this.anchor(), anchorFirstMs);
    this.#every('prune', pruneEveryMs, () => this.prune(), pruneFirstMs);
  }

  /** Notices lines of other windows now. */
  look(): void {
    this.#head.set(this.#deps.rows.head()?.seq ?? 0);
  }

  /** Keeps the end of the log in the second place. A log that ends before what is kept there is left for the check to find. */
  async anchor(isForced = false): Promise<void> {
    const head = this.#deps.rows.head();
    if (!head || (head.seq === this.#anchored && !isForced)) return;
    const kept = await this.#anchor();
    if (isForced || !kept || kept.seq < head.seq)
      await this.#deps.secrets.set(anchorKey, JSON.stringify({ seq: head.seq, hash: head.hash }));
    this.#anchored = head.seq;
  }

  /** Removes what retention does not keep, in small parts; how many lines. */
  async prune(): Promise<number> {
    const { rows, retention, clock } = this.#deps;
    let removed = 0;
    for (;;) {
      if (this.#stop.signal.aborted) return removed;
      const count = rows.prune(clock.now(), retention(), prunedAtOnce);
      removed += count;
      if (count < prunedAtOnce) return removed;
      await this.pause();
    }
  }

  /** Checks every line while everything else goes on; rejects `cancelled`. */
  async verify(signal: AbortSignal): Promise<ActivityVerdict> {
    const { rows, clock, sha256 } = this.#deps;
    const begun = clock.now();
    const before = this.#state.get();
    const of = rows.size().lines;
    this.#state.set({ kind: 'running', lines: 0, of });
    try {
      const verdict = await verifyActivity(
        rows,
        {
          sha256,
          pause: this.pause,
          anchor: await this.#anchor(),
          onProgress: (lines) => this.#state.set({ kind: 'running', lines, of: Math.max(of, lines) }),
        },
        AbortSignal.any([signal, this.#stop.signal]),
      );
      this.#state.set({ kind: 'done', at: clock.now(), ms: clock.now() - begun, verdict });
      return verdict;
    } catch (error) {
      this.#state.set(before);
      throw error;
    }
  }

  /** Goes on with a log that is not what the second place has: says so in the log, and keeps its end from now on. */
  async accept(): Promise<void> {
    const { rows, clock } = this.#deps;
    const kept = await this.#anchor();
    rows.append(clock.now(), {
      kind: 'log-accepted',
      seq: rows.head()?.seq ?? 0,
      anchorSeq: kept?.seq ?? 0,
    });
    await this.anchor(true);
  }

  dispose(): void {
    this.#stop.abort();
    for (const timer of this.#timers.values()) timer.dispose();
    this.#timers.clear();
  }

  async #anchor(): Promise<ActivityHead | undefined> {
    const kept = parseStored(await this.#deps.secrets.get(anchorKey));
    if (!kept || !isJsonObject(kept)) return undefined;
    const { seq, hash } = kept;
    return typeof seq === 'number' && typeof hash === 'string' ? { seq, hash } : undefined;
  }

  #every(name: string, ms: number, work: () => Promise<unknown>, firstMs = ms): void {
    const tick = () => {
      void work()
        .catch((error: unknown) => {
          if (!isAppError(error, 'cancelled') && !this.#stop.signal.aborted)
            this.#deps.logger.warn(`the activity log could not be looked after (${name})`, error);
        })
        .finally(() => {
          if (!this.#stop.signal.aborted) this.#timers.set(name, this.#deps.clock.setTimer(ms, tick));
        });
    };
    this.#timers.set(name, this.#deps.clock.setTimer(firstMs, tick));
  }
}
