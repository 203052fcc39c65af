import type { InstallOutcome, InstallReview } from './installFlow.ts';
import { answerKeys, type KnownAnswers } from './installForm.ts';
import type { InstallPorts, WrittenEdit } from './installPorts.ts';
import { replaced, type InstallRecord } from './installRecord.ts';
import type { InputDefinition, ServerDefinition, Source } from './server.ts';
import { AppError } from './util/errors.ts';
import { Store, type Readable } from './util/store.ts';

/** A write of this window. */
export interface LastWrite {
  readonly kind: 'written' | 'removed';
  readonly name: string;
  readonly file: string;
  readonly source: Source;
  readonly edit: WrittenEdit;
  readonly serverId: string;
  readonly before: InstallRecord | undefined;
  /** The stored inputs that the write changed, with the values they had; in memory only. */
  readonly inputs: ReadonlyMap<string, string | undefined>;
  /** A bundle that nothing needs any more once this cannot be taken back. */
  readonly obsolete: string | undefined;
}

/** The servers that were installed through us: what is remembered about them, the last write, and how they go again. */
export class InstalledServers {
  readonly #ports: InstallPorts;
  readonly #records: Store<readonly InstallRecord[]>;
  readonly #last = new Store<LastWrite | undefined>(undefined);

  constructor(ports: InstallPorts) {
    this.#ports = ports;
    this.#records = new Store(ports.records.all());
  }

  /** What was installed through us and is still configured or can come back. */
  get records(): Readable<readonly InstallRecord[]> {
    return this.#records;
  }

  record(serverId: string): InstallRecord | undefined {
    return this.#records.get().find((record) => record.serverId === serverId);
  }

  /** What was written last and can be taken back. */
  get lastWrite(): Readable<LastWrite | undefined> {
    return this.#last;
  }

  /** The record of a server; throws `not-found` when it was not installed through us. */
  need(serverId: string): InstallRecord {
    const record = this.record(serverId);
    if (!record) throw new AppError('not-found', 'this server was not installed from a registry');
    return record;
  }

  /** The server as it is configured now. */
  definition(serverId: string): ServerDefinition | undefined {
    return this.#ports.configuration.get().servers.find((server) => server.id === serverId);
  }

  /** What was answered at the last installation; secrets come from the secret storage and stay in the host. */
  async answers(record: InstallRecord): Promise<KnownAnswers> {
    const definition = this.definition(record.serverId);
    const answers: Record<string, string | readonly string[]> = { ...record.answers };
    const kept = new Set<string>();
    if (!definition) return { answers, kept };
    const keyOf = answerKeys(definition.name);
    for (const [inputId, value] of await this.#stored(definition)) {
      if (value === undefined) continue;
      answers[keyOf(inputId)] = value;
      kept.add(keyOf(inputId));
    }
    return { answers, kept };
  }

