import { l10n } from 'vscode';
import type { Connections } from '../core/connections.ts';
import type { Requests } from '../core/requests.ts';
import { AppError } from '../core/util/errors.ts';
import type { CommandTable } from './commands.ts';
import type { Dialogs } from './dialogs.ts';
import { pickServer } from './serverPick.ts';
import type { SignIns } from './signIns.ts';
import { serverIdOf } from './targets.ts';

export interface SignInCommandsDeps {
  readonly signIns: SignIns;
  readonly connections: Pick<Connections, 'servers'>;
  readonly requests: Pick<Requests, 'get'>;
  readonly dialogs: Pick<Dialogs, 'pick'>;
}

type Names = 'signIn' | 'stepUp' | 'signOut' | 'switchAccount' | 'refreshSignIn' | 'forgetSignIn';

/** Commands about sign-ins; without a row they ask which remote server is meant. */
export function signInCommands({
  signIns,
  connections,
  requests,
  dialogs,
}: SignInCommandsDeps): CommandTable<Names> {
  const which = async (argument: unknown): Promise<string> => {
    if (typeof argument === 'string') return requests.get(argument)?.serverId ?? argument;
    const given = serverIdOf(argument);
    if (given !== undefined) return given;
    const remote = connections.servers.get().filter(({ definition }) => definition.launch.kind === 'http');
    if (remote.length === 0)
      throw new AppError('not-found', l10n.t('No remote server is configured; only those take a sign-in.'));
    return pickServer(remote, dialogs);
  };
  return {
    signIn: async (argument) => signIns.signIn(await which(argument), 'sign-in'),
    stepUp: async (argument) => signIns.signIn(await which(argument), 'step-up'),
    switchAccount: async (argument) => signIns.signIn(await which(argument), 'switch-account'),
    refreshSignIn: async (argument) => signIns.refresh(await which(argument)),
    signOut: async (argument) => signIns.signOut(await which(argument), false),
    forgetSignIn: async (argument) => signIns.signOut(await which(argument), true),
  };
}
