import type { PlanDraft } from './installDraft.ts';
import { plainInput } from './installInputs.ts';
import {
  forbiddenVariable,
  looksLikeVariable,
  stringsOf,
  template,
  type LaunchTemplate,
  type Template,
} from './installTemplate.ts';
import type { EntryPackage, EntryRemote } from './registry.ts';

/** Refuses texts that would read the environment, settings or other inputs, or run a command, wherever they stand. */
export function refuseVariables(draft: PlanDraft, source: EntryPackage | EntryRemote | undefined): void {
  const { postInstall: _shownOnly, ...counted } = (source ?? {}) as Partial<EntryPackage>;
  const visit = (value: unknown, key: string): void => {
    if (typeof value === 'string' && key !== 'description' && key !== 'placeholder') {
      const found = forbiddenVariable(value);
      if (found !== undefined)
        draft.refuseIf(`the entry holds ${found}, which a client would replace by something of this machine`);
    } else if (Array.isArray(value)) value.forEach((item) => visit(item, key));
    else if (typeof value === 'object' && value !== null) {
      for (const [name, member] of Object.entries(value)) {
        visit(name, 'name');
        visit(member, name);
      }
    }
  };
  visit(counted, '');
}

/** Text like `${HOME}` is asked for with itself as the default: an answer is never read for variables, a configuration is. */
export function keepVariablesAsText<T extends LaunchTemplate>(draft: PlanDraft, launch: T): T {
  for (const strings of stringsOf(launch)) {
    const found = forbiddenVariable(
      strings.map((part) => (typeof part === 'string' ? part : '\u0000')).join(''),
    );
    if (found !== undefined)
      draft.refuseIf(`the entry holds ${found}, which a client would replace by something of this machine`);
  }
  const keep =
    (label: string) =>
    (text: Template): Template =>
      template(text).map((part) => {
        if (typeof part !== 'string' || !looksLikeVariable(part)) return part;
        draft.review('variable', `${label}: ${part} looks like a variable and is kept as text`);
        return {
          input: draft.book.ask({
            label,
            origin: 'text',
            input: {
              ...plainInput,
              default: part,
              description: `Text of the registry entry for ${label}, kept as it is`,
            },
          }),
        };
      });
  for (const input of draft.book.inputs) {
    if (input.default !== undefined && looksLikeVariable(input.default)) {
      draft.review(
        'variable',
        `${input.label}: the default ${input.default} looks like a variable and is kept as text`,
      );
    }
  }
  if (launch.kind === 'http') {
    return {
      ...launch,
      url: keep('url')(launch.url),
      headers: launch.headers.map((header) => ({ ...header, value: keep(header.name)(header.value) })),
    };
  }
  return {
    ...launch,
    command: keep('command')(launch.command),
    args: launch.args.map((part) => ({ ...part, words: part.words.map(keep('argument')) })),
    env: launch.env.map((variable) => ({ ...variable, value: keep(variable.name)(variable.value) })),
  };
}
