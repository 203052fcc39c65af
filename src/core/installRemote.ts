import { hostKind, isLoopbackUrl, remoteUrlProblem } from './installAddress.ts';
import type { PlanDraft } from './installDraft.ts';
import { plainInput, splitBraces } from './installInputs.ts';
import { headerNameProblem, headerValueProblem } from './installNames.ts';
import {
  fill,
  inputIdsOf,
  template,
  type LaunchTemplate,
  type NamedPart,
  type Template,
} from './installTemplate.ts';
import type { EntryPackage, EntryRemote, NamedInput } from './registry.ts';

type HttpTemplate = Extract<LaunchTemplate, { kind: 'http' }>;

const hostLabel = { source: '[A-Za-z0-9-]{1,63}', meaning: 'letters, digits and hyphens, at most 63' };
const wholeAddress = { source: 'https?://[^\\s]+', meaning: 'an address that starts with https://' };
const portNumber = { source: '[0-9]{1,5}', meaning: 'a port number' };
const pathText = { source: '[^\\s/?#\\\\]+', meaning: 'text without blanks, slashes, ? and #' };

/** A remote as an address with headers; the address is checked with an example in place of each variable. */
export function planRemote(draft: PlanDraft, remote: EntryRemote): HttpTemplate {
  const url = remoteUrl(draft, remote);
  draft.refuseIf(remoteUrlProblem(withExamples(url), draft.options.allowPrivate));
  if (draft.refusals.length === 0) {
    const host = new URL(withExamples(url)).hostname;
    const isOpen = inputIdsOf(url).length > 0;
    draft.check(
      'address',
      hostKind(host) === 'public' ? 'pass' : 'warn',
      isOpen ? 'the address is checked again with your values' : `the server runs at ${host}`,
    );
  }
  if (remote.kind === 'sse') draft.review('deprecated', 'SSE is a deprecated transport');
  return { kind: 'http', transport: remote.kind, url, headers: headersOf(draft, remote.headers) };
}

function remoteUrl(draft: PlanDraft, remote: EntryRemote): Template {
  const parts = splitBraces(remote.url);
  let before = '';
  return template(
    parts.map((part, index) => {
      if (typeof part === 'string') {
        before += part;
        return part;
      }
      const variable = Object.hasOwn(remote.variables, part.name) ? remote.variables[part.name] : undefined;
      if (variable === undefined && draft.options.askForGaps !== true) {
        draft.review(
          'undeclared',
          `the address: {${part.name}} names no variable of the entry and is passed on as text`,
        );
        before += 'x';
        return `{${part.name}}`;
      }
      if (variable?.value !== undefined) {
        before += variable.value;
        return variable.value;
      }
      const pattern = index === 0 ? wholeAddress : patternAt(before);
      before += index === 0 ? 'https://x' : '1';
      return {
        input: draft.book.ask({
          label: part.name,
          origin: 'url',
          input: variable ?? plainInput,
          isRequired: variable?.default === undefined || variable.isRequired,
          pattern,
        }),
      };
    }),
  );
}

/** What a variable may hold that stands behind `before` in an address. */
function patternAt(before: string): { source: string; meaning: string } {
  const rest = before.replace(/^https?:\/\//i, '');
  if (/[/?#]/.test(rest)) return pathText;
  return /:\d*$/.test(rest) ? portNumber : hostLabel;
}

/** An address with harmless examples for its variables. */
export function withExamples(url: Template): string {
  let before = '';
  for (const part of url) {
    if (typeof part === 'string') before += part;
    else before += before === '' ? 'https://host.example' : patternAt(before) === portNumber ? '1' : 'x';
  }
  return before;
}

/** Headers as parts of a launch; refuses what no header may hold. */
export function headersOf(draft: PlanDraft, headers: readonly NamedInput[]): NamedPart[] {
  const parts = new Map<string, NamedPart>();
  for (const header of headers) {
    if (draft.refuseIf(headerNameProblem(header.name))) continue;
    if (/^(?:accept|content-type|mcp-.*|last-event-id)$/i.test(header.name)) {
      draft.review('ignored', `the header ${header.name} is the protocol's own: left out`);
      continue;
    }
    const key = header.name.toLowerCase();
    if (parts.has(key))
      draft.review('dropped', `the header ${header.name} is declared twice: the last one counts`);
    const { value } = draft.resolve({ label: header.name, origin: 'header', input: header });
    draft.refuseIf(headerValueProblem(fill(value, () => '')));
    parts.set(key, { name: header.name, value });
  }
  return [...parts.values()];
}

/** Where a package with an HTTP transport answers, its variables taken from the package's own arguments and environment. */
export function packageAddress(
  draft: PlanDraft,
  entryPackage: EntryPackage,
  transport: EntryRemote,
  launch: Extract<LaunchTemplate, { kind: 'stdio' }>,
): HttpTemplate {
  const url = template(
    splitBraces(transport.url)
      .map((part) => {
        if (typeof part === 'string') return part;
        const value = valueOf(draft, entryPackage, launch, part.name);
        if (value !== undefined) return value;
        draft.refuseIf(
          `the address names {${part.name}}, which is no argument and no variable of the package`,
        );
        return `{${part.name}}`;
      })
      .flat(),
  );
  return { kind: 'http', transport: transport.kind, url, headers: headersOf(draft, transport.headers) };
}

/** True when a package's own address is on this machine, or will be checked once its host is known. */
export function isOwnAddress(url: Template): boolean {
  const text = withExamples(url);
  if (!URL.canParse(text)) return false;
  // A space can stand in no address, so it marks where an input stands.
  const authority = /^https?:\/\/([^/?#]*)/i.exec(fill(url, () => ' '))?.[1] ?? '';
  return (
    authority.replace(/: ?\d*$/, '').includes(' ') ||
    isLoopbackUrl(text) ||
    new URL(text).hostname === '0.0.0.0'
  );
}

function valueOf(
  draft: PlanDraft,
  entryPackage: EntryPackage,
  launch: Extract<LaunchTemplate, { kind: 'stdio' }>,
  name: string,
): Template | undefined {
  const variable = launch.env.find((candidate) => candidate.name === name);
  if (variable) return variable.value;
  const all = [...entryPackage.runtimeArguments, ...entryPackage.packageArguments];
  const argument = all.find(
    (candidate) => candidate.name === name || candidate.valueHint === name || candidate.name === `--${name}`,
  );
  if (argument === undefined) {
    // A variable inside an argument's value, by its own name.
    const holder = all.find((candidate) => Object.hasOwn(candidate.variables, name));
    const input = holder?.variables[name];
    return holder && input
      ? draft.resolve({
          label: name,
          origin: 'runtime',
          input,
          isSecret: holder.isSecret,
          isRequired: input.isRequired || holder.isRequired,
        }).value
      : undefined;
  }
  // Asking again with the same words gives the same input.
  return draft.resolve({
    label: argument.name ?? argument.valueHint ?? name,
    origin: 'argument',
    input: argument,
  }).value;
}
