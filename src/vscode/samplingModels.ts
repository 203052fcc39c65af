import * as vscode from 'vscode';
import type { Logger } from '../core/ports.ts';
import { cutAtStop, cutToTokens, type ModelAnswer, type Prompt, type PromptPart } from '../core/sampling.ts';
import { DisposableStore, type Disposable } from '../core/util/disposables.ts';
import { AppError } from '../core/util/errors.ts';
import { Store, type Readable } from '../core/util/store.ts';

/** A language model of VS Code; newer versions also say what it can do. */
export type Model = vscode.LanguageModelChat & {
  readonly capabilities?: { readonly supportsToolCalling?: boolean; readonly supportsImageToText?: boolean };
};

/** What a model answered, and the tokens of the prompt and of the answer. */
export interface Asked {
  readonly answer: ModelAnswer;
  readonly tokens: number;
}

// Not in the oldest version of VS Code that we run in.
const { LanguageModelDataPart: DataPart } = vscode as {
  readonly LanguageModelDataPart?: { image(data: Uint8Array, mimeType: string): object };
};

/** The language models that VS Code offers to extensions, as a store that follows every change. */
export class SamplingModels implements Disposable {
  readonly #disposables = new DisposableStore();
  readonly #models = new Store<readonly Model[]>([]);
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
    this.#disposables.add(vscode.lm.onDidChangeChatModels(() => void this.refresh()));
  }

  get models(): Readable<readonly Model[]> {
    return this.#models;
  }

  /** Reads the list anew; never rejects. */
  async refresh(): Promise<void> {
    try {
      const models = await vscode.lm.selectChatModels();
      const isSame =
        models.length === this.#models.get().length &&
        models.every((model, i) => model === this.#models.get()[i]);
      if (!isSame) this.#models.set(models);
    } catch (error) {
      this.#logger.warn('the language models could not be listed', error);
    }
  }

  /** The tokens of a whole prompt, as the model counts them. */
  async countPrompt(model: Model, { system, messages, tools }: Prompt): Promise<number> {
    const texts = [
      ...(system === undefined ? [] : [system]),
      ...messages.flatMap(({ parts }) => parts.map(textOf)),
      ...tools.map((tool) => JSON.stringify(tool)),
    ];
    const counts = await Promise.all(texts.map(async (text) => (text === '' ? 0 : model.countTokens(text))));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** Asks a model; the answer has at most `maxTokens` tokens whatever the model does. Must follow an action of the user. Rejects `unsupported`, `denied`, `blocked`, `not-found` or `cancelled`. */
  async ask(model: Model, prompt: Prompt, maxTokens: number, signal: AbortSignal): Promise<ModelAnswer> {
    const messages = messagesOf(model, prompt);
    const cancel = new vscode.CancellationTokenSource();
    const onAbort = () => cancel.cancel();
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) cancel.cancel();
    try {
      const response = await model.sendRequest(messages, optionsOf(prompt, maxTokens), cancel.token);
      return await read(model, response, prompt, maxTokens, cancel);
    } catch (error) {
      if (signal.aborted)
        throw new AppError('cancelled', 'the model request was cancelled', { cause: error });
      throw toAppError(model, error);
    } finally {
      signal.removeEventListener('abort', onAbort);
      cancel.dispose();
    }
  }

  dispose(): void {
    this.#disposables.dispose();
  }
}

/** Whether a model may be given tools; older versions of VS Code do not tell, and then it is tried. */
export function takesTools({ capabilities }: Model): boolean {
  return capabilities?.supportsToolCalling !== false;
}

