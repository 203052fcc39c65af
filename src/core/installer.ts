import { entryOf, type ConfigChange } from './configEdit.ts';
import { answered, problemsOf } from './installAnswers.ts';
import { linkCandidate } from './installConfigLink.ts';
import {
  currentOption,
  currentPlan,
  currentTarget,
  openNeeds,
  planOptions,
  type InstallChoices,
  type InstallFlow,
  type InstallOrigin,
  type InstallPurpose,
  type InstallReview,
  type InstallThing,
} from './installFlow.ts';
import { answerKeys, findingsOf, type KnownAnswers } from './installForm.ts';
import type { InstallLink } from './installLink.ts';
import type { InstalledServers } from './installedServers.ts';
import type { InstallPorts } from './installPorts.ts';
import type { InstallRecord } from './installRecord.ts';
import { chosen, openFlow, withBundle, withVersion, type FlowStart } from './installSteps.ts';
import { splitServerId, type InstallTarget } from './installTarget.ts';
import type { Json, JsonObject } from './json.ts';
import type { RegistryEntry } from './registry.ts';
import { latestOf } from './registryLatest.ts';
import { isBadEntry, parseEntry } from './registryParse.ts';
import type { Finding } from './schemaValidator.ts';
import type { InputDefinition } from './server.ts';
import { AppError, throwIfAborted, toAppError } from './util/errors.ts';
import { Store, type Readable } from './util/store.ts';

/** Which server of a registry is meant. */
export interface RegistryServer {
  /** Any registry that knows it, when missing. */
  readonly registryId: string | undefined;
  readonly name: string;
  /** The latest one, when missing. */
  readonly version: string | undefined;
}

/** Installs, updates, rolls back and removes servers: one flow at a time, consent outside the dashboard, and the last write can be taken back. */
export class Installer {
  readonly #ports: InstallPorts;
  readonly #flow = new Store<InstallFlow | undefined>(undefined);
  readonly #installed: InstalledServers;

  constructor(ports: InstallPorts, installed: InstalledServers) {
    this.#ports = ports;
    this.#installed = installed;
  }

  /** The open flow; holds secrets, so it is shown only through `installView`. */
  get flow(): Readable<InstallFlow | undefined> {
    return this.#flow;
  }

  /** Opens a flow for a server of a registry. */
  async open({ registryId, name, version }: RegistryServer, signal: AbortSignal): Promise<void> {
    const { catalog } = this.#ports;
    const source = registryId === undefined ? await catalog.find(name, signal) : catalog.source(registryId);
    if (!source)
      throw new AppError(
        'not-found',
        registryId === undefined ? `no registry in use knows ${name}` : 'this registry is not in use',
      );
    const versions = await catalog.versions(source.id, name, signal);
    const entry =
      version === undefined ? latestOf(versions) : versions.find((one) => one.version === version);
    if (!entry)
      throw new AppError('not-found', `${source.label} does not list ${name} ${version ?? ''}`.trimEnd());
    const origin: InstallOrigin = {
      kind: 'registry',
      registryId: source.id,
      url: source.url,
      label: source.label,
    };
    await this.#begin(origin, { kind: 'install' }, { kind: 'entry', entry, versions }, signal);
  }

  /** Opens a flow for a server.json; rejects `invalid-input` when it describes no server. */
  async openDocument(json: Json, origin: InstallOrigin, signal: AbortSignal): Promise<void> {
    const entry = parseEntry(json);
    if (isBadEntry(entry)) throw new AppError('invalid-input', `this is no server.json: it ${entry.reason}`);
    await this.#begin(origin, { kind: 'install' }, { kind: 'entry', entry, versions: [entry] }, signal);
  }

  /** Opens a flow for a configuration that a link brought along, or that stands elsewhere. */
  async openLink(
    link: Extract<InstallLink, { kind: 'config' }>,
    signal: AbortSignal,
    origin: Extract<InstallOrigin, { kind: 'link' | 'typed' | 'program' }> = { kind: 'link' },
  ): Promise<void> {
    const candidate = linkCandidate(link);
    await this.#begin(origin, { kind: 'install' }, { kind: 'config', candidate }, signal);
  }

