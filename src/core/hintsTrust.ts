import type { Memory } from './ports.ts';

/** Whose claims about their tools the user lets rules go by; a server that is started otherwise is another one. */
export class HintsTrust {
  readonly #memory: Memory;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  isTrusted(serverId: string, launchHash: string): boolean {
    return this.#memory.get(keyOf(serverId)) === launchHash;
  }

  trust(serverId: string, launchHash: string): void {
    this.#memory.set(keyOf(serverId), launchHash);
  }

  withdraw(serverId: string): void {
    this.#memory.set(keyOf(serverId), undefined);
  }
}

function keyOf(serverId: string): string {
  return `hintsTrusted:${serverId}`;
}
