import { EventEmitter, l10n, ProgressLocation, Selection, Uri, window, workspace } from 'vscode';
import type { JsonObject } from '../core/json.ts';
import type { Clock, Memory } from '../core/ports.ts';
import type { PromptRequest, Requests, SamplingRequest } from '../core/requests.ts';
import {
  answerDocument,
  answerSchema,
  promptDocument,
  promptOf,
  promptSchema,
  samplingResult,
} from '../core/sampling.ts';
import { hintsOf, modelKey, preferredModel, rankModels } from '../core/samplingModels.ts';
import type { SamplingUse } from '../core/samplingUse.ts';
import type { SchemaValidator } from '../core/schemaValidator.ts';
import { DisposableStore, type Disposable } from '../core/util/disposables.ts';
import { AppError } from '../core/util/errors.ts';
import { schemes } from '../shared/ids.ts';
import { argumentsStart, readArguments, type ReadArguments } from './argumentText.ts';
import type { Dialogs } from './dialogs.ts';
import { MemoryFiles } from './memoryFiles.ts';
import { documentOf } from './reviewedDocuments.ts';
import { forIconLabel, forMessage } from './plainText.ts';
import type { Actions } from './runAction.ts';
import { takesTools, type Model, type SamplingModels } from './samplingModels.ts';
import { answerFileName, answerText, promptFileName, promptText } from './samplingText.ts';
import { signalOf } from './signals.ts';
import { closeTabs } from './tabs.ts';

export interface SamplingEditorDeps {
  readonly requests: Pick<Requests, 'open' | 'get' | 'answer'>;
  readonly models: SamplingModels;
  readonly use: SamplingUse;
  readonly memory: Memory;
  readonly validator: SchemaValidator;
  readonly dialogs: Dialogs;
  readonly actions: Actions;
  readonly clock: Clock;
  /** Told before an answer leaves; when it throws, the answer stays here. */
  readonly onAnswer: (request: SamplingRequest, model: string, tokens: number) => void;
}

/** A model's answer that waits for its review. */
interface Answered {
  readonly model: string;
  readonly tokens: number;
}

const keptClosed = 20;

/** Model requests of servers as documents: the prompt is reviewed before a model gets it, the answer before the server does. */
export class SamplingEditor implements Disposable {
  readonly #deps: SamplingEditorDeps;
  readonly #disposables = new DisposableStore();
  readonly #files: MemoryFiles;
  readonly #shown = new Map<string, SamplingRequest>();
  readonly #answers = new Map<string, Answered>();
  readonly #asking = new Map<string, AbortController>();
  readonly #chosen = new Map<string, string>();
  readonly #closed: string[] = [];
  readonly #changed = new EventEmitter<void>();
  /** What can be done with a document changed: another model, an answer, a question under way. */
  readonly onDidChange = this.#changed.event;

  constructor(deps: SamplingEditorDeps) {
    this.#deps = deps;
    this.#files = new MemoryFiles(deps.clock);
    this.#disposables.add(this.#changed);
    this.#disposables.add(
      workspace.registerFileSystemProvider(schemes.sampling, this.#files, { isCaseSensitive: true }),
    );
    this.#disposables.add(deps.models.models.subscribe(() => this.#changed.fire()));
    this.#disposables.add(deps.requests.open.subscribe((open) => this.#follow(open)));
    this.#follow(deps.requests.open.get());
    void deps.actions.run('close old model requests', () =>
      closeTabs((uri) => uri.scheme === schemes.sampling && !this.requestOf(uri)),
    );
  }

  /** The open request that a document belongs to. */
  requestOf(uri: Uri): SamplingRequest | undefined {
    if (uri.scheme !== schemes.sampling) return undefined;
    const request = this.#deps.requests.get(uri.authority);
    return request?.kind === 'sampling' ? request : undefined;
  }

  /** Which of a request's two documents this is. */
  partOf(request: SamplingRequest, uri: Uri): 'prompt' | 'answer' {
    return uri.path === answerUri(request).path ? 'answer' : 'prompt';
  }

  isAsking(request: SamplingRequest): boolean {
    return this.#asking.has(request.id);
  }

  hasAnswer(request: SamplingRequest): boolean {
    return this.#answers.has(request.id);
  }

