import type { Caller } from './caller.ts';
import {
  callerNameProblem,
  freeCallerName,
  isOfferedBy,
  defaultCallerSettings,
  type AgentKind,
  type CallerRecord,
  type CallerRows,
  type CallerSettings,
} from './callerRecord.ts';
import type { Clock, Logger, NewId, Secrets, Sha256 } from './ports.ts';
import type { Disposable } from './util/disposables.ts';
import { AppError } from './util/errors.ts';
import { Store, type Readable } from './util/store.ts';

const saveUseEveryMs = 30_000;

export interface CallersDeps {
  readonly rows: CallerRows;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly sha256: Sha256;
  readonly newId: NewId;
  /** A new token of 256 random bits. */
  readonly newToken: () => string;
  readonly logger: Logger;
  /** Whether a tool is in a named preset; without presets, none is. */
  readonly isInPreset?: (preset: string, serverId: string, tool: string | undefined) => boolean;
}

/** The agents that may use the gateway: each has a name and a bearer token of its own, of which the database holds the SHA-256 only. */
export class Callers implements Disposable {
  readonly #deps: CallersDeps;
  readonly #list: Store<readonly CallerRecord[]>;
  /** Uses that are not on disk yet. */
  readonly #used = new Map<string, number>();
  #version: number;
  #saving: Disposable | undefined;

  constructor(deps: CallersDeps) {
    this.#deps = deps;
    this.#version = deps.rows.version();
    this.#list = new Store(deps.rows.all());
  }

  /** Every caller whose token is in force, oldest first. */
  get list(): Readable<readonly CallerRecord[]> {
    return this.#list;
  }

  get(id: string): CallerRecord | undefined {
    return this.#list.get().find((record) => record.id === id);
  }

  /** The record behind a caller that was authenticated; undefined for other kinds of callers, and once it is revoked. */
  recordOf(caller: Caller): CallerRecord | undefined {
    if (caller.kind !== 'gateway') return undefined;
    return this.#list.get().find((record) => record.name === caller.name);
  }

  /** What holds for a caller; the defaults for one that is not ours. */
  settingsOf(caller: Caller): CallerSettings {
    return this.recordOf(caller)?.settings ?? defaultCallerSettings;
  }