  /** Takes note of what was just written: stored inputs, record, consent to this very launch, the way back. */
  async written(
    review: InstallReview,
    edit: WrittenEdit,
    record: InstallRecord | undefined,
  ): Promise<InstallOutcome> {
    const { files, consents, inputs, agreed, logger } = this.#ports;
    const { source } = review.target;
    const { definition, completed } = review;
    const before = this.record(definition.id);
    // The entry is in the file: a secret storage that fails costs a question at the first start, and no more.
    const valuesBefore = await this.#stored(definition).catch((error: unknown) => {
      logger.warn('what was stored for the inputs before could not be read', error);
      return new Map<string, undefined>();
    });
    for (const [inputId, value] of Object.entries(completed.values)) {
      try {
        await inputs.store(source, inputId, value);
      } catch (error) {
        logger.warn(
          `the value of the input ${inputId} could not be kept and will be asked at the first start`,
          error,
        );
      }
    }
    const folder =
      before?.folder !== undefined && before.folder !== record?.folder ? before.folder : undefined;
    this.#remember(
      definition.id,
      record && (before?.name === record.name ? replaced(before, record) : record),
    );
    this.#ports.logged?.({
      kind: writtenAs(before, record),
      ...logged(definition.id, definition.name, edit.file, record),
      launchHash: definition.launchHash,
      ...(before && before.version !== record?.version ? { versionBefore: before.version } : {}),
    });
    await files.reload();
    const now = this.definition(definition.id);
    // Consent was given to this very launch; anything else asks again at its start.
    if (now?.launchHash === definition.launchHash) {
      agreed(now);
      consents.give(now);
    }
    const last = { source, edit, serverId: definition.id, before, inputs: valuesBefore, obsolete: folder };
    await this.#setLast({ kind: 'written', name: definition.name, file: edit.file, ...last });
    return { serverId: definition.id, file: edit.file, line: edit.line, canUndo: true };
  }

  async #setLast(next: LastWrite): Promise<void> {
    const previous = this.#last.get();
    this.#last.set(next);
    if (previous?.obsolete !== undefined) await this.#removeFolder(previous.obsolete);
  }

  #remember(serverId: string, record: InstallRecord | undefined): void {
    if (record) this.#ports.records.put(record);
    else this.#ports.records.remove(serverId);
    this.#records.set(this.#ports.records.all());
  }

  /** Takes the last write back: the file byte by byte, stored inputs, and what is remembered about the server. */
  async undo(): Promise<void> {
    const last = this.#last.get();
    if (!last) throw new AppError('not-found', 'there is nothing to take back');
    const { files, consents, inputs } = this.#ports;
    await files.undo(last.source, last.edit);
    this.#last.set(undefined);
    consents.revoke(last.serverId);
    const failures = await failuresOf([...last.inputs], ([inputId, value]) =>
      value === undefined
        ? inputs.forget(last.source.id, inputId)
        : inputs.store(last.source, inputId, value),
    );
    const now = this.record(last.serverId);
    this.#remember(last.serverId, last.before);
    this.#ports.logged?.({
      kind: 'install-undone',
      ...logged(last.serverId, last.name, last.file, last.before),
    });
    if (now?.folder !== undefined && now.folder !== last.before?.folder) await this.#removeFolder(now.folder);
    await files.reload();
    if (failures.length > 0) throw stillStored(failures);
  }

  /** The stored inputs of an installed server that removing it could forget too. */
  async storedInputs(serverId: string): Promise<readonly string[]> {
    const definition = this.definition(serverId);
    if (!definition) return [];
    const own = new Set(this.#ownInputs(definition).map((input) => input.id));
    const stored = await this.#stored(definition);
    return [...stored].flatMap(([id, value]) => (own.has(id) && value !== undefined ? [id] : []));
  }

  /** Removes an installed server: its entry, its record and its bundle; its stored inputs when asked to. */
  async uninstall(serverId: string, forgetInputs: boolean): Promise<void> {
    const record = this.need(serverId);
    const definition = this.definition(serverId);
    const { files, consents, inputs, stop } = this.#ports;
    let failures: readonly unknown[] = [];
    await stop(serverId);
    if (definition) {
      const own = this.#ownInputs(definition).map((input) => input.id);
      const valuesBefore = forgetInputs ? await this.#stored(definition) : new Map<string, undefined>();
      const edit = await files.remove(definition.source, definition.name, own);
      await this.#setLast({
        kind: 'removed',
        name: definition.name,
        file: edit.file,
        source: definition.source,
        edit,
        serverId,
        before: record,
        inputs: new Map([...valuesBefore].filter(([id]) => own.includes(id))),
        obsolete: record.folder,
      });
      if (forgetInputs)
        failures = await failuresOf(own, (inputId) => inputs.forget(definition.source.id, inputId));
    } else if (record.folder !== undefined) {
      await this.#removeFolder(record.folder);
    }
    consents.revoke(serverId);
    this.#remember(serverId, undefined);
    this.#ports.logged?.({
      kind: 'uninstalled',
      ...logged(serverId, definition?.name ?? record.name, definition?.source.file ?? '', record),
    });
    await files.reload();
    if (failures.length > 0) throw stillStored(failures);
  }

  /** Every input of a server with the value that is stored for it. */
  async #stored(definition: ServerDefinition): Promise<ReadonlyMap<string, string | undefined>> {
    const found = new Map<string, string | undefined>();
    for (const input of definition.inputs)
      found.set(input.id, await this.#ports.inputs.kept(definition, input));
    return found;
  }

  /** Inputs that no other server of the same file uses. */
  #ownInputs(definition: ServerDefinition): readonly InputDefinition[] {
    const others = this.#ports.configuration
      .get()
      .servers.filter((server) => server.source.id === definition.source.id && server.id !== definition.id)
      .flatMap((server) => server.inputs.map((input) => input.id));
    return definition.inputs.filter((input) => !others.includes(input.id));
  }

  /** Removes an unpacked bundle that was not installed; never rejects. */
  async dropFolder(folder: string): Promise<void> {
    if (!this.#records.get().some((record) => record.folder === folder)) await this.#removeFolder(folder);
  }

  async #removeFolder(folder: string): Promise<void> {
    try {
      await this.#ports.bundles.remove(folder);
    } catch (error) {
      this.#ports.logger.warn(`the folder ${folder} could not be removed`, error);
    }
  }
}

/** Does `work` for every item, whatever fails, and tells what did. */
async function failuresOf<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<readonly unknown[]> {
  const results = await Promise.allSettled(items.map(work));
  return results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
}

function stillStored([cause]: readonly unknown[]): AppError {
  return new AppError('storage', 'the secret storage could not be brought up to date; all else is done', {
    cause,
    nextStep: 'Unlock it. “Forget Stored Inputs” removes what is left in it.',
  });
}

function writtenAs(
  before: InstallRecord | undefined,
  record: InstallRecord | undefined,
): 'installed' | 'updated' | 'rolled-back' {
  if (!before || before.name !== record?.name) return 'installed';
  return before.previous.some(({ version }) => version === record.version) ? 'rolled-back' : 'updated';
}

function logged(serverId: string, serverName: string, file: string, record: InstallRecord | undefined) {
  const from = record && { registry: record.registryUrl, entry: record.name, version: record.version };
  return { serverId, serverName, file, ...from };
}