  /** The document's text, checked. */
  read(part: 'prompt' | 'answer', text: string): ReadArguments {
    return readArguments(text, part === 'prompt' ? promptSchema : answerSchema, this.#deps.validator, l10n.t);
  }

  /** The model that would be asked: the user's last choice for the server, else the best fit for what the server wishes. */
  modelOf({ id, serverId, params }: SamplingRequest): Model | undefined {
    const { models, memory } = this.#deps;
    const ranked = rankModels(models.models.get(), hintsOf(params['modelPreferences']));
    return preferredModel(ranked, this.#chosen.get(id) ?? memory.get(modelMemory(serverId)));
  }

  /** Shows the answer where there is one, else the prompt, each with the edits made so far. */
  async open(request: SamplingRequest): Promise<void> {
    await this.#show(this.hasAnswer(request) ? answerUri(request) : promptUri(request));
  }

  /** Shows the prompt, though there is an answer already. */
  async openPrompt(request: SamplingRequest): Promise<void> {
    await this.#show(promptUri(request));
  }

  /** Lets the user pick the model, for this request and for the server's next ones. */
  async chooseModel(request: SamplingRequest): Promise<void> {
    const { models, memory, dialogs } = this.#deps;
    const hints = hintsOf(request.params['modelPreferences']);
    const current = this.modelOf(request);
    const picked = await dialogs.pick({
      title: l10n.t('Model for {0}', forMessage(request.serverName, 80)),
      placeholder: l10n.t('Which model may be asked? The choice is remembered for this server.'),
      items: rankModels(models.models.get(), hints).map(({ model, hint }) => ({
        label: forIconLabel(model.name),
        description: [
          `${model.vendor}/${model.id}`,
          ...(hint === undefined ? [] : [l10n.t('fits the server’s wish')]),
          ...(model === current ? [l10n.t('chosen now')] : []),
          ...(takesTools(model) ? [] : [l10n.t('takes no tools')]),
        ]
          .map((text) => forIconLabel(text))
          .join(' · '),
        key: modelKey(model),
      })),
    });
    if (!picked) throw new AppError('cancelled', 'no model was picked');
    this.#chosen.set(request.id, picked.key);
    memory.set(modelMemory(request.serverId), picked.key);
    this.#changed.fire();
  }

  /** Asks the model what stands in the document now, and shows its answer for review; a document that is not on screen is shown first, and nothing is asked. */
  async ask(request: SamplingRequest): Promise<void> {
    const { models, use } = this.#deps;
    const prompt = promptOf(await this.#reviewed(request, 'prompt'));
    const model = this.modelOf(request);
    if (!model)
      throw new AppError('not-found', l10n.t('There is no language model any more.'), {
        nextStep: l10n.t('Sign in to one, or answer “Not now”.'),
      });
    if (this.isAsking(request)) throw new AppError('conflict', l10n.t('The model is being asked already.'));
    const work = new AbortController();
    this.#asking.set(request.id, work);
    this.#changed.fire();
    try {
      const cost = await models.countPrompt(model, prompt);
      const left = use.tokensLeft(request.serverId) - cost;
      if (left <= 0)
        throw new AppError(
          'denied',
          l10n.t('The prompt needs {0} tokens, more than the server has left for today.', cost),
          {
            nextStep: l10n.t('Shorten it, or raise “mcpSwitchboard.samplingTokensPerDay”.'),
          },
        );
      const answer = await window.withProgress(
        {
          location: ProgressLocation.Notification,
          title: l10n.t('Asking {0}…', forMessage(model.name, 80)),
          cancellable: true,
        },
        async (_, token) => {
          const cancelled = signalOf(token);
          try {
            return await models.ask(
              model,
              prompt,
              Math.min(prompt.maxTokens, left),
              AbortSignal.any([cancelled.signal, work.signal]),
            );
          } finally {
            cancelled.dispose();
          }
        },
      );
      const tokens = cost + (await model.countTokens(answer.text));
      use.spend(request.serverId, tokens);
      if (work.signal.aborted) throw new AppError('cancelled', 'the request is no longer open');
      this.#answers.set(request.id, { model: model.name, tokens });
      const document = answerDocument(answer, model.id);
      await this.#put(answerUri(request), answerText(request, document, model.name, tokens, l10n.t));
    } finally {
      this.#asking.delete(request.id);
      this.#changed.fire();
    }
    await this.#show(answerUri(request));
  }

  /** Gives the server the answer that stands in the document now. */
  async sendAnswer(request: SamplingRequest): Promise<void> {
    const answered = this.#answers.get(request.id);
    if (!answered) return this.open(request);
    const content = samplingResult(await this.#reviewed(request, 'answer'));
    this.#deps.onAnswer(request, answered.model, answered.tokens);
    this.#settle(this.#deps.requests.answer(request.id, { kind: 'accept', content }));
  }

  /** Tells the server no. */
  refuse(request: SamplingRequest): void {
    this.#settle(
      this.#deps.requests.answer(request.id, { kind: 'decline', reason: 'User rejected sampling request' }),
    );
  }

  dispose(): void {
    for (const work of this.#asking.values()) work.abort();
    this.#disposables.dispose();
  }

  async #reviewed(request: SamplingRequest, part: 'prompt' | 'answer'): Promise<JsonObject> {
    const uri = part === 'prompt' ? promptUri(request) : answerUri(request);
    const document = documentOf(uri);
    if (!document || !window.visibleTextEditors.some((editor) => editor.document === document)) {
      await this.#show(uri);
      throw new AppError('cancelled', 'the document was not on screen');
    }
    const { value, problems } = this.read(part, document.getText());
    const problem = problems.find(({ isBlocking }) => isBlocking);
    if (problem || !value)
      throw new AppError('invalid-input', l10n.t('This cannot be sent: {0}', problem?.message ?? ''), {
        nextStep: l10n.t('Correct it, or answer “Not now”.'),
      });
    return value;
  }

  async #show(uri: Uri): Promise<void> {
    if (this.#files.text(uri) === undefined)
      throw new AppError('not-found', l10n.t('This request is no longer open.'));
    const document = await workspace.openTextDocument(uri);
    const start = document.positionAt(argumentsStart(document.getText()));
    await window.showTextDocument(document, { preview: false, selection: new Selection(start, start) });
  }

  async #put(uri: Uri, text: string): Promise<void> {
    // An older answer with edits would keep its text over the new one.
    await closeTabs((open) => open.toString() === uri.toString());
    this.#files.put(uri, text);
  }

  #settle(wasOpen: boolean): void {
    if (!wasOpen)
      throw new AppError(
        'conflict',
        l10n.t('This request is no longer open: its caller went away, or it was answered already.'),
      );
  }

  #follow(open: readonly PromptRequest[]): void {
    const asked = open.filter((request) => request.kind === 'sampling');
    const ids = new Set(asked.map(({ id }) => id));
    for (const [id, request] of this.#shown) {
      if (ids.has(id)) continue;
      this.#shown.delete(id);
      void this.#deps.actions.run('close model request', () => this.#close(request));
    }
    for (const request of asked) {
      if (this.#shown.has(request.id)) continue;
      this.#shown.set(request.id, request);
      const room = this.#deps.use.room(request.serverId);
      this.#files.put(promptUri(request), promptText(request, promptDocument(request.params), room, l10n.t));
      void this.#deps.actions.run('announce model request', () => this.#announce(request));
    }
  }

  async #close({ id }: SamplingRequest): Promise<void> {
    this.#asking.get(id)?.abort();
    this.#answers.delete(id);
    this.#chosen.delete(id);
    await closeTabs((uri) => uri.scheme === schemes.sampling && uri.authority === id);
    this.#closed.push(id);
    if (this.#closed.length > keptClosed) this.#files.remove(this.#closed.shift() ?? '');
  }

  /** It may come long after its job was started: it must not take the keyboard away from what the user is typing. */
  async #announce(request: SamplingRequest): Promise<void> {
    const review = l10n.t('Review');
    const no = l10n.t('Not Now');
    const text = l10n.t('{0} asks for an answer of a language model.', forMessage(request.serverName, 80));
    const chosen = await window.showInformationMessage(text, review, no);
    if (chosen === undefined || !this.requestOf(promptUri(request))) return;
    if (chosen === review) await this.open(request);
    else this.refuse(request);
  }
}

function modelMemory(serverId: string): string {
  return `sampling.model:${serverId}`;
}

function promptUri(request: SamplingRequest): Uri {
  return Uri.from({ scheme: schemes.sampling, authority: request.id, path: `/${promptFileName(request)}` });
}

function answerUri(request: SamplingRequest): Uri {
  return Uri.from({ scheme: schemes.sampling, authority: request.id, path: `/${answerFileName(request)}` });
}
