import { backtest } from './backtest.ts';
import { ConfirmPages } from './confirmPages.ts';
import { Engine } from './engine.ts';
import { exportData } from './exportData.ts';
import { serverIcons } from './icons.ts';
import { folderWithin, indexRepository, rootPath } from './indexRepository.ts';
import { Journal } from './journal.ts';
import type { JsonObject } from './jsonRpc.ts';
import { errorCode, isObject, objectOr, RpcError, stringOr } from './jsonRpc.ts';
import type { Options } from './options.ts';
import { completePrompt } from './prompts.ts';
import { deleteRun, getQuote, listRuns } from './quickTools.ts';
import { completeResource } from './resources.ts';
import type { Answer, LongTool, Question, Run, ToolResult } from './runs.ts';
import { ToolFailure } from './runs.ts';
import { mismatch } from './schemas.ts';
import { Store } from './store.ts';
import type { ToolDefinition } from './tools.ts';
import { toolDefinitions } from './tools.ts';

/** Who the server says it is. */
export const serverInfo = {
  name: 'nightly',
  title: 'Nightly',
  version: '1.0.0',
  description: 'Long-running demo work: backtests, repository indexes and exports',
  websiteUrl: 'https://example.com/nightly',
  icons: serverIcons,
};

export const instructions =
  'Long tools (run_backtest, index_repository, export_data) run as tasks when the client supports them. ' +
  'Give an idempotencyKey to be able to repeat a call safely. Read runs://index for what is stored.';

/** Arguments of a call once everything the tool needs is known, or the wish for the client's roots. */
export type Prepared =
  | { readonly kind: 'ready'; readonly args: JsonObject; readonly idempotencyKey: string | undefined }
  | { readonly kind: 'needs-roots' };

/** Tools besides nightly's own; tests bring theirs to have the same machinery certified. */
export interface ExtraTools {
  readonly definitions: readonly ToolDefinition[];
  readonly long: readonly LongTool[];
  readonly quick: Readonly<Record<string, (args: JsonObject) => ToolResult>>;
}

/** The era-neutral server: tools over the engine, resources, prompts and completion. */
export class Service {
  readonly options: Options;
  readonly store: Store;
  readonly journal: Journal;
  readonly engine: Engine;
  readonly confirmPages: ConfirmPages;
  /** Every tool, in the order it is listed. */
  readonly definitions: readonly ToolDefinition[];
  readonly #extra: ExtraTools;

  constructor(options: Options, extra: ExtraTools = { definitions: [], long: [], quick: {} }) {
    this.options = options;
    this.store = new Store(options.state);
    this.journal = new Journal(options.state);
    this.confirmPages = new ConfirmPages(() => this.engine);
    this.#extra = extra;
    this.definitions = [...toolDefinitions, ...extra.definitions];
    const long = [backtest, indexRepository, exportData, ...extra.long];
    this.engine = new Engine(this.store, options, long, (port) => this.confirmPages.base(port));
  }

  /** The tool of a call; rejects with invalid params when there is none. */
  tool(name: unknown): ToolDefinition {
    const found = this.definitions.find((tool) => tool.name === name);
    if (found === undefined) throw new RpcError(errorCode.invalidParams, `Unknown tool: ${String(name)}`);
    return found;
  }

  /** Checks arguments and finds the workspace folder; rejects with ToolFailure when they cannot work. */
  async prepare(
    tool: ToolDefinition,
    given: unknown,
    roots: readonly string[] | undefined,
  ): Promise<Prepared> {
    const args = objectOr(given);
    const problem = mismatch(tool.inputSchema, given === undefined ? {} : given, 'the arguments');
    if (problem !== undefined) throw new ToolFailure(`Invalid arguments for ${tool.name}: ${problem}`);
    const { idempotencyKey, ...rest } = args;
    const key = stringOr(idempotencyKey);
    if (tool.name !== 'index_repository') return { kind: 'ready', args: rest, idempotencyKey: key };
    const root = stringOr(args['root']) ?? roots?.[0] ?? this.options.root;
    if (root === undefined && roots === undefined) return { kind: 'needs-roots' };
    if (root === undefined)
      throw new ToolFailure('There is no workspace root: open a folder or give "root".');
    const folder = await folderWithin(rootPath(root), stringOr(args['path']) ?? '.', this.options.root);
    return { kind: 'ready', args: { ...rest, folder }, idempotencyKey: key };
  }

