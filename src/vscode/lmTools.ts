import { l10n, LanguageModelTextPart, LanguageModelToolResult, lm, MarkdownString } from 'vscode';
import type { Caller } from '../core/caller.ts';
import type { CallResult } from '../core/connection.ts';
import { problem, type GatewayTool, type GatewayToolName } from '../core/gatewayTools.ts';
import { isJsonObject, type JsonObject } from '../core/json.ts';
import { DisposableStore, type Disposable } from '../core/util/disposables.ts';
import { isAppError, toAppError } from '../core/util/errors.ts';
import { oneLine } from '../core/util/text.ts';
import { signalOf } from './signals.ts';

/** Agents of this editor that call through language-model tools. */
export const lmCaller: Caller = { kind: 'lm-tool', name: 'vscode-tools' };

const prefix = 'mcpSwitchboard_';

/** The name of a tool of ours in the manifest. */
export function lmToolName(name: GatewayToolName): string {
  return `${prefix}${name}`;
}

/** Registers our tools for VS Code's own agents; each call goes through the one door like any other. */
export function registerLmTools(tools: readonly GatewayTool[]): Disposable {
  const disposables = new DisposableStore();
  for (const tool of tools) {
    const registration = lm.registerTool<JsonObject>(lmToolName(tool.name), {
      prepareInvocation: ({ input }) => ({
        invocationMessage: new MarkdownString().appendText(doing(tool.name, input)),
      }),
      invoke: async ({ input }, token) => {
        const cancel = signalOf(token);
        try {
          const args = isJsonObject(input) ? input : {};
          return toLm(await tool.run(args, { caller: lmCaller, signal: cancel.signal }));
        } catch (error) {
          if (isAppError(error, 'cancelled')) throw error;
          // The model should read what went wrong and what to do next.
          const { message, nextStep } = toAppError(error);
          return toLm(problem(nextStep === undefined ? message : `${message}\n${nextStep}`));
        } finally {
          cancel.dispose();
        }
      },
    });
    disposables.add({ dispose: () => void registration.dispose() });
  }
  return disposables;
}

function doing(name: GatewayToolName, input: JsonObject | undefined): string {
  const text = (key: string) => {
    const value = input?.[key];
    return typeof value === 'string' ? oneLine(value, 80) : '';
  };
  switch (name) {
    case 'start_job':
      return l10n.t('Starting {0} as a job', text('tool'));
    case 'job_status':
      return l10n.t('Looking at a job');
    case 'job_result':
      return l10n.t('Reading the result of a job');
    case 'cancel_job':
      return l10n.t('Cancelling a job');
    case 'search_tools':
      return l10n.t('Searching tools for “{0}”', text('query'));
    case 'describe_tool':
      return l10n.t('Reading the definition of {0}', text('tool'));
    case 'call_tool':
      return l10n.t('Calling {0}', text('tool'));
  }
}

/** What a model can be given of a result: its texts, and the rest as a sentence about it. */
function toLm({ content, structuredContent, isError }: CallResult): LanguageModelToolResult {
  const parts = content.map((block) => {
    const { text, type } = block;
    if (typeof text === 'string') return new LanguageModelTextPart(text);
    const resource = isJsonObject(block['resource']) ? block['resource'] : undefined;
    if (typeof resource?.['text'] === 'string') return new LanguageModelTextPart(resource['text']);
    return new LanguageModelTextPart(
      `[${oneLine(typeof type === 'string' ? type : 'unknown', 40)} content that is not text]`,
    );
  });
  if (parts.length === 0 && structuredContent !== undefined)
    parts.push(new LanguageModelTextPart(JSON.stringify(structuredContent)));
  if (isError) parts.unshift(new LanguageModelTextPart('The tool reported an error:'));
  return new LanguageModelToolResult(parts);
}
