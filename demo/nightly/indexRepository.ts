import { lstat, open, readdir, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Imports } from './dependencyGraph.ts';
import { buildGraph, languageOf, readImports, toDot } from './dependencyGraph.ts';
import type { JsonObject } from './jsonRpc.ts';
import { stringOr } from './jsonRpc.ts';
import type { LongTool, Step, StepContext, ToolResult } from './runs.ts';
import { ToolFailure } from './runs.ts';

const maxFiles = 5000;
const maxBytes = 512 * 1024;
const steps = 20;
const wholeMs = 30_000;
const skipped = new Set([
  'node_modules',
  'dist',
  'out',
  'build',
  'coverage',
  '__pycache__',
  'venv',
  'target',
]);

interface State {
  readonly folder: string;
  readonly name: string;
  /** Relative paths still to read; undefined until the walk. */
  readonly queue: readonly string[] | undefined;
  readonly total: number;
  readonly done: Readonly<Record<string, Imports>>;
  readonly lines: number;
  readonly bytes: number;
  readonly isTruncated: boolean;
}

/** Reads the source files below a folder and works out who imports whom. */
export const indexRepository: LongTool = {
  name: 'index_repository',

  async begin(args: JsonObject): Promise<JsonObject> {
    const folder = String(args['folder']);
    const state: State = {
      folder,
      name: stringOr(args['path']) ?? '.',
      queue: undefined,
      total: 0,
      done: {},
      lines: 0,
      bytes: 0,
      isTruncated: false,
    };
    return toJson(state);
  },

  async step(json: JsonObject, context: StepContext): Promise<Step> {
    const state = json as unknown as State;
    if (state.queue === undefined) {
      const { files, isTruncated } = await walk(state.folder);
      return {
        kind: 'next',
        state: toJson({ ...state, queue: files, total: files.length, isTruncated }),
        ms: wholeMs / steps,
        progress: 0,
        total: files.length,
        message: `Found ${files.length} source files`,
      };
    }
    if (state.queue.length === 0) return { kind: 'done', result: resultOf(state, context.runId) };
    const batch = state.queue.slice(0, Math.ceil(state.total / steps));
    const next = await readBatch(state, batch);
    const read = state.total - state.queue.length + batch.length;
    return {
      kind: 'next',
      state: toJson(next),
      ms: wholeMs / steps,
      progress: read,
      total: state.total,
      message: `Read ${batch.at(-1) ?? ''} (${read} of ${state.total} files)`,
    };
  },
};

/** The folder to index as an absolute real path inside `root`; rejects with ToolFailure when it is elsewhere. */
export async function folderWithin(root: string, path: string, bound: string | undefined): Promise<string> {
  if (isAbsolute(path)) throw new ToolFailure(`"path" must be relative to the workspace root, not ${path}.`);
  const base = await real(root, 'The workspace root');
  const folder = await real(resolve(base, path), `The folder ${path}`);
  if (!contains(base, folder)) throw new ToolFailure(`The folder ${path} lies outside the workspace root.`);
  if (bound !== undefined && !contains(await real(bound, 'The --root folder'), folder)) {
    throw new ToolFailure('This server was started for another folder (--root).');
  }
  if (!(await stat(folder)).isDirectory()) throw new ToolFailure(`${path} is not a folder.`);
  return folder;
}

/** The path in a `file:` URI or an absolute path; rejects with ToolFailure for anything else. */
export function rootPath(root: string): string {
  if (root.startsWith('file:')) {
    try {
      return fileURLToPath(root);
    } catch {
      throw new ToolFailure(`The root ${root} is not a usable file URI.`);
    }
  }
  if (isAbsolute(root)) return root;
  throw new ToolFailure(`"root" must be an absolute path or a file URI, not ${root}.`);
}

async function real(path: string, what: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    throw new ToolFailure(`${what} does not exist or cannot be read.`);
  }
}

function contains(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === '' || (!way.startsWith(`..${sep}`) && way !== '..' && !isAbsolute(way));
}

async function walk(folder: string): Promise<{ files: string[]; isTruncated: boolean }> {
  const files: string[] = [];
  const queue = ['.'];
  for (let dir = queue.shift(); dir !== undefined; dir = queue.shift()) {
    const entries = await readdir(join(folder, dir), { withFileTypes: true }).catch(() => []);
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      // Links are not followed: they may lead out of the folder or round in a circle.
      if (entry.name.startsWith('.') || entry.isSymbolicLink()) continue;
      const path = dir === '.' ? entry.name : `${dir}/${entry.name}`;
      if (entry.isDirectory() && !skipped.has(entry.name)) queue.push(path);
      if (entry.isFile() && languageOf(path) !== undefined) files.push(path);
      if (files.length >= maxFiles) return { files, isTruncated: true };
    }
  }
  return { files: files.sort(), isTruncated: false };
}

async function readBatch(state: State, batch: readonly string[]): Promise<State> {
  const done: Record<string, Imports> = { ...state.done };
  let { lines, bytes } = state;
  for (const path of batch) {
    const text = await readStart(join(state.folder, path));
    if (text === undefined) continue; // deleted or replaced while we were at it
    done[path] = readImports(path, text);
    lines += text.split('\n').length;
    bytes += Buffer.byteLength(text);
  }
  return { ...state, queue: state.queue?.slice(batch.length), done, lines, bytes };
}

async function readStart(path: string): Promise<string | undefined> {
  try {
    if (!(await lstat(path)).isFile()) return undefined;
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(maxBytes), 0, maxBytes, 0);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}

function resultOf(state: State, runId: string): ToolResult {
  const files = new Map(Object.entries(state.done));
  const graph = buildGraph(files);
  const languages = Object.groupBy([...files.values()], (file) => file.language);
  const uses = new Map<string, number>();
  for (const edge of graph.edges) uses.set(edge.to, (uses.get(edge.to) ?? 0) + 1);
  const mostUsed = [...uses]
    .map(([path, usedBy]) => ({ path, usedBy }))
    .sort((a, b) => b.usedBy - a.usedBy || (a.path < b.path ? -1 : 1))
    .slice(0, 10);
  const structured = {
    runId,
    folder: state.name,
    files: files.size,
    lines: state.lines,
    bytes: state.bytes,
    isTruncated: state.isTruncated,
    languages: Object.entries(languages).map(([language, list]) => ({ language, files: list?.length ?? 0 })),
    nodes: [...files.keys()].map((path) => ({ path, language: files.get(path)?.language ?? 'other' })),
    edges: graph.edges,
    externals: graph.externals,
    unresolved: graph.unresolved,
    cycles: graph.cycles,
    mostUsed,
  };
  const circles = graph.cycles.length === 1 ? '1 cycle' : `${graph.cycles.length} cycles`;
  const text = `${files.size} files, ${graph.edges.length} imports between them, ${circles}.`;
  return {
    content: [
      { type: 'text', text },
      {
        type: 'resource',
        resource: { uri: `runs://${runId}/graph.dot`, mimeType: 'text/vnd.graphviz', text: toDot(graph) },
      },
    ],
    structuredContent: structured,
  };
}

function toJson(state: State): JsonObject {
  return state as unknown as JsonObject;
}