  /** Whether a caller may see and call a tool; without a tool, whether it may have the server's other things. */
  isOffered(caller: Caller, serverId: string, tool: string | undefined): boolean {
    const record = this.recordOf(caller);
    return record !== undefined && isOfferedBy(record.settings.offers, serverId, tool, this.#deps.isInPreset);
  }

  /** Reads what other windows changed; cheap when they did not. */
  refresh(): void {
    const version = this.#deps.rows.version();
    if (version === this.#version) return;
    this.#version = version;
    this.#reload();
  }

  /** The caller that holds a token; undefined for a token that was never issued or is revoked, in whatever window. */
  authenticate(token: string): Caller | undefined {
    this.refresh();
    const hash = this.#deps.sha256(token);
    let found: CallerRecord | undefined;
    for (const record of this.#list.get()) if (isSameText(record.tokenHash, hash)) found = record;
    if (!found) return undefined;
    this.#use(found);
    return { kind: 'gateway', name: found.name };
  }

  /** Issues a token to an agent, under a free name like `codex` or `codex-2`. */
  async issue(
    agent: AgentKind,
    wanted: string = agent === 'other' ? 'agent' : agent,
  ): Promise<{ readonly record: CallerRecord; readonly token: string }> {
    const { newId, newToken, sha256, clock, rows, secrets } = this.#deps;
    this.refresh();
    const token = newToken();
    const record: CallerRecord = {
      id: newId(),
      name: freeCallerName(wanted, this.#names()),
      agent,
      tokenHash: sha256(token),
      issuedAt: clock.now(),
      lastUsedAt: undefined,
      settings: defaultCallerSettings,
    };
    // In this order a failure leaves a secret that opens nothing.
    await secrets.set(secretKey(record.id), token);
    rows.insert(record, { kind: 'caller-issued', ...named(record) });
    this.#reload();
    return { record, token };
  }

  /** The token as it was issued; undefined when this profile does not have it (any more). */
  async token(id: string): Promise<string | undefined> {
    const record = this.#need(id);
    const token = await this.#deps.secrets.get(secretKey(id));
    return token !== undefined && isSameText(this.#deps.sha256(token), record.tokenHash) ? token : undefined;
  }

  /** A new token for a caller; the old one is refused from now on. */
  async renew(id: string): Promise<string> {
    const { newToken, sha256, rows, secrets } = this.#deps;
    this.refresh();
    const record = this.#need(id);
    const token = newToken();
    await secrets.set(secretKey(id), token);
    rows.update({ ...record, tokenHash: sha256(token) }, { kind: 'caller-renewed', ...named(record) });
    this.#reload();
    return token;
  }

  /** Gives a caller another name; rules and remembered decisions for the old one no longer match it. Throws `invalid-input` or `conflict`. */
  rename(id: string, name: string): void {
    this.refresh();
    const record = this.#need(id);
    if (record.name === name) return;
    const problem = callerNameProblem(name);
    if (problem !== undefined) throw new AppError('invalid-input', problem);
    if (this.#names().has(name)) throw new AppError('conflict', `another caller is named ${name}`);
    this.#deps.rows.update(
      { ...record, name },
      { kind: 'caller-renamed', callerId: id, name, before: record.name },
    );
    this.#reload();
  }

  /** What a caller is offered and how it is treated. */
  configure(id: string, settings: CallerSettings): void {
    this.refresh();
    const record = this.#need(id);
    this.#deps.rows.update({ ...record, settings }, { kind: 'caller-configured', ...named(record) });
    this.#reload();
  }

  /** Refuses a caller's token from now on, in every window. */
  async revoke(id: string): Promise<void> {
    this.refresh();
    const record = this.#need(id);
    this.#used.delete(id);
    this.#deps.rows.delete(id, { kind: 'caller-revoked', ...named(record) });
    this.#reload();
    await this.#deps.secrets.delete(secretKey(id));
  }

  /** Saves the last uses that are only known here. */
  dispose(): void {
    this.#saving?.dispose();
    this.#saveUses();
  }

  #use({ id }: CallerRecord): void {
    const at = this.#deps.clock.now();
    const isFirst = this.#used.size === 0;
    this.#used.set(id, at);
    this.#list.update((all) =>
      all.map((record) => (record.id === id ? { ...record, lastUsedAt: at } : record)),
    );
    // One write per half a minute, not one per request.
    if (isFirst) this.#saving = this.#deps.clock.setTimer(saveUseEveryMs, () => this.#saveUses());
  }

  #saveUses(): void {
    const used = [...this.#used];
    this.#used.clear();
    try {
      for (const [id, at] of used) this.#deps.rows.used(id, at);
    } catch (error) {
      this.#deps.logger.warn('the last use of callers could not be saved', error);
    }
  }

  #reload(): void {
    this.#list.set(
      this.#deps.rows.all().map((record) => {
        const at = this.#used.get(record.id);
        return at === undefined ? record : { ...record, lastUsedAt: at };
      }),
    );
  }

  #names(): ReadonlySet<string> {
    return new Set(this.#list.get().map(({ name }) => name));
  }

  #need(id: string): CallerRecord {
    const record = this.get(id);
    if (!record) throw new AppError('not-found', 'this caller was revoked');
    return record;
  }
}

function named({ id, name, agent }: CallerRecord) {
  return { callerId: id, name, agent };
}

function secretKey(id: string): string {
  return `gatewayToken:${id}`;
}

/** Compares in a time that does not tell where two texts differ. */
export function isSameText(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let at = 0; at < a.length; at++) difference |= a.charCodeAt(at) ^ b.charCodeAt(at % (b.length || 1));
  return difference === 0;
}
