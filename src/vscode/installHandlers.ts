import type { Installer } from '../core/installer.ts';
import type { InstallChoices } from '../core/installFlow.ts';
import type { Handlers, Intent } from '../shared/protocol.ts';
import type { ServerUpdates } from './installCommands.ts';

type InstallIntent = Extract<Intent, `install.${string}` | 'page.install'>;

export interface InstallHandlersDeps {
  readonly installer: Installer;
  readonly updates: ServerUpdates;
  /** Shows the page of the open flow. */
  readonly show: () => void;
  /** Goes to where there is something to see when a flow ends. */
  readonly leave: () => void;
  readonly openFile: (file: string, line: number) => Promise<void>;
}

/** What the install page may ask for. It never decides: consent is asked for in the editor. */
export function installHandlers({
  installer,
  updates,
  show,
  leave,
  openFile,
}: InstallHandlersDeps): Pick<Handlers, InstallIntent> {
  return {
    'page.install': async () => {
      show();
      return null;
    },
    'install.open': async ({ registry, name, version }, signal) => {
      await installer.open({ registryId: registry, name, version }, signal);
      show();
      return null;
    },
    'install.choose': async ({ flowId, change }) => {
      installer.choose(flowId, change as Partial<InstallChoices>);
      return null;
    },
    'install.version': async ({ flowId, version }) => {
      installer.chooseVersion(flowId, version);
      return null;
    },
    'install.validate': async ({ flowId, content }) => ({ findings: installer.validate(flowId, content) }),
    'install.fetchBundle': async ({ flowId }, signal) => {
      await installer.fetchBundle(flowId, signal);
      return null;
    },
    'install.review': async ({ flowId, content }) => ({ findings: await installer.review(flowId, content) }),
    'install.back': async ({ flowId }) => {
      installer.back(flowId);
      return null;
    },
    'install.confirm': async ({ flowId, reviewId }) => {
      await installer.confirm(flowId, reviewId);
      return null;
    },
    'install.close': async ({ flowId }) => {
      await installer.close(flowId);
      leave();
      return null;
    },
    'install.undo': async () => {
      await updates.undo();
      return null;
    },
    'install.openFile': async ({ flowId }) => {
      const flow = installer.flow.get();
      const step = flow?.id === flowId ? flow.step : undefined;
      if (step?.kind === 'done') await openFile(step.outcome.file, step.outcome.line ?? 1);
      if (step?.kind === 'review' && step.review.before !== undefined)
        await openFile(step.review.target.source.file, 1);
      return null;
    },
    'install.update': ({ serverId }, signal) => updates.open(serverId, 'update', signal),
    'install.rollBack': ({ serverId }, signal) => updates.open(serverId, 'roll-back', signal),
    'install.uninstall': ({ serverId }) => updates.uninstall(serverId),
  };
}
