import { emptyAuthRecord, parseAuthRecord, type AuthLock, type AuthRecord } from '../core/auth.ts';
import type { Logger, Secrets, Sha256 } from '../core/ports.ts';

/** What the store needs from outside. */
export interface AuthStoreDeps {
  readonly secrets: Secrets;
  readonly lock: AuthLock;
  readonly logger: Logger;
  readonly sha256: Sha256;
}

/** Records of sign-ins in the secret storage, one for each server address; changes are made one at a time over all windows. */
export class AuthStore {
  readonly #deps: AuthStoreDeps;

  constructor(deps: AuthStoreDeps) {
    this.#deps = deps;
  }

  /** The record as it is now; an empty one where there is none or it cannot be read. */
  async read(serverUrl: string): Promise<AuthRecord> {
    const text = await this.#deps.secrets.get(this.#key(serverUrl));
    if (text === undefined) return emptyAuthRecord(serverUrl);
    const record = parseAuthRecord(text, serverUrl);
    if (!record)
      this.#deps.logger.warn(`the kept sign-in of ${new URL(serverUrl).host} is damaged and is not used`);
    return record ?? emptyAuthRecord(serverUrl);
  }

  /** Replaces the record by what `change` makes of it, while no other window does; the new one is returned. */
  update(
    serverUrl: string,
    signal: AbortSignal,
    change: (record: AuthRecord) => AuthRecord | Promise<AuthRecord>,
  ): Promise<AuthRecord> {
    return this.#deps.lock.run(this.#key(serverUrl), signal, async () => {
      const before = await this.read(serverUrl);
      const after = await change(before);
      if (after !== before) await this.#deps.secrets.set(this.#key(serverUrl), JSON.stringify(after));
      return after;
    });
  }

  /** Removes everything that is kept about a server. */
  remove(serverUrl: string, signal: AbortSignal): Promise<void> {
    const key = this.#key(serverUrl);
    return this.#deps.lock.run(key, signal, () => this.#deps.secrets.delete(key));
  }

  #key(serverUrl: string): string {
    return `auth/${this.#deps.sha256(serverUrl)}`;
  }
}

/** The address that a sign-in is kept under: without a fragment. */
export function authKeyUrl(url: string): string {
  const parsed = new URL(url);
  parsed.hash = '';
  return parsed.href;
}
