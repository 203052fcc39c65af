import { l10n, Uri, window } from 'vscode';
import {
  isSettledElsewhere,
  type ApprovalRequest,
  type PromptRequest,
  type Requests,
  type SamplingRequest,
} from '../core/requests.ts';
import type { SchemaValidator } from '../core/schemaValidator.ts';
import { AppError } from '../core/util/errors.ts';
import type { ApprovalEditor } from './approvalEditor.ts';
import { runCommand, type CommandTable } from './commands.ts';
import type { DashboardPanel } from './dashboardPanel.ts';
import type { Dialogs } from './dialogs.ts';
import { forIconLabel } from './plainText.ts';
import { quickAnswer } from './quickAnswer.ts';
import { requestView } from './requestText.ts';
import type { SamplingEditor } from './samplingEditor.ts';
import { jobIdOf, textOf } from './targets.ts';

export interface RequestCommandsDeps {
  readonly requests: Pick<Requests, 'open' | 'get' | 'answer'>;
  readonly approvals: ApprovalEditor;
  readonly sampling: SamplingEditor;
  readonly validator: SchemaValidator;
  /** A question is about to be answered: its draft is not needed any more. */
  readonly onAnswered: (requestId: string) => void;
  readonly dashboard: DashboardPanel;
  readonly dialogs: Dialogs;
}

type Names =
  | 'openRequest'
  | 'answerRequest'
  | 'declineRequest'
  | 'answerJob'
  | 'askModel'
  | 'chooseModel'
  | 'sendModelAnswer'
  | 'refuseModelRequest'
  | 'allowOnce'
  | 'allowSession'
  | 'allowAlways'
  | 'deny'
  | 'denyWithReason'
  | 'diffArguments'
  | 'openDefinition'
  | 'openValue';

/** Commands about open requests; those that decide take the document they were called from, else the active one. */
export function requestCommands({
  requests,
  approvals,
  sampling,
  validator,
  dashboard,
  dialogs,
  onAnswered,
}: RequestCommandsDeps): CommandTable<Names> {
  const approval = (argument: unknown): ApprovalRequest => {
    const uri = argument instanceof Uri ? argument : undefined;
    const given = requests.get(textOf(argument, 'id') ?? '');
    const active = window.activeTextEditor?.document.uri;
    const request = uri
      ? approvals.requestOf(uri)
      : (given ?? (argument === undefined && active ? approvals.requestOf(active) : undefined));
    if (request?.kind !== 'approval') throw noLongerOpen();
    return request;
  };
  const modelRequest = (argument: unknown): SamplingRequest => {
    const uri =
      argument instanceof Uri
        ? argument
        : argument === undefined
          ? window.activeTextEditor?.document.uri
          : undefined;
    const request = uri ? sampling.requestOf(uri) : requests.get(textOf(argument, 'id') ?? '');
    if (request?.kind !== 'sampling') throw noLongerOpen();
    return request;
  };
  const open = async (request: PromptRequest): Promise<void> => {
    if (request.kind === 'approval') await approvals.open(request);
    else if (request.kind === 'sampling') await sampling.open(request);
    else if (request.kind === 'definition-change') await runCommand('reviewChanges', request.serverId);
    else if (request.kind === 'sign-in')
      await runCommand(request.isStepUp ? 'stepUp' : 'signIn', request.serverId);
    else dashboard.show({ kind: 'requests', requestId: request.id });
  };
  const given = async (
    argument: unknown,
    fits: (request: PromptRequest) => boolean,
  ): Promise<PromptRequest> => {
    const id = textOf(argument, 'id');
    const request = id === undefined ? await pick(fits) : requests.get(id);
    if (!request) throw noLongerOpen();
    return request;
  };
  const answer = async (request: PromptRequest): Promise<void> => {
    if (request.kind !== 'elicitation-form') return open(request);
    const openForm = ({ id }: PromptRequest) => dashboard.show({ kind: 'requests', requestId: id });
    await quickAnswer(request, { requests, dialogs, validator, openForm, onAnswered });
  };
  const pick = async (fits: (request: PromptRequest) => boolean): Promise<PromptRequest> => {
    const open = requests.open.get().filter(fits);
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
      if (argument instanceof Uri) await sampling.openPrompt(modelRequest(argument));
      else await open(await given(argument, () => true));
    },
    answerRequest: async (argument) => answer(await given(argument, isQuestion)),
    declineRequest: async (argument) => {
      const { id, kind } = await given(argument, isQuestion);
      onAnswered(id);
      if (kind === 'approval' || isSettledElsewhere(kind) || !requests.answer(id, { kind: 'decline' }))
        throw noLongerOpen();
    },
    answerJob: async (argument) => {
      const jobId = jobIdOf(argument);
      const request = requests.open.get().find((one) => one.jobId !== undefined && one.jobId === jobId);
      if (!request)
        throw new AppError(
          'not-found',
          l10n.t('The question of this job is not here: another window may have it.'),
        );
      await answer(request);
    },
    askModel: (argument) => sampling.ask(modelRequest(argument)),
    chooseModel: (argument) => sampling.chooseModel(modelRequest(argument)),
    sendModelAnswer: (argument) => sampling.sendAnswer(modelRequest(argument)),
    refuseModelRequest: (argument) => sampling.refuse(modelRequest(argument)),
    allowOnce: (argument) => approvals.allow(approval(argument), 'once'),
    allowSession: (argument) => approvals.allow(approval(argument), 'session'),
    allowAlways: (argument) => approvals.allow(approval(argument), 'always'),
    deny: (argument) => approvals.deny(approval(argument), false),
    denyWithReason: (argument) => approvals.deny(approval(argument), true),
    diffArguments: (argument) => approvals.openDiff(approval(argument)),
    openDefinition: (argument) => approvals.openDefinition(approval(argument)),
    openValue: (argument, path) => approvals.openValue(approval(argument), pathOf(path)),
  };
}

function isQuestion({ kind }: PromptRequest): boolean {
  return kind === 'elicitation-form' || kind === 'elicitation-url';
}

function pathOf(value: unknown): readonly (string | number)[] {
  return Array.isArray(value)
    ? value.filter((part) => typeof part === 'string' || typeof part === 'number')
    : [];
}

function noLongerOpen(): AppError {
  return new AppError('conflict', l10n.t('This request is no longer open.'));
}
