import type { Launch, SourceKind } from './server.ts';

/** Which forms of a variable a kind of file knows. */
export interface Dialect {
  readonly isNone?: boolean; // the file's own program replaces nothing
  readonly hasShellForm?: boolean; // ${X}, ${X:-default}
  readonly hasBareForm?: boolean; // $X
}

/** By kind of file; ${env:X}, ${input:x} and the folder variables are read wherever anything is. */
export const dialects: Readonly<Record<SourceKind, Dialect>> = {
  workspace: {},
  user: {},
  cursor: {},
  cursorWorkspace: {},
  windsurf: {},
  mcpJson: { hasShellForm: true },
  copilot: { hasShellForm: true, hasBareForm: true },
  claudeDesktop: { isNone: true },
  given: { hasShellForm: true },
};

/** A variable in a text. */
export interface Reference {
  readonly start: number;
  readonly end: number;
  readonly raw: string;
  readonly name: string; // before the first colon
  readonly argument: string | undefined; // after it
  readonly isBare: boolean;
}

const maxDefaultLength = 1000; // bounds the search in a text made of unbalanced braces
const referenceStart = /\$(?:\{|([A-Za-z_][A-Za-z0-9_]*))/g;
/** The grammar of an environment variable's name in `${X}`. */
export const shellName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The `${…}` and `$X` of a text, in order. */
export function* referencesIn(text: string): Generator<Reference> {
  let end = 0;
  let isOpenEnded = false; // no `}` ahead: looking again at each `${` would be quadratic
  for (const match of text.matchAll(referenceStart)) {
    const start = match.index;
    if (start < end) continue;
    const bare = match[1];
    if (bare !== undefined) {
      end = start + match[0].length;
      yield { start, end, raw: match[0], name: bare, argument: undefined, isBare: true };
      continue;
    }
    if (isOpenEnded) continue;
    const close = findClose(text, start + 2);
    if (close === undefined) {
      isOpenEnded = true;
      continue;
    }
    end = close + 1;
    const body = text.slice(start + 2, close);
    const colon = body.indexOf(':');
    const name = colon < 0 ? body : body.slice(0, colon);
    const argument = colon < 0 ? undefined : body.slice(colon + 1);
    yield { start, end, raw: text.slice(start, end), name, argument, isBare: false };
  }
}

/** The `}` that closes a reference; a shell default may hold balanced braces of its own. */
function findClose(text: string, start: number): number | undefined {
  const first = text.indexOf('}', start);
  if (first < 0) return undefined;
  if (!/^[A-Za-z_][A-Za-z0-9_]*:-/.test(text.slice(start, first))) return first;
  let depth = 1;
  const last = Math.min(text.length, start + maxDefaultLength);
  for (let at = start; at < last; at++) {
    if (text.startsWith('${', at)) depth++;
    else if (text[at] === '}' && --depth === 0) return at;
  }
  return first;
}

/** The ids of the inputs that a launch of this kind of file uses. */
export function inputIdsIn(launch: Launch, kind: SourceKind): ReadonlySet<string> {
  if (dialects[kind].isNone) return new Set();
  return new Set(
    referencesOf(launch).flatMap(({ name, argument }) => (name === 'input' ? [argument ?? ''] : [])),
  );
}

/** The names of the environment variables whose values a launch of this kind of file takes. */
export function envNamesIn(launch: Launch, kind: SourceKind): readonly string[] {
  const { isNone, hasShellForm, hasBareForm } = dialects[kind];
  if (isNone) return [];
  const names = referencesOf(launch).flatMap(({ name, argument, isBare }) => {
    if (isBare) return hasBareForm ? [name] : [];
    if (name === 'env' && argument !== undefined) return [argument];
    const isShell = argument === undefined || argument.startsWith('-');
    return hasShellForm && isShell && shellName.test(name) && !folderVariables.has(name) ? [name] : [];
  });
  return [...new Set(names)];
}

function referencesOf(launch: Launch): readonly Reference[] {
  return textsOf(launch).flatMap((text) => [...referencesIn(text)]);
}

function textsOf(launch: Launch): readonly string[] {
  if (launch.kind === 'http') return [launch.url, ...Object.values(launch.headers)];
  return [
    launch.command,
    ...launch.args,
    ...Object.values(launch.env),
    launch.envFile ?? '',
    launch.cwd ?? '',
  ];
}

const folderVariables = new Set([
  'workspaceFolder',
  'workspaceFolderBasename',
  'userHome',
  'pathSeparator',
  '/',
]);