  /** Runs a quick tool; rejects with ToolFailure when it cannot. */
  quick(name: string, args: JsonObject): ToolResult {
    if (name === 'get_quote') return getQuote(args);
    if (name === 'list_runs') return listRuns(this.engine, args);
    if (name === 'delete_run') return deleteRun(this.engine, this.options.state, args);
    const extra = this.#extra.quick[name];
    if (extra === undefined) throw new RpcError(errorCode.internal, `${name} is not implemented`);
    return extra(args);
  }

  /** The result of a completed run as a caller gets it, with its idempotency key. */
  deliver(run: Run): ToolResult {
    const result = run.result ?? { content: [], isError: true };
    if (result.structuredContent === undefined) return result;
    const idempotency = { key: run.idempotencyKey ?? null, calls: run.calls };
    const note = `Idempotency key "${run.idempotencyKey}": call ${run.calls} answered by run ${run.id}.`;
    return {
      ...result,
      content:
        run.idempotencyKey === undefined ? result.content : [...result.content, { type: 'text', text: note }],
      structuredContent: { ...result.structuredContent, idempotency },
    };
  }

  /** The answer in a client's elicitation result; rejects with invalid params when it does not fit the question. */
  readAnswer(question: Question, given: unknown): Answer {
    const action = objectOr(given)['action'];
    if (action !== 'accept' && action !== 'decline' && action !== 'cancel') {
      throw new RpcError(errorCode.invalidParams, 'The answer needs an action of accept, decline or cancel');
    }
    if (action !== 'accept' || question.kind === 'url') return { action };
    const content = objectOr(given)['content'];
    const problem = mismatch(question.schema, content, 'the answer');
    if (problem !== undefined)
      throw new RpcError(errorCode.invalidParams, `The answer does not fit: ${problem}`);
    return { action, content: objectOr(content) };
  }

  /** At most 100 completions for `completion/complete` params. */
  complete(params: JsonObject): JsonObject {
    const ref = objectOr(params['ref']);
    const argument = objectOr(params['argument']);
    const name = stringOr(argument['name']) ?? '';
    const typed = stringOr(argument['value']) ?? '';
    const context = objectOr(objectOr(params['context'])['arguments']);
    const all =
      ref['type'] === 'ref/prompt'
        ? completePrompt(this.engine, stringOr(ref['name']) ?? '', name, context)
        : completeResource(this.engine, this.options.state, stringOr(ref['uri']) ?? '', name);
    const values = all.filter((value) => value.toLowerCase().startsWith(typed.toLowerCase()));
    return {
      completion: { values: values.slice(0, 100), total: values.length, hasMore: values.length > 100 },
    };
  }

  /** Stops working; unfinished runs are left to the next process. */
  async close(): Promise<void> {
    await this.engine.close();
    await this.confirmPages.close();
    this.store.close();
  }
}

/** The `file:` URIs in a `roots/list` result. */
export function rootsOf(result: unknown): string[] {
  const roots = objectOr(result)['roots'];
  if (!Array.isArray(roots)) return [];
  return roots.filter(isObject).flatMap((root) => (typeof root['uri'] === 'string' ? [root['uri']] : []));
}

/** What a client that declared these elicitation capabilities can be asked. */
export function featuresOf(capabilities: JsonObject) {
  const elicitation = capabilities['elicitation'];
  if (!isObject(elicitation)) return { canFillForms: false, canOpenUrls: false };
  const isBare = elicitation['form'] === undefined && elicitation['url'] === undefined;
  return {
    canFillForms: isBare || elicitation['form'] !== undefined,
    canOpenUrls: elicitation['url'] !== undefined,
  };
}
