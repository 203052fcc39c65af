// An extension with a model for the editor's agent mode: it starts a job through the gateway, says so, and reads the result later.
// The API is newer than the oldest editor we support, so that what is used of it is declared here.
import * as vscode from 'vscode';

interface Part {
  readonly value?: string;
  readonly content?: readonly Part[];
}

interface Message {
  readonly content: readonly Part[];
}

interface Provider {
  provideLanguageModelChatInformation(): readonly object[];
  provideTokenCount(): number;
  provideLanguageModelChatResponse(
    model: object,
    messages: readonly Message[],
    options: { readonly tools?: readonly { readonly name: string }[] },
    progress: { report(part: unknown): void },
  ): void;
}

const models = vscode.lm as unknown as {
  registerLanguageModelChatProvider(vendor: string, provider: Provider): vscode.Disposable;
};
const { LanguageModelTextPart: Text, LanguageModelToolCallPart: Call } = vscode;

/** Registers the model. */
export function activate(context: vscode.ExtensionContext): void {
  const model = {
    ...{ id: 'scripted', name: 'Scripted', family: 'scripted', version: '1' },
    ...{ maxInputTokens: 100_000, maxOutputTokens: 10_000, isUserSelectable: true, isDefault: true },
    capabilities: { toolCalling: true },
  };
  const provider: Provider = {
    provideLanguageModelChatInformation: () => [model],
    provideTokenCount: () => 10,
    provideLanguageModelChatResponse: (_model, messages, { tools = [] }, progress) => {
      const names = tools.map(({ name }) => name);
      for (const part of answer(messages, names)) progress.report(part);
    },
  };
  context.subscriptions.push(models.registerLanguageModelChatProvider('scripted', provider));
}

function answer(messages: readonly Message[], names: readonly string[]): readonly unknown[] {
  // The editor puts a prefix of its own before the names of the gateway's tools.
  const start = names.find((name) => name.endsWith('start_job') && !name.startsWith('mcpSwitchboard_'));
  const wanted = messages.some(({ content }) => textOf(content).includes('Backtest NOVA'));
  if (start === undefined || !wanted) return [new Text(`Nothing to do. ${names.join(' ')}`)];
  const prefix = start.slice(0, -'start_job'.length);
  const results = messages.flatMap(({ content }) =>
    content.filter((part) => part instanceof vscode.LanguageModelToolResultPart),
  );
  const call = (name: string, input: object) => new Call(`call-${results.length}`, prefix + name, input);
  const [first, last] = [results[0], results.at(-1)].map((part) =>
    textOf((part?.content as readonly Part[]) ?? []),
  );
  const job = /"job":\s*"([^"]+)"/.exec(first ?? '')?.[1];
  if (results.length === 0) {
    const tool = names.find((name) => name.endsWith('run_backtest'))?.slice(prefix.length);
    const months = { symbol: 'NOVA', from: '2024-01', to: '2026-06' };
    return [new Text('I start the backtest. '), call('start_job', { tool, arguments: months })];
  }
  if (results.length === 1) {
    return [new Text(`GOT A HANDLE, ${job}. I go on with other work. `), call('job_status', { job })];
  }
  if (/drawdown/i.test(last ?? '')) return [new Text('THE RESULT IS IN.')];
  if (results.length > 40) return [new Text(`GAVE UP: ${last}`)];
  return [call('job_result', { job, wait_seconds: 10 })];
}

function textOf(parts: readonly Part[]): string {
  return parts.map(({ value }) => value ?? '').join('');
}
