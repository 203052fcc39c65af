import type { Connection, Listing, Prompt, Resource, ResourceTemplate, Tool } from './connection.ts';
import type { Offer } from './connections.ts';
import { KeptList } from './keptList.ts';
import type { Clock } from './ports.ts';
import type { Disposable } from './util/disposables.ts';
import { isAppError, toAppError } from './util/errors.ts';
import { abortable } from './util/sharedWork.ts';

/** The lists that a server announces changes of. */
export type ChangedList = 'tools' | 'resources' | 'prompts';

export interface OfferListsDeps {
  readonly connection: Connection;
  readonly clock: Clock;
  /** How long the first look waits for tools. */
  readonly toolsTimeoutMs: number;
  /** Called after each read once `first` is over. */
  onOffer(offer: Offer): void;
}

const patienceMs = 3_000; // for lists that are not tools, and for a second look
const calmMs = 60_000;
const firstSpacingMs = 250;
const longestSpacingMs = 5_000;

/** What one connection offers, kept up to date until disposed: a list that fails keeps the others and its own last items. */
export class OfferLists implements Disposable {
  readonly #deps: OfferListsDeps;
  readonly #over = new AbortController();
  readonly #timers = new Set<Disposable>();
  readonly #tools: KeptList<Tool> | undefined;
  readonly #resources: KeptList<Resource> | undefined;
  readonly #templates: KeptList<ResourceTemplate> | undefined;
  readonly #prompts: KeptList<Prompt> | undefined;
  readonly #pace = new Map<ChangedList, Pace>();
  #isOpen = false;

  constructor(deps: OfferListsDeps) {
    this.#deps = deps;
    const { connection } = deps;
    const { capabilities } = connection.info;
    const { signal } = this.#over;
    const kept = <T>(capability: string, what: string, read: (isFresh: boolean) => Promise<Listing<T>>) =>
      capabilities[capability] == null
        ? undefined
        : new KeptList<T>({ clock: deps.clock, what, read, onRead: () => this.#publish() });
    this.#tools = kept('tools', 'tools', (isFresh) => connection.tools(signal, isFresh));
    this.#resources = kept('resources', 'resources', (isFresh) => connection.resources(signal, isFresh));
    this.#templates = kept('resources', 'resource templates', (isFresh) =>
      optional(connection.resourceTemplates(signal, isFresh)),
    );
    this.#prompts = kept('prompts', 'prompts', (isFresh) => connection.prompts(signal, isFresh));
  }

  get offer(): Offer {
    return {
      tools: this.#tools?.listing ?? nothing,
      resources: this.#resources?.listing ?? nothing,
      resourceTemplates: this.#templates?.listing ?? nothing,
      prompts: this.#prompts?.listing ?? nothing,
    };
  }

  /** Reads everything in parallel; a slow list is not waited for long, it comes later. Never rejects. */
  async first(): Promise<void> {
    const tools = this.#tools?.read(false).catch(() => {}); // shown as a problem of the list
    const others = this.#all().filter((list) => list !== this.#tools);
    const later = Promise.all(others.map((list) => list.read(false).catch(() => {})));
    if (tools) await this.#within(this.#deps.toolsTimeoutMs, tools);
    await this.#within(patienceMs, later);
    this.#isOpen = true;
  }

  /** The server says that a list changed: it is read again, soon; the more often it says so, the later. */
  changed(list: ChangedList): void {
    if (this.#over.signal.aborted) return;
    const now = this.#deps.clock.now();
    const pace = this.#pace.get(list) ?? { next: 0, spacing: 0, isWaiting: false };
    this.#pace.set(list, pace);
    if (pace.isWaiting) return;
    if (now - pace.next >= calmMs) pace.spacing = 0;
    const wait = Math.max(0, pace.next - now);
    pace.spacing = Math.min(longestSpacingMs, pace.spacing * 2 || firstSpacingMs);
    pace.next = now + wait + pace.spacing;
    if (wait === 0) return this.#reread(list);
    pace.isWaiting = true;
    this.#after(wait, () => {
      pace.isWaiting = false;
      this.#reread(list);
    });
  }

  /** Somebody is about to use the lists: those past their time to live are read again, waited for a moment. Never rejects. */
  async lookedAt(): Promise<void> {
    const due = this.#all().filter((list) => list.isDue);
    if (due.length > 0)
      await this.#within(patienceMs, Promise.all(due.map((list) => list.read(false).catch(() => {}))));
  }

  /** Reads everything anew, past every cache; rejects with the first failure after all were tried. */
  async refresh(signal: AbortSignal): Promise<void> {
    const reads = Promise.allSettled(this.#all().map((list) => list.read(true)));
    for (const result of await abortable(reads, signal))
      if (result.status === 'rejected') throw toAppError(result.reason);
  }

  dispose(): void {
    this.#over.abort();
    for (const timer of this.#timers) timer.dispose();
    this.#timers.clear();
  }

  #all() {
    return [this.#tools, this.#resources, this.#templates, this.#prompts].filter(
      (list) => list !== undefined,
    );
  }

  #reread(list: ChangedList): void {
    const lists =
      list === 'resources'
        ? [this.#resources, this.#templates]
        : [list === 'tools' ? this.#tools : this.#prompts];
    for (const kept of lists) kept?.read(true).catch(() => {}); // shown as a problem of the list
  }

  #publish(): void {
    if (this.#isOpen && !this.#over.signal.aborted) this.#deps.onOffer(this.offer);
  }

  /** Waits for `work`, but no longer than this and not beyond the connection's end. */
  #within(ms: number, work: Promise<unknown>): Promise<void> {
    const { signal } = this.#over;
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        timer.dispose();
        this.#timers.delete(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = this.#after(ms, done);
      signal.addEventListener('abort', done, { once: true });
      void work.then(done);
    });
  }

  #after(ms: number, fn: () => void): Disposable {
    const timer = this.#deps.clock.setTimer(ms, () => {
      this.#timers.delete(timer);
      fn();
    });
    this.#timers.add(timer);
    return timer;
  }
}

interface Pace {
  /** When the list may be read again. */
  next: number;
  spacing: number;
  isWaiting: boolean;
}

const nothing: Listing<never> = { items: [], problems: [], ttlMs: undefined };

/** Servers with resources need not know templates. */
async function optional<T>(listing: Promise<Listing<T>>): Promise<Listing<T>> {
  try {
    return await listing;
  } catch (error) {
    if (isAppError(error, 'unsupported')) return nothing;
    throw error;
  }
}
