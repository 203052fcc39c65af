import type { ActivityEvent } from './activity.ts';
import type { AccessVerdict } from './accessPolicy.ts';
import type { ConfigChange } from './configEdit.ts';
import type { Consents } from './consent.ts';
import type { InstallFlow, InstallMachine, InstallReview } from './installFlow.ts';
import type { PlanOptions } from './installDraft.ts';
import type { InstallChoice, InstallPlan } from './installPlan.ts';
import type { InstallRows } from './installRecord.ts';
import type { InstallTarget } from './installTarget.ts';
import type { Inputs } from './inputs.ts';
import type { Clock, Logger, NewId } from './ports.ts';
import type { RegistryEntry, RegistrySource } from './registry.ts';
import type { Configuration, ServerDefinition, Source } from './server.ts';
import type { Readable } from './util/store.ts';

/** A written change, as it can be taken back. */
export interface WrittenEdit {
  readonly file: string;
  readonly before: string | undefined;
  readonly after: string;
  readonly line: number | undefined;
}

/** The configuration files as an installation needs them. */
export interface InstallFiles {
  /** Files that a server can be written to: VS Code's own, and those of other programs that are there. */
  targets(): Promise<readonly InstallTarget[]>;
  /** What a change would make of a file, and the server that it would then define. Rejects like `write`. */
  preview(
    source: Source,
    change: ConfigChange,
  ): Promise<{
    readonly before: string | undefined;
    readonly after: string;
    readonly definition: ServerDefinition;
  }>;
  /** Makes the change in the file as it was previewed; rejects `conflict` when it is another by now. */
  write(source: Source, change: ConfigChange, before: string | undefined): Promise<WrittenEdit>;
  /** Removes an entry, whatever else changed in the file. */
  remove(source: Source, name: string, inputs: readonly string[]): Promise<WrittenEdit>;
  /** Restores the file byte by byte; rejects `conflict` when it was changed since. */
  undo(source: Source, edit: WrittenEdit): Promise<void>;
  /** Resolves when the configuration says what the files say. */
  reload(): Promise<void>;
}

/** What the registries know; the copy on this machine first. */
export interface InstallCatalog {
  source(registryId: string): RegistrySource | undefined;
  /** All versions in the copy on this machine, newest first. */
  stored(registryId: string, name: string): readonly RegistryEntry[];
  /** All versions, from the registry where the copy has none or `fresh` ones are wanted; rejects `not-found`. */
  versions(
    registryId: string,
    name: string,
    signal: AbortSignal,
    want?: 'fresh',
  ): Promise<readonly RegistryEntry[]>;
  /** The first registry that knows a server; undefined when none does. */
  find(name: string, signal: AbortSignal): Promise<RegistrySource | undefined>;
}

/** Bundles (mcpb): fetched, checked against their hash and unpacked before their command is known. */
export interface InstallBundles {
  prepare(
    entry: RegistryEntry,
    choice: InstallChoice,
    options: PlanOptions,
    signal: AbortSignal,
  ): Promise<{ readonly plan: InstallPlan; readonly folder: string }>;
  /** Removes an unpacked bundle. */
  remove(folder: string): Promise<void>;
}

/** Everything outside the rules of installing. */
export interface InstallPorts {
  readonly files: InstallFiles;
  readonly catalog: InstallCatalog;
  readonly bundles: InstallBundles;
  readonly records: InstallRows;
  readonly inputs: Pick<Inputs, 'kept' | 'store' | 'forget'>;
  readonly consents: Pick<Consents, 'give' | 'revoke'>;
  readonly configuration: Readable<Configuration>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly newId: NewId;
  /** What this machine has; `programs` are further ones to look for, by path. */
  readonly machine: (programs: readonly string[]) => Promise<InstallMachine>;
  /** The organisation's settings about a server that is not configured yet. */
  access(definition: ServerDefinition, isFromRegistry: boolean): AccessVerdict;
  /** Shows everything that is agreed to and asks outside the dashboard; false when the user turns away. */
  confirm(review: InstallReview, flow: InstallFlow): Promise<boolean>;
  /** Told of each agreement, for the activity log. */
  readonly agreed: (definition: ServerDefinition) => void;
  /** Told of each write of a configuration file, for the activity log. */
  readonly logged?: (event: Extract<ActivityEvent, { readonly kind: InstallLogged }>) => void;
  readonly stop: (serverId: string) => Promise<void>;
}

/** What the activity log says of installing. */
export type InstallLogged = 'installed' | 'updated' | 'rolled-back' | 'uninstalled' | 'install-undone';
