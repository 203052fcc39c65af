import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from './jsonRpc.ts';

/** Append-only evidence of what reached the server, one JSON line each: tests count with it. */
export class Journal {
  readonly #dir: string;

  constructor(stateDir: string) {
    this.#dir = join(stateDir, 'calls');
    mkdirSync(this.#dir, { recursive: true });
  }

  /** A `tools/call` that is not the retry of an earlier one. */
  call(tool: string, details: JsonObject): void {
    this.#append(tool, details);
  }

  /** An answer delivered to a run, whether it was still wanted or not. */
  answer(runId: string, key: string, details: JsonObject): void {
    this.#append('answers', { runId, key, ...details });
  }

  /** A request to cancel a run. */
  cancel(runId: string): void {
    this.#append('cancels', { runId });
  }

  #append(name: string, details: JsonObject): void {
    // One short O_APPEND write per line keeps lines whole when several processes share the folder.
    const line = JSON.stringify({ at: new Date().toISOString(), pid: process.pid, ...details });
    appendFileSync(join(this.#dir, `${name}.jsonl`), `${line}\n`);
  }
}

/** The journal lines of a tool (or of `answers`, `cancels`) in a state folder; empty when there are none. */
export function readJournal(stateDir: string, name: string): JsonObject[] {
  let text: string;
  try {
    text = readFileSync(join(stateDir, 'calls', `${name}.jsonl`), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JsonObject);
}
