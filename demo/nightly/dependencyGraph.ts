import { posix } from 'node:path';

/** What one file needs, as written. */
export interface Imports {
  readonly language: string;
  readonly specifiers: readonly string[];
}

export interface Edge {
  readonly from: string;
  readonly to: string;
}

/** Files and the dependencies between them; paths are relative with forward slashes. */
export interface Graph {
  readonly edges: readonly Edge[];
  /** Packages outside the folder with the number of files that use them, most used first. */
  readonly externals: readonly { readonly name: string; readonly files: number }[];
  /** Relative imports that point at no file. */
  readonly unresolved: readonly Edge[];
  /** Groups of files that depend on each other in a circle, largest first. */
  readonly cycles: readonly (readonly string[])[];
}

const languages: Readonly<Record<string, string>> = {
  '.ts': 'TypeScript',
  '.tsx': 'TypeScript',
  '.mts': 'TypeScript',
  '.cts': 'TypeScript',
  '.js': 'JavaScript',
  '.jsx': 'JavaScript',
  '.mjs': 'JavaScript',
  '.cjs': 'JavaScript',
  '.py': 'Python',
  '.css': 'CSS',
  '.json': 'JSON',
  '.md': 'Markdown',
};

const scriptExtensions = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs', '.json'];

/** The language of a file by its name; undefined when it is not indexed. */
export function languageOf(path: string): string | undefined {
  return languages[posix.extname(path).toLowerCase()];
}

/** The imports in a file's text. */
export function readImports(path: string, text: string): Imports {
  const language = languageOf(path) ?? 'other';
  if (language === 'TypeScript' || language === 'JavaScript')
    return { language, specifiers: scriptImports(text) };
  if (language === 'Python') return { language, specifiers: pythonImports(text) };
  if (language === 'CSS')
    return { language, specifiers: matches(text, /@import\s+(?:url\()?["']([^"']+)["']/g) };
  return { language, specifiers: [] };
}

/** Resolves every import against the files and finds the circles. */
export function buildGraph(files: ReadonlyMap<string, Imports>): Graph {
  const edges: Edge[] = [];
  const unresolved: Edge[] = [];
  const users = new Map<string, Set<string>>();
  for (const [from, { language, specifiers }] of files) {
    for (const specifier of new Set(specifiers)) {
      const to = resolveImport(files, from, specifier, language);
      if (to.kind === 'file') edges.push({ from, to: to.path });
      else if (to.kind === 'missing') unresolved.push({ from, to: specifier });
      else users.set(to.name, (users.get(to.name) ?? new Set()).add(from));
    }
  }
  const externals = [...users]
    .map(([name, from]) => ({ name, files: from.size }))
    .sort((a, b) => b.files - a.files || (a.name < b.name ? -1 : 1));
  return { edges, externals, unresolved, cycles: findCycles([...files.keys()], edges) };
}

/** The graph as DOT text. */
export function toDot(graph: Graph): string {
  const lines = graph.edges.map((edge) => `  ${JSON.stringify(edge.from)} -> ${JSON.stringify(edge.to)};`);
  return `digraph dependencies {\n  rankdir=LR;\n${lines.join('\n')}\n}\n`;
}

function scriptImports(text: string): string[] {
  const code = withoutComments(text);
  return [
    ...matches(code, /\b(?:import|export)\s(?:[^"'`;()]*?\sfrom\s*)?["']([^"'\n]+)["']/g),
    ...matches(code, /\b(?:import|require)\s*\(\s*["']([^"'\n]+)["']\s*\)/g),
  ];
}

function pythonImports(text: string): string[] {
  const found: string[] = [];
  for (const line of text.split('\n')) {
    const from = /^\s*from\s+(\.*[\w.]*)\s+import\s+/.exec(line);
    const plain = /^\s*import\s+([\w.]+(?:\s*(?:as\s+\w+)?\s*,\s*[\w.]+)*)/.exec(line);
    if (from?.[1]) found.push(from[1]);
    else if (plain?.[1]) found.push(...plain[1].split(',').map((part) => part.trim().split(/\s/)[0] ?? ''));
  }
  return found.filter((specifier) => specifier !== '');
}

/** Blanks comments and keeps strings, so that a commented-out import is no import. */
function withoutComments(text: string): string {
  const token = /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  return text.replace(token, (whole, string: string | undefined) => (string === undefined ? ' ' : whole));
}

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => match[1]).filter((found) => found !== undefined);
}

type Target = { kind: 'file'; path: string } | { kind: 'missing' } | { kind: 'external'; name: string };

function resolveImport(
  files: ReadonlyMap<string, Imports>,
  from: string,
  specifier: string,
  language: string,
): Target {
  if (language === 'Python') return resolvePython(files, from, specifier);
  const isRelative = specifier.startsWith('.') || language === 'CSS';
  if (!isRelative) return { kind: 'external', name: packageOf(specifier) };
  const base = posix.normalize(posix.join(posix.dirname(from), specifier));
  // TypeScript sources may name the file they compile to.
  const withoutJs = base.replace(/\.([mc]?)js(x?)$/, '.$1ts$2');
  const candidates = [
    base,
    withoutJs,
    ...scriptExtensions.map((extension) => base + extension),
    ...scriptExtensions.map((extension) => `${base}/index${extension}`),
  ];
  const path = candidates.find((candidate) => files.has(candidate));
  return path === undefined ? { kind: 'missing' } : { kind: 'file', path };
}

function resolvePython(files: ReadonlyMap<string, Imports>, from: string, specifier: string): Target {
  const dots = /^\.*/.exec(specifier)?.[0].length ?? 0;
  const names = specifier.slice(dots).split('.').filter(Boolean);
  const up = Array<string>(Math.max(0, dots - 1)).fill('..');
  const parents = dots > 0 ? [posix.join(posix.dirname(from), ...up)] : ancestors(from);
  for (const parent of parents) {
    const base = posix.join(parent, ...names);
    const path = [`${base}.py`, `${base}/__init__.py`].find((candidate) => files.has(candidate));
    if (path !== undefined) return { kind: 'file', path };
  }
  return dots > 0 ? { kind: 'missing' } : { kind: 'external', name: names[0] ?? specifier };
}

function ancestors(path: string): string[] {
  const found: string[] = [];
  for (let dir = posix.dirname(path); ; dir = posix.dirname(dir)) {
    found.push(dir);
    if (dir === '.' || dir === '/') return found;
  }
}

function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier);
}

