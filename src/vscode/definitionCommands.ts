import { l10n, Uri } from 'vscode';
import type { Definitions } from '../core/definitions.ts';
import type { Requests } from '../core/requests.ts';
import { AppError } from '../core/util/errors.ts';
import type { CommandTable } from './commands.ts';
import type { DefinitionEditor } from './definitionEditor.ts';
import { itemList } from './definitionText.ts';
import type { Dialogs } from './dialogs.ts';
import { forIconLabel } from './plainText.ts';
import { promptOf, serverIdOf, textOf, toolOf } from './targets.ts';

export interface DefinitionCommandsDeps {
  readonly definitions: Definitions;
  readonly requests: Pick<Requests, 'get'>;
  readonly editor: DefinitionEditor;
  readonly dialogs: Dialogs;
}

type Names = 'reviewChanges' | 'acceptDefinition' | 'rejectDefinition' | 'acceptAllDefinitions';

/** Commands about definitions that changed; without an argument they ask, or take the diff that is open. */
export function definitionCommands({
  definitions,
  requests,
  editor,
  dialogs,
}: DefinitionCommandsDeps): CommandTable<Names> {
  const which = async (argument: unknown): Promise<string> => {
    const request = requests.get(textOf(argument, 'id') ?? '');
    const given =
      typeof argument === 'string'
        ? argument
        : request?.kind === 'definition-change'
          ? request.serverId
          : serverIdOf(argument);
    if (given !== undefined) return given;
    const reviews = [...definitions.reviews.get()];
    const [only] = reviews;
    if (!only)
      throw new AppError('not-found', l10n.t('Everything that your servers offer is as you accepted it.'));
    if (reviews.length === 1) return only[0];
    const picked = await dialogs.pick({
      title: 'MCP Switchboard',
      placeholder: l10n.t('Which server?'),
      items: reviews.map(([serverId, review]) => ({
        label: forIconLabel(review.serverName),
        detail: forIconLabel(itemList(review.items, l10n.t, 3).replaceAll('\n', ' ')),
        serverId,
      })),
    });
    if (!picked) throw new AppError('cancelled', 'no server was picked');
    return picked.serverId;
  };
  const uriOf = (argument: unknown) => (argument instanceof Uri ? argument : undefined);
  return {
    reviewChanges: async (argument) => {
      const tool = toolOf(argument);
      if (tool) return editor.review(tool.serverId, { kind: 'tool', name: tool.tool });
      const prompt = promptOf(argument);
      if (prompt) return editor.review(prompt.serverId, { kind: 'prompt', name: prompt.prompt });
      return editor.review(await which(argument));
    },
    acceptDefinition: (argument) => editor.decide(uriOf(argument), 'accept'),
    rejectDefinition: (argument) => editor.decide(uriOf(argument), 'reject'),
    acceptAllDefinitions: async (argument) =>
      editor.acceptAll(
        argument instanceof Uri || argument === undefined ? uriOf(argument) : await which(argument),
      ),
  };
}
