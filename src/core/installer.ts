import { answered, problemsOf } from './installAnswers.ts';
import {
  currentOption,
  currentPlan,
  currentTarget,
  openNeeds,
  planOptions,
  type InstallChoices,
  type InstallFlow,
  type InstallOrigin,
  type InstallReview,
  type InstallThing,
} from './installFlow.ts';
import { answerKeys, findingsOf, type KnownAnswers } from './installForm.ts';
import type { InstallLink } from './installLink.ts';
import {
  findServer,
  findUpdate,
  readDocument,
  readLink,
  type Found,
  type RegistryServer,
} from './installLookup.ts';
import type { InstalledServers } from './installedServers.ts';
import type { InstallPorts } from './installPorts.ts';
import { chosen, openFlow, withBundle, withVersion } from './installSteps.ts';
import { serverIdIn, splitServerId } from './installTarget.ts';
import { changeOf, recordOf } from './installWrite.ts';
import type { Json, JsonObject } from './json.ts';
import type { Finding } from './schemaValidator.ts';
import { AppError, throwIfAborted, toAppError } from './util/errors.ts';
import { Store, type Readable } from './util/store.ts';

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
  async open(server: RegistryServer, signal: AbortSignal): Promise<void> {
    await this.#begin(await findServer(this.#ports.catalog, server, signal), signal);
  }

  /** Opens a flow for a server.json; rejects `invalid-input` when it describes no server. */
  async openDocument(json: Json, origin: InstallOrigin, signal: AbortSignal): Promise<void> {
    await this.#begin(readDocument(json, origin), signal);
  }

  /** Opens a flow for a configuration that a link brought along, or that stands elsewhere. */
  async openLink(
    link: Extract<InstallLink, { kind: 'config' }>,
    signal: AbortSignal,
    origin: Extract<InstallOrigin, { kind: 'link' | 'typed' | 'program' }> = { kind: 'link' },
  ): Promise<void> {
    await this.#begin(readLink(link, origin), signal);
  }

  /** Opens a flow that brings an installed server to the latest version, or back to the one before. */
  async openUpdate(serverId: string, kind: 'update' | 'roll-back', signal: AbortSignal): Promise<void> {
    const record = this.#installed.need(serverId);
    const configured = this.#installed.definition(serverId);
    await this.#begin(await findUpdate(this.#ports, kind, record, configured, signal), signal);
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
      if (signal.aborted || this.#flow.get()?.id !== flowId) await this.#installed.dropFolder(folder);
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
      const configured = this.#installed.definition(serverIdIn(target, flow.choices.name));
      const change = changeOf(flow, target, completed, configured);
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
    const { lastWrite } = this.#installed;
    const last = lastWrite.get();
    try {
      await this.#installed.undo();
    } finally {
      const step = this.#flow.get()?.step;
      const isUndone = lastWrite.get() !== last;
      if (isUndone && step?.kind === 'done' && step.outcome.serverId === last?.serverId)
        this.#flow.set(undefined);
    }
  }

  /** Ends a flow; a bundle that was only fetched for it goes away. */
  async close(flowId: string): Promise<void> {
    const flow = this.#flow.get();
    if (flow?.id !== flowId || flow.busy === 'write') return;
    this.#flow.set(undefined);
    await this.#dropBundle(flow);
  }

  async #begin(found: Found, signal: AbortSignal): Promise<void> {
    const { files, machine, newId } = this.#ports;
    const { purpose, thing } = found;
    this.#refuseWhileWriting();
    const [targets, onMachine] = await Promise.all([files.targets(), machine(programsOf(thing))]);
    throwIfAborted(signal);
    const known: KnownAnswers =
      purpose.kind === 'install'
        ? { answers: {}, kept: new Set() }
        : await this.#installed.answers(purpose.record);
    if (purpose.kind !== 'install' && !splitServerId(purpose.record.serverId, targets))
      throw new AppError('not-found', 'the file of this server is not among the configuration files in use');
    this.#refuseWhileWriting(); // a write may have begun meanwhile
    const before = this.#flow.get();
    this.#flow.set(openFlow({ ...found, id: newId(), machine: onMachine, targets, known }));
    if (before) await this.#dropBundle(before);
  }

  #refuseWhileWriting(): void {
    if (this.#flow.get()?.busy === 'write')
      throw new AppError('conflict', 'another installation is being written');
  }

  async #dropBundle({ bundle, step }: InstallFlow): Promise<void> {
    if (bundle !== undefined && step.kind !== 'done') await this.#installed.dropFolder(bundle.folder);
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