  /** Opens a flow that brings an installed server to the latest version, or to one that is named. */
  async openUpdate(serverId: string, kind: 'update' | 'roll-back', signal: AbortSignal): Promise<void> {
    const record = this.#installed.need(serverId);
    const { catalog } = this.#ports;
    const source = catalog.source(record.registryId);
    if (!source) throw new AppError('not-found', `the registry that ${record.name} came from is not in use`);
    const versions = await this.#newest(record, signal);
    const wanted = record.previous.at(-1)?.version;
    const entry = kind === 'update' ? latestOf(versions) : versions.find((one) => one.version === wanted);
    if (!entry)
      throw new AppError(
        'not-found',
        `${source.label} no longer lists ${record.name} ${kind === 'update' ? '' : (wanted ?? '')}`.trimEnd(),
      );
    const installed = versions.find((one) => one.version === record.version);
    const definition = this.#installed.definition(serverId);
    const purpose: InstallPurpose = {
      kind,
      record,
      installed,
      isEdited: definition !== undefined && definition.launchHash !== record.launchHash,
    };
    const origin: InstallOrigin = {
      kind: 'registry',
      registryId: source.id,
      url: source.url,
      label: source.label,
    };
    await this.#begin(origin, purpose, { kind: 'entry', entry, versions }, signal);
  }

  /** Changes what is chosen; ignored for a flow that is gone. */
  choose(flowId: string, change: Partial<InstallChoices>): void {
    this.#set(flowId, (flow) => chosen(flow, change));
  }

