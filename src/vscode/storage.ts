import type { Memento, SecretStorage } from 'vscode';
import type { Logger, Memory, Secrets } from '../core/ports.ts';

/** Secrets in VS Code's SecretStorage. */
export function createSecrets(storage: SecretStorage): Secrets {
  return {
    get: async (key) => storage.get(key),
    set: async (key, value) => storage.store(key, value),
    delete: async (key) => storage.delete(key),
  };
}

/** Small settings in a memento; reads see every earlier write at once, the disk follows. */
export function createMemory(memento: Memento, logger: Logger): Memory {
  return {
    get: (key) => {
      const value: unknown = memento.get(key);
      return typeof value === 'string' ? value : undefined;
    },
    set: (key, value) => {
      memento
        .update(key, value)
        .then(undefined, (error: unknown) => logger.error(`could not save ${key}`, error));
    },
  };
}
