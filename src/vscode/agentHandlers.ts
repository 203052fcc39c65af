import type { Page } from '../core/dashboard.ts';
import type { Handlers, Intent } from '../shared/protocol.ts';
import type { agentCommands } from './agentCommands.ts';

type AgentIntent = Extract<Intent, `agents.${string}` | 'page.agents'>;

/** What the page about agents may ask for: the commands, with their dialogs in the editor. */
export function agentHandlers(
  commands: ReturnType<typeof agentCommands>,
  navigate: (page: Page) => void,
): Pick<Handlers, AgentIntent> {
  const done = async (work: unknown): Promise<null> => {
    await work;
    return null;
  };
  return {
    'page.agents': async () => done(navigate({ kind: 'agents' })),
    'agents.connect': () => done(commands.connectAgent(undefined, undefined)),
    'agents.rename': ({ callerId }) => done(commands.renameAgent(callerId, undefined)),
    'agents.configure': ({ callerId }) => done(commands.configureAgent(callerId, undefined)),
    'agents.revoke': ({ callerId }) => done(commands.revokeAgent(callerId, undefined)),
    'agents.setGateway': () => done(commands.setGateway(undefined, undefined)),
    'agents.moveGateway': () => done(commands.moveGateway(undefined, undefined)),
  };
}
