import { l10n, Uri } from 'vscode';
import type { Connections } from '../core/connections.ts';
import type { Page } from '../core/dashboard.ts';
import { ResourceSearch } from '../core/dashboardResources.ts';
import { AppError } from '../core/util/errors.ts';
import type { Handlers } from '../shared/protocol.ts';
import type { CommandTable } from './commands.ts';
import type { ResourceEditor } from './resourceEditor.ts';
import { serverIdOf, textOf } from './targets.ts';

/** Commands about resources: of a row of the Servers view, or of the document in front. */
export function resourceCommands(
  editor: ResourceEditor,
  show: (page: Page) => void,
): CommandTable<'openResource' | 'saveResource' | 'refreshResource'> {
  return {
    openResource: async (argument) => {
      const target = targetOf(argument);
      const serverId = serverIdOf(argument);
      if (!target && textOf(argument, 'kind') === 'template' && serverId !== undefined)
        return show({ kind: 'server', serverId, tab: 'resources', tool: undefined });
      if (!target) throw notGiven();
      await editor.open(target.serverId, target.uri, new AbortController().signal);
    },
    saveResource: async (argument) => {
      const target = targetOf(argument);
      if (target) await editor.saveResource(target.serverId, target.uri, new AbortController().signal);
      else await editor.saveDocument(documentOf(argument));
    },
    refreshResource: (argument) => editor.refresh(documentOf(argument), new AbortController().signal),
  };
}

/** The intents of the resources tab. */
export function resourceHandlers(
  editor: ResourceEditor,
  connections: Pick<Connections, 'get'>,
): Pick<Handlers, 'resource.open' | 'resource.save' | 'resource.search'> {
  const search = new ResourceSearch();
  return {
    'resource.search': async ({ serverId, ...query }) => {
      const offer = connections.get(serverId)?.offer;
      return offer ? search.page(offer, query) : { rows: [], offset: 0, total: 0, templates: 0 };
    },
    'resource.open': async ({ serverId, uri }, signal) => {
      await editor.open(serverId, uri, signal);
      return null;
    },
    'resource.save': async ({ serverId, uri }, signal) => {
      await editor.saveResource(serverId, uri, signal);
      return null;
    },
  };
}

function targetOf(argument: unknown): { readonly serverId: string; readonly uri: string } | undefined {
  const serverId = serverIdOf(argument);
  const uri =
    typeof argument === 'object' && argument !== null && 'item' in argument
      ? textOf(argument.item, 'uri')
      : undefined;
  return serverId === undefined || uri === undefined ? undefined : { serverId, uri };
}

function documentOf(argument: unknown): Uri | undefined {
  return argument instanceof Uri ? argument : undefined;
}

function notGiven(): AppError {
  return new AppError('invalid-input', l10n.t('Use this command from a row of the Servers view.'));
}
