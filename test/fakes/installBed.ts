import { createHash } from 'node:crypto';
import { parseConfigText } from '../../src/core/config.ts';
import { editConfigText } from '../../src/core/configEdit.ts';
import { Consents } from '../../src/core/consent.ts';
import { Inputs } from '../../src/core/inputs.ts';
import { InstalledServers } from '../../src/core/installedServers.ts';
import { Installer } from '../../src/core/installer.ts';
import type { InstallReview } from '../../src/core/installFlow.ts';
import type { InstallCatalog, InstallPorts, WrittenEdit } from '../../src/core/installPorts.ts';
import type { InstallRecord } from '../../src/core/installRecord.ts';
import type { InstallTarget } from '../../src/core/installTarget.ts';
import type { AccessVerdict } from '../../src/core/accessPolicy.ts';
import type { RegistryEntry } from '../../src/core/registry.ts';
import type { Configuration, Source } from '../../src/core/server.ts';
import { AppError } from '../../src/core/util/errors.ts';
import { Store } from '../../src/core/util/store.ts';
import { FakeClock } from './fakeClock.ts';
import { silentLogger } from './fakeLogger.ts';
import { FakeMemory } from './fakeMemory.ts';
import { FakeSecrets } from './fakeSecrets.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** The user's own file of VS Code. */
export const userSource: Source = { id: 'user', kind: 'user', file: '/home/dev/mcp.json', folder: undefined };
/** A file that knows no inputs. */
export const cursorSource: Source = {
  id: 'cursor',
  kind: 'cursor',
  file: '/home/dev/.cursor/mcp.json',
  folder: undefined,
};
/** The one registry of the bed. */
export const registry = {
  id: 'https://registry.example',
  label: 'Example',
  url: 'https://registry.example',
  isPolicy: false,
  header: undefined,
} as const;

/** An installer over files, secrets and records in memory; the real editing, planning and reading of files. */
export class InstallBed {
  readonly texts = new Map<string, string>();
  readonly memory = new FakeMemory();
  readonly secrets = new FakeSecrets();
  readonly clock = new FakeClock();
  readonly consents = new Consents(this.memory, this.clock);
  readonly records = new Map<string, InstallRecord>();
  readonly configuration = new Store<Configuration>({ servers: [], problems: [], sources: [] });
  readonly inputs: Inputs;
  readonly confirmed: InstallReview[] = [];
  readonly agreed: string[] = [];
  readonly stopped: string[] = [];
  readonly removedFolders: string[] = [];
  readonly installed: InstalledServers;
  readonly installer: Installer;
  versions: readonly RegistryEntry[] = [];
  answer = true;
  access: AccessVerdict = { kind: 'allowed' };
  runtimes: ReadonlySet<string> = new Set(['npx', 'docker']);
  bundle: (() => ReturnType<InstallPorts['bundles']['prepare']>) | undefined;
  /** Called between the review and the write, which waits for it. */
  onConfirm: (() => unknown) | undefined;
  /** Called when a flow that is being opened looks at the machine. */
  onLook: (() => void) | undefined;
  #ids = 0;

