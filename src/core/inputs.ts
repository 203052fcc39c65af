import type { Logger, Memory, Secrets } from './ports.ts';
import type { InputDefinition, ServerDefinition, Source } from './server.ts';
import { isJsonObject } from './json.ts';
import { AppError, throwIfAborted } from './util/errors.ts';

/** Asks the human for the value of an input; undefined when they do not want to answer. */
export type AskInput = (
  definition: ServerDefinition,
  input: InputDefinition,
  signal: AbortSignal,
) => Promise<string | undefined>;

/** A value that is kept; the value itself is only in the secret storage. */
export interface StoredInput {
  readonly sourceId: string;
  readonly file: string;
  readonly inputId: string;
}

/** What inputs need from outside. */
export interface InputsPorts {
  readonly secrets: Secrets;
  readonly memory: Memory; // holds which values are kept, for the list
  readonly ask: AskInput;
  readonly log: Logger;
}

const indexKey = 'inputs';

interface Asking {
  readonly answer: Promise<string>;
  readonly close: () => void; // when nobody waits any more
  waiting: number;
}

/** The values of `${input:…}`: asked once, kept per file and input in the secret storage until forgotten. */
export class Inputs {
  readonly #ports: InputsPorts;
  readonly #asking = new Map<string, Asking>();

  constructor(ports: InputsPorts) {
    this.#ports = ports;
  }

  /** The kept value, else the human's answer, which is then kept. Rejects `cancelled` when there is none. */
  async value(definition: ServerDefinition, input: InputDefinition, signal: AbortSignal): Promise<string> {
    throwIfAborted(signal);
    const key = keyOf(definition.source.id, input.id);
    const open = this.#asking.get(key);
    if (open) return this.#join(open, signal);
    const abort = new AbortController();
    const asking: Asking = {
      waiting: 0,
      answer: this.#find(definition, input, abort.signal),
      close: () => {
        if (this.#asking.get(key) === asking) this.#asking.delete(key);
        abort.abort();
      },
    };
    this.#asking.set(key, asking);
    return this.#join(asking, signal);
  }

  /** The kept value where there is one; nobody is asked. */
  async kept(definition: ServerDefinition, input: InputDefinition): Promise<string | undefined> {
    const kept = await this.#ports.secrets.get(keyOf(definition.source.id, input.id));
    return kept !== undefined && isPossible(input, kept) ? kept : undefined;
  }

  /** Keeps a value that the user gave before the first start asks for it. Rejects when the secret storage does. */
  async store(source: Pick<Source, 'id' | 'file'>, inputId: string, value: string): Promise<void> {
    await this.#ports.secrets.set(keyOf(source.id, inputId), value);
    const others = this.list().filter((item) => item.sourceId !== source.id || item.inputId !== inputId);
    this.#setList([...others, { sourceId: source.id, file: source.file, inputId }]);
  }

  /** Which values are kept, without the values. */
  list(): readonly StoredInput[] {
    let stored: unknown;
    try {
      stored = JSON.parse(this.#ports.memory.get(indexKey) ?? '[]');
    } catch {
      return []; // a lost list costs only the list: values are found by key
    }
    return Array.isArray(stored) ? stored.filter(isStoredInput) : [];
  }

  /** Forgets one value; the next start asks for it again. */
  async forget(sourceId: string, inputId: string): Promise<void> {
    await this.#ports.secrets.delete(keyOf(sourceId, inputId));
    this.#setList(this.list().filter((item) => item.sourceId !== sourceId || item.inputId !== inputId));
  }

  /** Forgets every value on the list. */
  async forgetAll(): Promise<void> {
    for (const { sourceId, inputId } of this.list()) await this.forget(sourceId, inputId);
  }

  async #find(definition: ServerDefinition, input: InputDefinition, signal: AbortSignal): Promise<string> {
    const kept = await this.kept(definition, input);
    if (kept !== undefined) return kept;
    throwIfAborted(signal);
    const answer = await this.#ports.ask(definition, input, signal);
    throwIfAborted(signal);
    if (answer === undefined) throw new AppError('cancelled', `no value was given for the input ${input.id}`);
    if (!isPossible(input, answer)) {
      throw new AppError('invalid-input', `the value for the input ${input.id} is none of its choices`);
    }
    await this.#keep(definition, input, answer);
    return answer;
  }

  async #keep(definition: ServerDefinition, input: InputDefinition, value: string): Promise<void> {
    try {
      await this.store(definition.source, input.id, value);
    } catch (error) {
      // The answer still serves this start.
      this.#ports.log.warn(
        `the value of the input ${input.id} could not be kept and will be asked again`,
        error,
      );
    }
  }

  #setList(list: readonly StoredInput[]): void {
    this.#ports.memory.set(indexKey, list.length === 0 ? undefined : JSON.stringify(list));
  }

  /** Several servers may wait for one answer; the question closes when the last of them goes away. */
  #join(asking: Asking, signal: AbortSignal): Promise<string> {
    asking.waiting++;
    return new Promise((resolve, reject) => {
      const leave = () => {
        signal.removeEventListener('abort', onAbort);
        if (--asking.waiting === 0) asking.close();
      };
      const onAbort = () => {
        leave();
        reject(new AppError('cancelled', 'cancelled', { cause: signal.reason }));
      };
      signal.addEventListener('abort', onAbort, { once: true });
      asking.answer.then(
        (value) => {
          leave();
          resolve(value);
        },
        (error: unknown) => {
          leave();
          reject(error instanceof Error ? error : new AppError('internal', String(error)));
        },
      );
    });
  }
}

function keyOf(sourceId: string, inputId: string): string {
  return `input/${sourceId}/${inputId}`;
}

/** A choice that its file no longer offers is asked again. */
function isPossible(input: InputDefinition, value: string): boolean {
  return input.kind !== 'pick' || input.options.includes(value);
}

function isStoredInput(value: unknown): value is StoredInput {
  return (
    isJsonObject(value) && ['sourceId', 'file', 'inputId'].every((field) => typeof value[field] === 'string')
  );
}
