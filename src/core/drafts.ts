import type { FormDraft } from './forms/draft.ts';
import { formModel } from './forms/formModel.ts';
import { withoutSecrets } from './forms/secretFields.ts';
import { isJsonObject, parseStored, type Json } from './json.ts';
import type { Clock, Memory, Sha256 } from './ports.ts';
import type { ElicitationFormRequest, PromptRequest } from './requests.ts';

const memoryKey = 'drafts';
const maxDrafts = 50;
const maxText = 200_000;
const maxAgeMs = 30 * 24 * 3_600_000;

interface Kept {
  readonly key: string;
  readonly at: number;
  readonly draft: Json;
}

/**
 * Half-filled answers that outlive a reload. A question is known again by its server, job, message and schema, because it gets
 * a new id each time it is asked; of several that are alike each has its own draft. What looks like a secret is never kept.
 */
export class RequestDrafts {
  readonly #memory: Memory;
  readonly #clock: Clock;
  readonly #sha256: Sha256;
  /** Keys of the open questions by id. */
  readonly #keys = new Map<string, string>();

  constructor(memory: Memory, clock: Clock, sha256: Sha256) {
    this.#memory = memory;
    this.#clock = clock;
    this.#sha256 = sha256;
  }

  /** Takes in which requests are open, oldest first; call it on every change, before anything is read. */
  follow(open: readonly PromptRequest[]): void {
    const ids = new Set(open.map(({ id }) => id));
    for (const id of this.#keys.keys()) if (!ids.has(id)) this.#keys.delete(id);
    for (const request of open) {
      if (request.kind !== 'elicitation-form' || this.#keys.has(request.id)) continue;
      const { serverId, jobId = null, tool = null, message, schema } = request;
      const print = this.#sha256(JSON.stringify([serverId, jobId, tool, message, schema]));
      const taken = new Set(this.#keys.values());
      let count = 0;
      while (taken.has(`${print}#${count}`)) count++;
      this.#keys.set(request.id, `${print}#${count}`);
    }
  }

  /** What was typed into the form of a question before. */
  get(requestId: string): FormDraft | undefined {
    const key = this.#keys.get(requestId);
    const kept = key === undefined ? undefined : this.#read().find((one) => one.key === key);
    return kept && isDraft(kept.draft) ? (kept.draft as unknown as FormDraft) : undefined;
  }

  /** Keeps what is typed so far. */
  set(request: ElicitationFormRequest, draft: FormDraft): void {
    const key = this.#keys.get(request.id);
    if (key === undefined) return;
    const open = withoutSecrets(draft, formModel(request.schema));
    if (!open) this.#forget(key);
    else this.#write([...this.#without(key), { key, at: this.#clock.now(), draft: open as unknown as Json }]);
  }

  /** The question is answered: nothing of its draft is left. */
  clear(requestId: string): void {
    const key = this.#keys.get(requestId);
    if (key !== undefined) this.#forget(key);
  }

  #forget(key: string): void {
    const kept = this.#read();
    const rest = kept.filter((one) => one.key !== key);
    if (rest.length !== kept.length) this.#write(rest);
  }

  #without(key: string): readonly Kept[] {
    return this.#read().filter((one) => one.key !== key);
  }

  #read(): readonly Kept[] {
    const text = this.#memory.get(memoryKey);
    const all = parseStored(text);
    const since = this.#clock.now() - maxAgeMs;
    return (Array.isArray(all) ? (all as readonly Json[]) : []).flatMap((one) => {
      const { key, at, draft } = isJsonObject(one) ? one : {};
      return typeof key === 'string' && typeof at === 'number' && at > since && draft !== undefined
        ? [{ key, at, draft }]
        : [];
    });
  }

  #write(all: readonly Kept[]): void {
    const fitting: Kept[] = [];
    let room = maxText;
    for (const one of all.slice(-maxDrafts).reverse()) {
      room -= JSON.stringify(one).length;
      if (room >= 0) fitting.unshift(one);
    }
    this.#memory.set(memoryKey, fitting.length === 0 ? undefined : JSON.stringify(fitting));
  }
}

function isDraft(value: Json): boolean {
  return (
    isJsonObject(value) &&
    isJsonObject(value['texts']) &&
    isJsonObject(value['branches']) &&
    (value['json'] === undefined || typeof value['json'] === 'string')
  );
}
