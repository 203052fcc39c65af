import type { JsonObject, RpcErrorBody } from './jsonRpc.ts';

/** What a tool asks of the human while it runs. */
export type Question =
  | { readonly kind: 'form'; readonly message: string; readonly schema: JsonObject }
  | { readonly kind: 'url'; readonly message: string; readonly url: string };

/** The human's answer; `content` only with `accept` of a form. */
export interface Answer {
  readonly action: 'accept' | 'decline' | 'cancel';
  readonly content?: JsonObject;
}

/** What the calling client can be asked. */
export interface Features {
  readonly canFillForms: boolean;
  readonly canOpenUrls: boolean;
}

export type RunStatus = 'working' | 'input_required' | 'completed' | 'failed' | 'cancelled';

/** The result of a tool as both eras send it. */
export interface ToolResult {
  readonly content: readonly JsonObject[];
  readonly structuredContent?: JsonObject;
  readonly isError?: boolean;
}

/** One durable execution of a long tool: the record behind plain calls and tasks of both eras. */
export interface Run {
  readonly id: string;
  readonly tool: string;
  readonly args: JsonObject;
  readonly idempotencyKey: string | undefined;
  /** How many calls were answered by this run. */
  readonly calls: number;
  readonly mode: 'plain' | 'task';
  readonly features: Features;
  readonly status: RunStatus;
  readonly statusMessage: string;
  readonly progress: number;
  readonly total: number;
  /** The tool's own place in its work; enough to go on in another process. */
  readonly state: JsonObject;
  /** Outstanding questions by key; a key is never used twice within a run. */
  readonly questions: Readonly<Record<string, Question>>;
  readonly answers: Readonly<Record<string, Answer>>;
  readonly result: ToolResult | undefined;
  readonly error: RpcErrorBody | undefined;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly ttlMs: number;
  readonly isCancelRequested: boolean;
  /** Id of the server process that works on it. */
  readonly owner: string | undefined;
  /** Grows with every change of any run. */
  readonly rev: number;
}

/** What a long tool does next. */
export type Step =
  | {
      readonly kind: 'next';
      readonly state: JsonObject;
      /** Nominal milliseconds this step takes at speed 1. */
      readonly ms: number;
      readonly progress: number;
      readonly total: number;
      readonly message: string;
    }
  | {
      readonly kind: 'ask';
      readonly state: JsonObject;
      /** Questions by key; those already outstanding under a key stay as they are. */
      readonly questions: Readonly<Record<string, Question>>;
    }
  | { readonly kind: 'wait'; readonly state: JsonObject; readonly message: string }
  | { readonly kind: 'done'; readonly result: ToolResult };

/** What a step may use. */
export interface StepContext {
  readonly answers: Readonly<Record<string, Answer>>;
  readonly features: Features;
  readonly runId: string;
  /** Folder for files that tools write. */
  readonly exportDir: string;
  /** The runs stored so far. */
  listRuns(): readonly Run[];
  /** Address under which confirmation pages are served now; tries `port` first. */
  confirmationBase(port: number | undefined): Promise<string>;
}

/** A tool whose work is a chain of small steps over a JSON state, so that any process can take it up again. */
export interface LongTool {
  readonly name: string;
  /** The first state; rejects with ToolFailure when the arguments cannot work. */
  begin(args: JsonObject, features: Features): Promise<JsonObject>;
  step(state: JsonObject, context: StepContext): Promise<Step>;
}

/** A failure the caller can correct: it becomes a result with `isError`, not a protocol error. */
export class ToolFailure extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ToolFailure';
  }

  toResult(): ToolResult {
    return { content: [{ type: 'text', text: this.message }], isError: true };
  }
}

/** The tool needs to ask something this client cannot be asked. */
export class MissingFeature extends ToolFailure {
  readonly feature: 'form' | 'url';

  constructor(feature: 'form' | 'url', message: string) {
    super(message);
    this.name = 'MissingFeature';
    this.feature = feature;
  }
}

/** Whether no further change of the status is possible. */
export function isTerminal(run: Run): boolean {
  return run.status === 'completed' || run.status === 'failed' || run.status === 'cancelled';
}
