import type { Memory } from '../../src/core/ports.ts';

/** Memory in a map that tests may look into. */
export class FakeMemory implements Memory {
  readonly values = new Map<string, string>();

  get(key: string): string | undefined {
    return this.values.get(key);
  }

  set(key: string, value: string | undefined): void {
    if (value === undefined) this.values.delete(key);
    else this.values.set(key, value);
  }
}
