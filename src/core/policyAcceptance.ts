import { isJsonObject, parseStored } from './json.ts';
import type { PolicyFile } from './policyFile.ts';
import type { Memory } from './ports.ts';

const maxKeptText = 64 * 1024;

/** Which texts of workspace policy files the user accepted, on this machine. */
export class PolicyAcceptance {
  readonly #memory: Memory;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  /** True for the user's own file, and for a workspace file whose very text was accepted. */
  isAccepted({ source, hash }: PolicyFile): boolean {
    return source.kind === 'user' || this.#kept(source.file)?.hash === hash;
  }

  /** The text that was accepted last; undefined when none was, or it is too long to be kept. */
  acceptedText(file: string): string | undefined {
    return this.#kept(file)?.text;
  }

  accept({ source, hash, text }: PolicyFile): void {
    const kept = { hash, ...(text.length <= maxKeptText ? { text } : {}) };
    this.#memory.set(keyOf(source.file), JSON.stringify(kept));
  }

  withdraw(file: string): void {
    this.#memory.set(keyOf(file), undefined);
  }

  #kept(file: string): { readonly hash: string; readonly text: string | undefined } | undefined {
    const value = parseStored(this.#memory.get(keyOf(file)));
    if (!isJsonObject(value) || typeof value['hash'] !== 'string') return undefined;
    return { hash: value['hash'], text: typeof value['text'] === 'string' ? value['text'] : undefined };
  }
}

function keyOf(file: string): string {
  return `policyAccepted:${file}`;
}