async function read(
  model: Model,
  response: vscode.LanguageModelChatResponse,
  prompt: Prompt,
  maxTokens: number,
  cancel: vscode.CancellationTokenSource,
): Promise<ModelAnswer> {
  const count = (text: string) => model.countTokens(text);
  const toolUses: { id: string; name: string; input: ModelAnswer['toolUses'][number]['input'] }[] = [];
  let text = '';
  let countAt = maxTokens; // no text has more tokens than characters, near enough: before that there is nothing to count
  const finish = (stop: ModelAnswer['stop'], cut = text): ModelAnswer => {
    if (stop === 'maxTokens' || stop === 'stopSequence') cancel.cancel();
    return { text: cut, toolUses, stop };
  };
  for await (const part of response.stream) {
    if (part instanceof vscode.LanguageModelToolCallPart) {
      const { callId, name, input } = part;
      toolUses.push({ id: callId, name, input: input as (typeof toolUses)[number]['input'] });
    }
    if (!(part instanceof vscode.LanguageModelTextPart)) continue;
    text += part.value;
    const { text: cut, isStopped } = cutAtStop(text, prompt.stopSequences);
    if (isStopped) return finish('stopSequence', await cutToTokens(cut, maxTokens, count));
    if (text.length < countAt) continue;
    const tokens = await count(text);
    if (tokens > maxTokens) return finish('maxTokens', await cutToTokens(text, maxTokens, count));
    countAt = text.length + Math.max(32, maxTokens - tokens);
  }
  const whole = await cutToTokens(text, maxTokens, count);
  if (whole !== text) return finish('maxTokens', whole);
  return finish(toolUses.length > 0 ? 'toolUse' : 'endTurn');
}

function messagesOf(model: Model, { system, messages, tools }: Prompt): vscode.LanguageModelChatMessage[] {
  if (tools.length > 0 && !takesTools(model))
    throw new AppError(
      'unsupported',
      vscode.l10n.t('{0} takes no tools, and this request brings some.', model.name),
      {
        nextStep: vscode.l10n.t('Choose another model, or take the tools out of the request.'),
      },
    );
  const asked = messages.map(({ role, parts }) => {
    const content = parts.map((part) => contentOf(model, part));
    // VS Code keeps apart what each side may say; what arrives is checked by the model.
    return role === 'assistant'
      ? vscode.LanguageModelChatMessage.Assistant(content as vscode.LanguageModelTextPart[])
      : vscode.LanguageModelChatMessage.User(content as vscode.LanguageModelTextPart[]);
  });
  // Extensions have no other place for a system prompt.
  return system === undefined || system === ''
    ? asked
    : [vscode.LanguageModelChatMessage.User(system), ...asked];
}

function contentOf(model: Model, part: PromptPart): object {
  switch (part.kind) {
    case 'text':
      return new vscode.LanguageModelTextPart(part.text);
    case 'tool-use':
      return new vscode.LanguageModelToolCallPart(part.id, part.name, part.input);
    case 'tool-result':
      return new vscode.LanguageModelToolResultPart(part.toolUseId, [
        new vscode.LanguageModelTextPart(part.text),
      ]);
    case 'image':
      if (!DataPart || model.capabilities?.supportsImageToText === false)
        throw new AppError('unsupported', vscode.l10n.t('{0} takes no images.', model.name), {
          nextStep: vscode.l10n.t('Choose another model, or take the image out of the request.'),
        });
      return DataPart.image(bytesOf(part.data), part.mimeType);
  }
}

function optionsOf(prompt: Prompt, maxTokens: number): vscode.LanguageModelChatRequestOptions {
  const { temperature, stopSequences, tools, toolChoice } = prompt;
  const isWithTools = tools.length > 0 && toolChoice !== 'none';
  return {
    justification: vscode.l10n.t('An MCP server asks for it, and you have reviewed what it asks.'),
    modelOptions: {
      max_tokens: maxTokens,
      ...(temperature === undefined ? {} : { temperature }),
      ...(stopSequences.length > 0 ? { stop: [...stopSequences] } : {}),
    },
    ...(isWithTools
      ? {
          tools: tools.map((tool) => ({ ...tool })),
          toolMode:
            toolChoice === 'required'
              ? vscode.LanguageModelChatToolMode.Required
              : vscode.LanguageModelChatToolMode.Auto,
        }
      : {}),
  };
}

function bytesOf(base64: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  } catch (error) {
    throw new AppError('invalid-input', vscode.l10n.t('The image is no valid base64.'), { cause: error });
  }
}

function textOf(part: PromptPart): string {
  if (part.kind === 'text' || part.kind === 'tool-result') return part.text;
  return part.kind === 'tool-use' ? JSON.stringify(part.input) : '';
}

function toAppError(model: Model, error: unknown): AppError {
  if (error instanceof AppError) return error;
  const code =
    error instanceof vscode.LanguageModelError
      ? ({ NoPermissions: 'denied', Blocked: 'blocked', NotFound: 'not-found' } as const)[error.code]
      : undefined;
  const what = error instanceof Error ? error.message : String(error);
  return new AppError(code ?? 'server-error', vscode.l10n.t('{0} did not answer: {1}', model.name, what), {
    cause: error,
  });
}
