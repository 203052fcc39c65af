import { randomBytes } from 'node:crypto';
import { rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonObject } from './jsonRpc.ts';
import { stringOr } from './jsonRpc.ts';
import { history, listings } from './market.ts';
import type { Answer, Features, LongTool, Question, Step, StepContext, ToolResult } from './runs.ts';
import { MissingFeature, ToolFailure } from './runs.ts';

const stepMs = 3000;
const stepsPerHalf = 4;

export const datasets = ['prices', 'runs'] as const;
export const formats = ['csv', 'json', 'ndjson'] as const;
type Format = (typeof formats)[number];

const mimeTypes: Readonly<Record<Format, string>> = {
  csv: 'text/csv',
  json: 'application/json',
  ndjson: 'application/x-ndjson',
};

type Row = Readonly<Record<string, string | number>>;

interface State {
  readonly dataset: (typeof datasets)[number];
  readonly symbol: string;
  readonly format: Format | undefined;
  readonly email: string | undefined;
  readonly hasHeader: boolean;
  /** Steps done; questions come between the halves. */
  readonly done: number;
  readonly token: string;
  /** Where the confirmation page was offered, and how often under a new address. */
  readonly port: number | undefined;
  readonly attempt: number;
  readonly isConfirmed: boolean;
}

/** Collects rows, asks for format and recipient half-way, has the export confirmed on a page, then writes a file. */
export const exportData: LongTool = {
  name: 'export_data',

  async begin(args: JsonObject, features: Features): Promise<JsonObject> {
    const symbol = (stringOr(args['symbol']) ?? 'NOVA').toUpperCase();
    if (!listings.some((listing) => listing.symbol === symbol))
      throw new ToolFailure(`Unknown symbol "${symbol}".`);
    const isComplete = args['format'] !== undefined && args['email'] !== undefined;
    if (!isComplete && !features.canFillForms) {
      throw new MissingFeature(
        'form',
        'This client cannot be asked: give "format" and "email" as arguments.',
      );
    }
    if (!features.canFillForms && !features.canOpenUrls) {
      throw new MissingFeature(
        'url',
        'An export must be confirmed, and this client can neither open a page nor fill a form.',
      );
    }
    const state: State = {
      dataset: (args['dataset'] ?? 'prices') as State['dataset'],
      symbol,
      format: args['format'] as Format | undefined,
      email: args['email'] as string | undefined,
      hasHeader: true,
      done: 0,
      token: randomBytes(24).toString('base64url'),
      port: undefined,
      attempt: 1,
      isConfirmed: false,
    };
    return toJson(state);
  },

  async step(json: JsonObject, context: StepContext): Promise<Step> {
    const state = json as unknown as State;
    const isHalfWay = state.done === stepsPerHalf;
    if (isHalfWay && (state.format === undefined || state.email === undefined))
      return formatStep(state, context);
    if (isHalfWay && !state.isConfirmed) return await confirmStep(state, context);
    if (state.done < stepsPerHalf * 2) {
      const verb = state.done < stepsPerHalf ? 'Collecting' : 'Writing';
      return advance({ ...state, done: state.done + 1 }, stepMs, `${verb} ${state.dataset}`);
    }
    return { kind: 'done', result: await write(state, context) };
  },
};

/** The token in a run's state that its confirmation page is found by; undefined for other tools. */
export function confirmationToken(state: JsonObject): string | undefined {
  const token = state['token'];
  return typeof token === 'string' ? token : undefined;
}

function advance(state: State, ms: number, message: string): Step {
  return { kind: 'next', state: toJson(state), ms, progress: state.done, total: stepsPerHalf * 2, message };
}

function formatStep(state: State, context: StepContext): Step {
  const answer = context.answers['format'];
  if (answer === undefined)
    return { kind: 'ask', state: toJson(state), questions: { format: formatQuestion(state) } };
  if (answer.action !== 'accept') return declined(state, context.runId, answer);
  const content = answer.content ?? {};
  return advance(
    {
      ...state,
      format: content['format'] as Format,
      email: content['email'] as string,
      hasHeader: content['header'] !== false,
    },
    0,
    'Format chosen',
  );
}

function formatQuestion(state: State): Question {
  return {
    kind: 'form',
    message: `In which format shall the ${state.dataset} be exported, and for whom?`,
    schema: {
      type: 'object',
      properties: {
        format: {
          type: 'string',
          title: 'Format',
          oneOf: [
            { const: 'csv', title: 'CSV, for spreadsheets' },
            { const: 'json', title: 'JSON, one array' },
            { const: 'ndjson', title: 'NDJSON, one object a line' },
          ],
          default: 'csv',
        },
        email: {
          type: 'string',
          title: 'Recipient',
          description: 'Written into the result; nothing is sent',
          format: 'email',
          maxLength: 120,
        },
        header: { type: 'boolean', title: 'Header line', description: 'CSV only', default: true },
      },
      required: ['format', 'email'],
    },
  };
}

