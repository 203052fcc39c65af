import type { SiteOf } from '../core/identityEvidence.ts';
import type { RegistryClient } from '../core/registryClient.ts';
import { Store, type Readable } from '../core/util/store.ts';

/** The public suffix list, read from its own part of the bundle when it is first needed. */
export class PublicSuffixes {
  readonly #loaded = new Store<SiteOf | undefined>(undefined);
  #loading: Promise<void> | undefined;

  /** Changes once, when the list is there. */
  get loaded(): Readable<SiteOf | undefined> {
    return this.#loaded;
  }

  /** What the list says; undefined until `load` was done. */
  readonly siteOf: SiteOf = (host) => this.#loaded.get()?.(host);

  /** Resolves when the list is there; a failure is tried again by the next call. */
  async load(): Promise<void> {
    this.#loading ??= this.#read();
    await this.#loading;
  }

  async #read(): Promise<void> {
    try {
      const { siteOf } = await import('./publicSuffixes.ts');
      this.#loaded.set(siteOf);
    } catch (error) {
      this.#loading = undefined;
      throw error;
    }
  }
}

/** A client whose pages come when the public suffix list is there: the index judges addresses by it. */
export function readyFirst(suffixes: Pick<PublicSuffixes, 'load'>, client: RegistryClient): RegistryClient {
  return {
    page: async (...args) => {
      await suffixes.load();
      return client.page(...args);
    },
    versions: (...args) => client.versions(...args),
    version: (...args) => client.version(...args),
  };
}