/** Strongly connected groups (Tarjan), without recursion: a long chain of files must not end the process. */
function findCycles(paths: readonly string[], edges: readonly Edge[]): string[][] {
  const nodes = new Map<string, Node>(
    paths.map((path) => [path, { path, next: [], at: 0, index: -1, low: -1, isOnStack: false }]),
  );
  for (const edge of edges) {
    const to = nodes.get(edge.to);
    if (to !== undefined) nodes.get(edge.from)?.next.push(to);
  }
  const groups: string[][] = [];
  const stack: Node[] = [];
  let count = 0;
  for (const root of nodes.values()) {
    const frames = root.index === -1 ? [root] : [];
    for (let node = frames.at(-1); node !== undefined; node = frames.at(-1)) {
      if (node.index === -1) {
        node.index = node.low = count++;
        node.isOnStack = true;
        stack.push(node);
      }
      const child = node.next[node.at++];
      if (child !== undefined) {
        if (child.index === -1) frames.push(child);
        else if (child.isOnStack) node.low = Math.min(node.low, child.index);
        continue;
      }
      frames.pop();
      const parent = frames.at(-1);
      if (parent !== undefined) parent.low = Math.min(parent.low, node.low);
      if (node.low !== node.index) continue;
      const group = stack.splice(stack.indexOf(node));
      for (const member of group) member.isOnStack = false;
      if (group.length > 1 || node.next.includes(node))
        groups.push(group.map((member) => member.path).sort());
    }
  }
  return groups.sort((a, b) => b.length - a.length || ((a[0] ?? '') < (b[0] ?? '') ? -1 : 1));
}

interface Node {
  readonly path: string;
  readonly next: Node[];
  /** The next child to look at. */
  at: number;
  index: number;
  low: number;
  isOnStack: boolean;
}