  /** Goes to another version of the same server. */
  chooseVersion(flowId: string, version: string): void {
    this.#set(flowId, (flow) => {
      const entry =
        flow.thing.kind === 'entry' ? flow.thing.versions.find((one) => one.version === version) : undefined;
      return entry && flow.busy === undefined && flow.step.kind !== 'done' ? withVersion(flow, entry) : flow;
    });
  }

  /** What keeps the answers from being used. */
  validate(flowId: string, content: JsonObject): readonly Finding[] {
    const flow = this.#open(flowId);
    const problems = problemsOf(flow, content).filter((problem) => problem.inputId !== undefined);
    return findingsOf(problems, answerKeys(flow.choices.name));
  }

  /** Fetches, checks and unpacks the bundle of the chosen option. */
  async fetchBundle(flowId: string, signal: AbortSignal): Promise<void> {
    const flow = this.#open(flowId);
    const option = currentOption(flow);
    const download = option?.plan.download;
    if (flow.thing.kind !== 'entry' || !option || !download)
      throw new AppError('invalid-input', 'nothing has to be downloaded for this');
    const { entry } = flow.thing;
    await this.#busy(flowId, 'bundle', async () => {
      const { plan, folder } = await this.#ports.bundles.prepare(
        entry,
        option.choice,
        planOptions(flow),
        signal,
      );
      // It may have come too late: the page is closed, or shows another server.
      if (signal.aborted || this.#flow.get()?.id !== flowId) await this.#installed.removeFolder(folder);
      throwIfAborted(signal);
      this.#set(flowId, (now) => withBundle(now, { sha256: download.sha256, plan, folder }));
    });
  }

  /** Takes the answers and shows what would be written and run; answers what is wrong with them. */
  async review(flowId: string, content: JsonObject): Promise<readonly Finding[]> {
    const before = this.#open(flowId);
    if (openNeeds(before).length > 0)
      throw new AppError('conflict', currentPlan(before)?.reasons.join('; ') ?? '');
    const { flow, completed } = answered(before, content);
    if (completed.kind === 'problems') {
      const general = completed.problems.find((problem) => problem.inputId === undefined);
      if (general) throw new AppError('invalid-input', general.message);
      return findingsOf(completed.problems, answerKeys(flow.choices.name));
    }
    const target = currentTarget(flow);
    if (!target || target.refusal !== undefined)
      throw new AppError('invalid-input', target?.refusal ?? 'there is no file to write to');
    this.#set(flowId, () => flow);
    await this.#busy(flowId, 'review', async () => {
      const change = this.#changeOf(flow, target, completed);
      const preview = await this.#ports.files.preview(target.source, change);
      const access = this.#ports.access(preview.definition, flow.origin.kind === 'registry');
      const review: InstallReview = {
        id: this.#ports.newId(),
        target,
        change,
        ...preview,
        completed,
        access,
      };
      this.#set(flowId, (now) => ({ ...now, step: { kind: 'review', review } }));
    });
    return [];
  }

  /** From the review back to the choices. */
  back(flowId: string): void {
    this.#set(flowId, (flow) =>
      flow.step.kind === 'review' && flow.busy === undefined
        ? { ...flow, step: { kind: 'choose' }, error: undefined }
        : flow,
    );
  }

  /** Asks for consent and writes what was reviewed. Rejects `cancelled` when the user turns away, `conflict` when the file changed. */
  async confirm(flowId: string, reviewId: string): Promise<void> {
    const flow = this.#open(flowId);
    if (flow.step.kind !== 'review' || flow.step.review.id !== reviewId)
      throw new AppError('conflict', 'this is not what was reviewed');
    const { review } = flow.step;
    if (review.access.kind === 'blocked') throw new AppError('blocked', review.access.reason);
    await this.#busy(flowId, 'write', async () => {
      if (!(await this.#ports.confirm(review, flow)))
        throw new AppError('cancelled', 'the installation was not agreed to');
      const edit = await this.#ports.files.write(review.target.source, review.change, review.before);
      const outcome = await this.#installed.written(
        review,
        edit,
        recordOf(flow, review, this.#ports.clock.now()),
      );
      this.#set(flowId, (now) => ({
        ...now,
        known: { answers: {}, kept: new Set() },
        step: { kind: 'done', outcome },
      }));
    });
  }

  /** Takes the last write back; a page that tells of it closes. */
  async undo(): Promise<void> {
    const serverId = await this.#installed.undo();
    const flow = this.#flow.get();
    if (flow?.step.kind === 'done' && flow.step.outcome.serverId === serverId) this.#flow.set(undefined);
  }

  /** Ends a flow; a bundle that was only fetched for it goes away. */
  async close(flowId: string): Promise<void> {
    const flow = this.#flow.get();
    if (flow?.id !== flowId || flow.busy === 'write') return;
    this.#flow.set(undefined);
    await this.#dropBundle(flow);
  }

  async #begin(
    origin: InstallOrigin,
    purpose: InstallPurpose,
    thing: InstallThing,
    signal: AbortSignal,
  ): Promise<void> {
    const { files, machine, newId } = this.#ports;
    this.#refuseWhileWriting();
    const [targets, found] = await Promise.all([files.targets(), machine(programsOf(thing))]);
    throwIfAborted(signal);
    const start: FlowStart = {
      id: newId(),
      origin,
      purpose,
      thing,
      machine: found,
      targets,
      known: await this.#knownAnswers(purpose),
    };
    if (purpose.kind !== 'install' && !splitServerId(purpose.record.serverId, targets))
      throw new AppError('not-found', 'the file of this server is not among the configuration files in use');
    this.#refuseWhileWriting(); // a write may have begun meanwhile
    const before = this.#flow.get();
    this.#flow.set(openFlow(start));
    if (before) await this.#dropBundle(before);
  }

  #refuseWhileWriting(): void {
    if (this.#flow.get()?.busy === 'write')
      throw new AppError('conflict', 'another installation is being written');
  }

  /** What was answered at the last installation; secrets come from the secret storage and stay in the host. */
  async #knownAnswers(purpose: InstallPurpose): Promise<KnownAnswers> {
    if (purpose.kind === 'install') return { answers: {}, kept: new Set() };
    const definition = this.#installed.definition(purpose.record.serverId);
    const answers: Record<string, string | readonly string[]> = { ...purpose.record.answers };
    const kept = new Set<string>();
    const keyOf = answerKeys(definition?.name ?? '');
    for (const input of definition?.inputs ?? []) {
      const value = definition && (await this.#ports.inputs.kept(definition, input));
      if (value === undefined) continue;
      answers[keyOf(input.id)] = value;
      kept.add(keyOf(input.id));
    }
    return { answers, kept };
  }

  /** What the registry says now; what is stored of it while it cannot be asked. */
  async #newest({ registryId, name }: InstallRecord, signal: AbortSignal): Promise<readonly RegistryEntry[]> {
    const { catalog, logger } = this.#ports;
    try {
      return await catalog.versions(registryId, name, signal, 'fresh');
    } catch (error) {
      const stored = catalog.stored(registryId, name);
      if (stored.length === 0 || signal.aborted) throw error;
      logger.warn(`the versions of ${name} are those of the copy: ${toAppError(error).message}`);
      return stored;
    }
  }

  #changeOf(flow: InstallFlow, target: InstallTarget, completed: InstallReview['completed']): ConfigChange {
    const { name } = flow.choices;
    // A package that answers over HTTP is started by the user: what is written is where it answers.
    const entry = entryOf(completed.connectTo ?? completed.launch, target.source.kind);
    const there = new Set(
      this.#installed.definition(`${target.source.id}/${name}`)?.inputs.map((input) => input.id),
    );
    const inputs = completed.inputs.filter((input) => !there.has(input.id)).map(inputEntry);
    const kind = flow.purpose.kind !== 'install' && target.names.includes(name) ? 'replace' : 'add';
    return { kind, name, entry, ...(inputs.length > 0 ? { inputs } : {}) };
  }

  async #dropBundle({ bundle, step }: InstallFlow): Promise<void> {
    if (bundle === undefined || step.kind === 'done') return;
    if (this.#installed.records.get().some((record) => record.folder === bundle.folder)) return;
    await this.#installed.removeFolder(bundle.folder);
  }

  /** Runs one step; meanwhile nothing can be changed, and a failure is shown on the page. */
  async #busy(flowId: string, busy: InstallFlow['busy'], work: () => Promise<void>): Promise<void> {
    if (this.#open(flowId).busy !== undefined)
      throw new AppError('conflict', 'something is being done already');
    this.#set(flowId, (flow) => ({ ...flow, busy, error: undefined }));
    try {
      await work();
    } catch (thrown) {
      const error = toAppError(thrown);
      if (error.code !== 'cancelled') this.#set(flowId, (flow) => ({ ...flow, error: error.message }));
      throw error;
    } finally {
      this.#set(flowId, (flow) => ({ ...flow, busy: undefined }));
    }
  }

  #set(flowId: string, change: (flow: InstallFlow) => InstallFlow): void {
    const before = this.#flow.get();
    if (before?.id !== flowId) return;
    const after = change(before);
    this.#flow.set(after);
    if (after.bundle?.folder !== before.bundle?.folder) void this.#dropBundle(before);
  }

  #open(flowId: string): InstallFlow {
    const flow = this.#flow.get();
    if (flow?.id !== flowId) throw new AppError('not-found', 'this installation is no longer open');
    return flow;
  }
}

