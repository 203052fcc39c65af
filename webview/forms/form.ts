import type { FormDraft } from '../../src/core/forms/draft.ts';
import { draftProblems, newDraft, toForm, toJson, valueOfDraft } from '../../src/core/forms/draft.ts';
import type { FormModel } from '../../src/core/forms/model.ts';
import { hasSecretFields } from '../../src/core/forms/secretFields.ts';
import type { Path } from '../../src/core/forms/paths.ts';
import { isWithin, pointer } from '../../src/core/forms/paths.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/core/json.ts';
import type { Finding } from '../../src/core/schemaValidator.ts';
import { findingText, problemText } from './messages.ts';

const checkDelay = 250;

/** What a form needs of the outside. */
export interface FormPorts {
  validate(value: JsonObject, signal: AbortSignal): Promise<readonly Finding[]>;
  /** The draft changed; `isPrivate` drafts must not be saved. */
  keep(draft: FormDraft | undefined, isPrivate: boolean): void;
  /** Something that is shown changed. */
  changed(): void;
  /** Runs `fn` later; returns the undo. */
  later(ms: number, fn: () => void): () => void;
}

/** One message at one place. */
export interface FormMessage {
  readonly path: string;
  readonly text: string;
  readonly isBlocking: boolean;
}

/** A form being filled in: its draft, what is wrong with it, and what of that is time to show. */
export class Form {
  readonly key: string;
  readonly model: FormModel;
  readonly isPrivate: boolean;
  /** String fields that were given more lines by hand. */
  readonly multiline = new Set<string>();
  /** How many fields or items of a container are shown, by pointer. */
  readonly shown = new Map<string, number>();
  /** Names typed for properties to add, by pointer of the map. */
  readonly newNames = new Map<string, string>();
  /** True while an answer is looked over before it is sent. */
  isReview = false;
  isChecking = false;
  readonly #ports: FormPorts;
  #draft: FormDraft;
  #findings: readonly Finding[] = [];
  readonly #touched = new Set<string>();
  #isAllShown = false;
  #cancelTimer: (() => void) | undefined;
  #check: AbortController | undefined;

  constructor(
    key: string,
    model: FormModel,
    kept: FormDraft | undefined,
    start: Json | undefined,
    ports: FormPorts,
  ) {
    this.key = key;
    this.model = model;
    this.isPrivate = hasSecretFields(model);
    this.#ports = ports;
    this.#draft = kept ?? newDraft(model, start);
    if (kept) this.#checkLater();
  }

  get draft(): FormDraft {
    return this.#draft;
  }

  /** Applies a change made at `path`. */
  edit(path: Path, change: (draft: FormDraft) => FormDraft): void {
    const next = change(this.#draft);
    if (next === this.#draft) return;
    this.#draft = next;
    this.isReview = false;
    this.#ports.keep(next, this.isPrivate);
    // What was found at this place is out of date at once; the rest waits for the next check.
    const at = pointer(path);
    this.#findings = this.#findings.filter((finding) => !isWithin(finding.path, at));
    this.#checkLater();
    this.#ports.changed();
  }

  /** Something that is no part of the draft changed (what is unfolded, a name being typed). */
  redraw(): void {
    this.#ports.changed();
  }

  /** The user is done with a field for now: its messages may be shown. */
  touch(path: Path): void {
    const at = pointer(path);
    if (this.#touched.has(at)) return;
    this.#touched.add(at);
    this.#ports.changed();
  }

  setMode(mode: 'form' | 'json'): void {
    const next = mode === 'json' ? toJson(this.#draft) : toForm(this.#draft);
    if (!next) {
      this.#isAllShown = true;
      this.#ports.changed();
      return;
    }
    this.edit([], () => next);
  }

  /** Back to what the form started with. */
  reset(): void {
    this.#touched.clear();
    this.#isAllShown = false;
    this.#findings = [];
    this.edit([], () => newDraft(this.model));
    this.#ports.keep(undefined, this.isPrivate);
  }

  /** The messages to show at `path`; a `leaf` speaks for everything inside it too. */
  messagesAt(path: Path, kind: 'leaf' | 'exact'): readonly FormMessage[] {
    const at = pointer(path);
    return this.messages().filter((message) =>
      kind === 'leaf' ? isWithin(message.path, at) : message.path === at,
    );
  }

  /** Every message that it is time to show. */
  messages(): readonly FormMessage[] {
    const typed = draftProblems(this.#draft).map(({ path, problem }) => ({
      path,
      text: problemText(problem),
      isBlocking: true,
    }));
    const broken = new Set(typed.map((message) => message.path));
    // Where nothing usable is typed, "required" would only repeat it.
    const found = this.#findings
      .filter((finding) => !broken.has(finding.path))
      .map((finding) => ({
        path: finding.path,
        text: findingText(finding),
        isBlocking: finding.kind === 'value',
      }));
    return [...typed, ...found].filter((message) => this.#isShown(message));
  }

  #isShown(message: FormMessage): boolean {
    if (this.#isAllShown || !message.isBlocking) return true;
    return [...this.#touched].some((touched) => isWithin(touched, message.path));
  }

  /** Checks everything now; the value when it may be sent, else undefined with all messages shown. */
  async submit(): Promise<JsonObject | undefined> {
    this.#cancelTimer?.();
    this.#isAllShown = true;
    await this.#runCheck();
    const value = this.#objectValue();
    const isReady = value !== undefined && this.messages().every((message) => !message.isBlocking);
    this.#ports.changed();
    return isReady ? value : undefined;
  }

  dispose(): void {
    this.#cancelTimer?.();
    this.#check?.abort();
  }

  #objectValue(): JsonObject | undefined {
    const value = valueOfDraft(this.#draft);
    return isJsonObject(value) ? value : undefined;
  }

  #checkLater(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.#ports.later(checkDelay, () => void this.#runCheck());
  }

  /** Asks the host about the draft as it is; an answer about an older draft is dropped. */
  async #runCheck(): Promise<void> {
    this.#check?.abort();
    const draft = this.#draft;
    // While a field holds no value yet, the others are checked without it.
    const value = draft.json === undefined ? draft.value : valueOfDraft(draft);
    if (!isJsonObject(value)) {
      const isTyped = draftProblems(draft).length > 0;
      this.#findings = isTyped ? [] : [noObject];
      this.#ports.changed();
      return;
    }
    const check = new AbortController();
    this.#check = check;
    this.isChecking = true;
    try {
      const findings = await this.#ports.validate(value, check.signal);
      if (draft === this.#draft) this.#findings = findings;
    } catch (error) {
      if (draft === this.#draft && !check.signal.aborted) this.#findings = [notChecked(error)];
    } finally {
      if (this.#check === check) this.isChecking = false;
      this.#ports.changed();
    }
  }
}

const noObject: Finding = {
  kind: 'value',
  path: '',
  keyword: 'object',
  params: [],
  message: 'must be an object',
};

/** A check that cannot be made does not stop anyone: the host and the server check again. */
function notChecked(error: unknown): Finding {
  const message = error instanceof Error ? error.message : String(error);
  return { kind: 'schema', path: '', keyword: 'invalid', params: [message], message };
}
