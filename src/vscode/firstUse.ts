import { commands as vscodeCommands, l10n } from 'vscode';
import { nextRequest } from '../core/nextRequest.ts';
import type { Requests } from '../core/requests.ts';
import { AppError } from '../core/util/errors.ts';
import type { AddServer } from './addServer.ts';
import { runCommand, type CommandTable } from './commands.ts';

/** What the commands of the first minutes work on. */
export interface FirstUseDeps {
  readonly addServer: Pick<AddServer, 'runImport'>;
  readonly requests: Pick<Requests, 'open'>;
}

type Names = 'getStarted' | 'importServers' | 'nextRequest';

const walkthrough = 'mcp-switchboard.mcp-switchboard#start';

/** The walkthrough, importing, and going through what waits for an answer one by one. */
export function firstUseCommands({ addServer, requests }: FirstUseDeps): CommandTable<Names> {
  let last: string | undefined;
  return {
    getStarted: () => vscodeCommands.executeCommand('workbench.action.openWalkthrough', walkthrough, false),
    importServers: () => addServer.runImport(),
    nextRequest: async () => {
      const request = nextRequest(requests.open.get(), last);
      if (!request) throw new AppError('not-found', l10n.t('There are no open requests.'));
      last = request.id;
      await runCommand('openRequest', { id: request.id });
    },
  };
}