/** Programs outside the PATH that a thing's packages would be started by. */
function programsOf(thing: InstallThing): readonly string[] {
  if (thing.kind === 'config') {
    const { runtime } = thing.candidate.plan;
    return runtime === undefined ? [] : [runtime.command];
  }
  return thing.entry.packages.flatMap((one) => (one.registryType === 'cargo' ? [one.identifier] : []));
}

/** An input in the words of mcp.json. */
function inputEntry(input: InputDefinition): JsonObject {
  const about = { id: input.id, description: input.description };
  const preset = input.default === undefined ? {} : { default: input.default };
  if (input.kind === 'pick') return { type: 'pickString', ...about, options: [...input.options], ...preset };
  return { type: 'promptString', ...about, ...(input.isPassword ? { password: true } : {}), ...preset };
}

function recordOf(flow: InstallFlow, review: InstallReview, now: number): InstallRecord | undefined {
  const { origin, thing, known } = flow;
  const plan = currentPlan(flow);
  if (thing.kind !== 'entry' || !plan || origin.kind === 'link' || origin.kind === 'typed') return undefined;
  const { entry }: { readonly entry: RegistryEntry } = thing;
  const keyOf = answerKeys(flow.choices.name);
  const inputs = (plan.kind === 'refused' ? undefined : plan.inputs) ?? [];
  const open = inputs.filter((input) => !input.isPassword && !known.kept.has(keyOf(input.id)));
  return {
    serverId: review.definition.id,
    registryId: origin.kind === 'registry' ? origin.registryId : origin.kind,
    registryUrl: origin.kind === 'registry' ? origin.url : origin.kind === 'url' ? origin.url : origin.file,
    name: entry.name,
    version: entry.version,
    subject: plan.subject,
    launchHash: review.definition.launchHash,
    installedAt: now,
    folder: flow.bundle !== undefined && plan === flow.bundle.plan ? flow.bundle.folder : undefined,
    answers: Object.fromEntries(
      open.flatMap((input) => {
        const answer = known.answers[keyOf(input.id)];
        return answer === undefined ? [] : [[keyOf(input.id), answer] as const];
      }),
    ),
    previous: [],
  };
}