  constructor() {
    this.inputs = new Inputs({
      secrets: this.secrets,
      memory: this.memory,
      ask: () => Promise.resolve(undefined),
      log: silentLogger,
    });
    const catalog: InstallCatalog = {
      source: (id) => (id === registry.id ? registry : undefined),
      stored: (_, name) => this.versions.filter((entry) => entry.name === name),
      versions: async (_, name) => this.versions.filter((entry) => entry.name === name),
      find: async (name) => (this.versions.some((entry) => entry.name === name) ? registry : undefined),
    };
    const ports: InstallPorts = {
      files: {
        targets: async () => [this.#target(userSource), this.#target(cursorSource)],
        preview: async (source, change) => {
          const before = this.texts.get(source.file);
          const { text: after } = editConfigText(source, before, change);
          const definition = parseConfigText(source, after, sha256).servers.find(
            (one) => one.name === change.name,
          );
          if (!definition) throw new AppError('internal', 'nothing there');
          return { before, after, definition };
        },
        write: async (source, change, before) => {
          if (this.texts.get(source.file) !== before) throw new AppError('conflict', 'changed meanwhile');
          return this.#edit(source, change);
        },
        remove: async (source, name, inputs) => this.#edit(source, { kind: 'remove', name, inputs }),
        undo: async (source, edit) => {
          if (this.texts.get(source.file) !== edit.after) throw new AppError('conflict', 'changed meanwhile');
          if (edit.before === undefined) this.texts.delete(source.file);
          else this.texts.set(source.file, edit.before);
        },
        reload: async () => this.reload(),
      },
      catalog,
      bundles: {
        prepare: () => this.bundle?.() ?? Promise.reject(new AppError('unsupported', 'no bundles here')),
        remove: async (folder) => void this.removedFolders.push(folder),
      },
      records: {
        put: (record) => void this.records.set(record.serverId, record),
        get: (id) => this.records.get(id),
        all: () => [...this.records.values()],
        remove: (id) => void this.records.delete(id),
      },
      inputs: this.inputs,
      consents: this.consents,
      configuration: this.configuration,
      clock: this.clock,
      logger: silentLogger,
      newId: () => `id-${++this.#ids}`,
      machine: async () => {
        this.onLook?.();
        return {
          runtimes: this.runtimes,
          platform: { os: 'linux', arch: 'x64' },
          cargoBin: '/home/dev/.cargo/bin',
        };
      },
      access: () => this.access,
      confirm: async (review) => {
        this.confirmed.push(review);
        await this.onConfirm?.();
        return this.answer;
      },
      agreed: ({ launchHash }) => void this.agreed.push(launchHash),
      stop: async (serverId) => void this.stopped.push(serverId),
    };
    this.installed = new InstalledServers(ports);
    this.installer = new Installer(ports, this.installed);
  }

  /** The open flow. */
  get flow() {
    const flow = this.installer.flow.get();
    if (!flow) throw new Error('no flow is open');
    return flow;
  }

  /** The text of the user's file as JSON. */
  get userFile(): {
    readonly servers: Record<string, unknown>;
    readonly inputs?: readonly { readonly id: string }[];
  } {
    return JSON.parse(this.texts.get(userSource.file) ?? '{"servers":{}}');
  }

  /** The same for a file with comments. */
  userFileWithoutComments(): InstallBed['userFile'] {
    return JSON.parse((this.texts.get(userSource.file) ?? '').replaceAll(/^\s*\/\/.*$/gm, ''));
  }

  reload(): void {
    const sources = [userSource, cursorSource];
    const servers = sources.flatMap(
      (source) => parseConfigText(source, this.texts.get(source.file) ?? '{}', sha256).servers,
    );
    this.configuration.set({ servers, problems: [], sources });
  }

  /** Goes from a named server through the review to the end. */
  async install(name: string, content: Record<string, string> = {}, version?: string): Promise<string> {
    await this.installer.open({ registryId: registry.id, name, version }, new AbortController().signal);
    return this.finish(content);
  }

  /** From the open page to the end; the id of the server. */
  async finish(content: Record<string, string> = {}): Promise<string> {
    const { id } = this.flow;
    const findings = await this.installer.review(id, content);
    if (findings.length > 0) throw new Error(findings.map((finding) => finding.message).join('; '));
    const { step } = this.flow;
    if (step.kind !== 'review') throw new Error('no review');
    await this.installer.confirm(id, step.review.id);
    return step.review.definition.id;
  }

  #target(source: Source): InstallTarget {
    const text = this.texts.get(source.file);
    const names = parseConfigText(source, text ?? '{}', sha256).servers.map(({ name }) => name);
    return { source, exists: text !== undefined, names, refusal: undefined };
  }

  #edit(source: Source, change: Parameters<typeof editConfigText>[2]): WrittenEdit {
    const before = this.texts.get(source.file);
    const { text: after, line } = editConfigText(source, before, change);
    this.texts.set(source.file, after);
    return { file: source.file, before, after, line };
  }
}
