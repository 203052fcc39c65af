import { l10n, Uri, window } from 'vscode';
import type { ApprovalRequest, PromptRequest, Requests } from '../core/requests.ts';
import { AppError } from '../core/util/errors.ts';
import type { ApprovalEditor } from './approvalEditor.ts';
import type { CommandTable } from './commands.ts';
import type { DashboardPanel } from './dashboardPanel.ts';
import type { Dialogs } from './dialogs.ts';
import { forIconLabel } from './plainText.ts';
import { requestView } from './requestText.ts';
import { textOf } from './targets.ts';

export interface RequestCommandsDeps {
  readonly requests: Pick<Requests, 'open' | 'get'>;
  readonly approvals: ApprovalEditor;
  readonly dashboard: DashboardPanel;
  readonly dialogs: Dialogs;
}

type Names =
  | 'openRequest'
  | 'allowOnce'
  | 'allowSession'
  | 'allowAlways'
  | 'deny'
  | 'denyWithReason'
  | 'diffArguments'
  | 'openDefinition';

/** Commands about open requests; those that decide take the document they were called from, else the active one. */
export function requestCommands({
  requests,
  approvals,
  dashboard,
  dialogs,
}: RequestCommandsDeps): CommandTable<Names> {
  const approval = (argument: unknown): ApprovalRequest => {
    const uri = argument instanceof Uri ? argument : undefined;
    const given = requests.get(textOf(argument, 'id') ?? '');
    const active = window.activeTextEditor?.document.uri;
    const request = uri
      ? approvals.requestOf(uri)
      : (given ?? (argument === undefined && active ? approvals.requestOf(active) : undefined));
    if (request?.kind !== 'approval')
      throw new AppError('conflict', l10n.t('This request is no longer open.'));
    return request;
  };
  const pick = async (): Promise<PromptRequest> => {
    const open = requests.open.get();
    if (open.length === 0) throw new AppError('not-found', l10n.t('There are no open requests.'));
    const picked = await dialogs.pick({
      title: 'MCP Switchboard',
      placeholder: l10n.t('Which request?'),
      items: open.map((request) => {
        const view = requestView(request, l10n.t);
        return { label: forIconLabel(view.label), description: forIconLabel(view.description), request };
      }),
    });
    if (!picked) throw new AppError('cancelled', 'no request was picked');
    return picked.request;
  };
  return {
    openRequest: async (argument) => {
      const id = textOf(argument, 'id');
      const request = id === undefined ? await pick() : requests.get(id);
      if (!request) throw new AppError('conflict', l10n.t('This request is no longer open.'));
      if (request.kind === 'approval') await approvals.open(request);
      else dashboard.show({ kind: 'requests', requestId: request.id });
    },
    allowOnce: (argument) => approvals.allow(approval(argument), 'once'),
    allowSession: (argument) => approvals.allow(approval(argument), 'session'),
    allowAlways: (argument) => approvals.allow(approval(argument), 'always'),
    deny: (argument) => approvals.deny(approval(argument), false),
    denyWithReason: (argument) => approvals.deny(approval(argument), true),
    diffArguments: (argument) => approvals.openDiff(approval(argument)),
    openDefinition: (argument) => approvals.openDefinition(approval(argument)),
  };
}