async function confirmStep(state: State, context: StepContext): Promise<Step> {
  if (!context.features.canOpenUrls) return confirmByForm(state, context);
  const base = await context.confirmationBase(state.port);
  const port = Number(new URL(base).port);
  // A restarted server may have lost its port: the old page is dead, so the question is asked anew under a new key.
  const isMoved = state.port !== undefined && state.port !== port;
  const attempt = isMoved ? state.attempt + 1 : state.attempt;
  const placed: State = { ...state, port, attempt };
  const visit = context.answers['browser'];
  if (visit !== undefined && visit.action !== 'accept') return declined(placed, context.runId, visit);
  if (visit !== undefined) return advance({ ...placed, isConfirmed: true }, 0, 'Confirmed');
  const key = `confirm-${attempt}`;
  const answer = context.answers[key];
  if (answer === undefined) {
    const question: Question = {
      kind: 'url',
      message: `Confirm the export of ${state.dataset} to ${state.email} in your browser.`,
      url: `${base}/confirm/${state.token}`,
    };
    return { kind: 'ask', state: toJson(placed), questions: { [key]: question } };
  }
  if (answer.action !== 'accept') return declined(placed, context.runId, answer);
  return { kind: 'wait', state: toJson(placed), message: 'Waiting for the confirmation page' };
}

function confirmByForm(state: State, context: StepContext): Step {
  const answer = context.answers['confirm'];
  if (answer === undefined) {
    const schema = {
      type: 'object',
      properties: { confirm: { type: 'boolean', title: 'Write the file', default: false } },
      required: ['confirm'],
    };
    const message = `Write the ${state.dataset} as ${state.format} for ${state.email}?`;
    return { kind: 'ask', state: toJson(state), questions: { confirm: { kind: 'form', message, schema } } };
  }
  if (answer.action !== 'accept') return declined(state, context.runId, answer);
  if (answer.content?.['confirm'] !== true) return declined(state, context.runId, { action: 'decline' });
  return advance({ ...state, isConfirmed: true }, 0, 'Confirmed');
}

function declined(state: State, runId: string, answer: Answer): Step {
  const how = answer.action === 'cancel' ? 'dismissed the question' : 'declined';
  return {
    kind: 'done',
    result: {
      content: [{ type: 'text', text: `Nothing was exported: you ${how}.` }],
      structuredContent: { runId, status: 'declined', dataset: state.dataset, rows: 0, bytes: 0 },
    },
  };
}

async function write(state: State, context: StepContext): Promise<ToolResult> {
  const format = state.format ?? 'csv';
  const rows = rowsOf(state, context);
  const text = encode(rows, format, state.hasHeader);
  const name = `${context.runId}.${format}`;
  const path = join(context.exportDir, name);
  await writeFile(`${path}.part`, text, { mode: 0o600 });
  await rename(`${path}.part`, path);
  const bytes = (await stat(path)).size;
  const uri = `exports://${name}`;
  return {
    content: [
      { type: 'text', text: `${rows.length} rows for ${state.email} are in ${uri}.` },
      {
        type: 'resource_link',
        uri,
        name,
        title: `Export of ${state.dataset}`,
        mimeType: mimeTypes[format],
        size: bytes,
      },
    ],
    structuredContent: {
      runId: context.runId,
      status: 'exported',
      dataset: state.dataset,
      format,
      email: state.email,
      rows: rows.length,
      bytes,
      uri,
    },
  };
}

function rowsOf(state: State, context: StepContext): Row[] {
  if (state.dataset === 'prices') {
    return history(state.symbol).map((day) => ({ symbol: state.symbol, date: day.date, close: day.close }));
  }
  return context.listRuns().map((run) => ({
    id: run.id,
    tool: run.tool,
    status: run.status,
    createdAt: new Date(run.createdAt).toISOString(),
  }));
}

function encode(rows: readonly Row[], format: Format, hasHeader: boolean): string {
  if (format === 'json') return `${JSON.stringify(rows, undefined, 2)}\n`;
  if (format === 'ndjson') return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  const columns = Object.keys(rows[0] ?? {});
  const lines = rows.map((row) => columns.map((column) => csvCell(row[column])).join(','));
  return [...(hasHeader ? [columns.join(',')] : []), ...lines].map((line) => `${line}\n`).join('');
}

function csvCell(value: string | number | undefined): string {
  const text = String(value ?? '');
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function toJson(state: State): JsonObject {
  return state as unknown as JsonObject;
}
