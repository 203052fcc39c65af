import type { Secrets } from '../../src/core/ports.ts';

/** Secrets in a map that tests may look into; `failWith` makes every use reject. */
export class FakeSecrets implements Secrets {
  readonly values = new Map<string, string>();
  failWith: Error | undefined;

  async get(key: string): Promise<string | undefined> {
    this.#check();
    return this.values.get(key);
  }

  async set(key: string, value: string): Promise<void> {
    this.#check();
    this.values.set(key, value);
  }

  async delete(key: string): Promise<void> {
    this.#check();
    this.values.delete(key);
  }

  #check(): void {
    if (this.failWith) throw this.failWith;
  }
}
