import { env, l10n } from 'vscode';
import { userCaller } from '../core/caller.ts';
import type { Tool } from '../core/connection.ts';
import type { Connections } from '../core/connections.ts';
import type { Page } from '../core/dashboard.ts';
import type { RequestDrafts } from '../core/drafts.ts';
import type { FormDraft } from '../core/forms/draft.ts';
import { jobRow } from '../core/dashboardJob.ts';
import type { Job, Jobs } from '../core/jobs.ts';
import type { Clock, OpenExternal } from '../core/ports.ts';
import type { Requests } from '../core/requests.ts';
import type { SchemaValidator } from '../core/schemaValidator.ts';
import type { CallOutcome, ToolCalls } from '../core/toolCalls.ts';
import { urlView } from '../core/urlView.ts';
import { AppError } from '../core/util/errors.ts';
import type { Handlers, IntentResults } from '../shared/protocol.ts';
import type { activityHandlers } from './activityHandlers.ts';
import type { agentHandlers } from './agentHandlers.ts';
import type { ApprovalEditor } from './approvalEditor.ts';
import type { Dialogs } from './dialogs.ts';
import type { completionHandlers } from './completionHandlers.ts';
import type { doctorHandlers } from './doctorCommands.ts';
import type { installHandlers } from './installHandlers.ts';
import type { registryHandlers } from './registryCommands.ts';
import type { resourceHandlers } from './resourceCommands.ts';
import type { ResultEditor } from './resultEditor.ts';
import type { SamplingEditor } from './samplingEditor.ts';
import type { PromptCommands } from './promptCommands.ts';
import type { identityHandlers } from './identityHandlers.ts';
import type { inspectorHandlers } from './inspectorHandlers.ts';
import type { qualityHandlers } from './qualityHandlers.ts';
import type { trafficHandlers } from './trafficHandlers.ts';
import { runCommand } from './commands.ts';
import type { ServerActions } from './serverActions.ts';
import { visibleJson } from './visibleJson.ts';

export interface DashboardHandlersDeps {
  readonly connections: Connections;
  readonly toolCalls: ToolCalls;
  readonly jobs: Jobs;
  readonly requests: Pick<Requests, 'get' | 'answer'>;
  readonly validator: SchemaValidator;
  readonly approvals: ApprovalEditor;
  readonly sampling: SamplingEditor;
  readonly drafts: RequestDrafts;
  readonly editRoots: (serverId: string) => Promise<void>;
  readonly results: ResultEditor;
  readonly serverActions: ServerActions;
  readonly dialogs: Dialogs;
  readonly openExternal: OpenExternal;
  /** The intents of the install page. */
  readonly install: ReturnType<typeof installHandlers>;
  /** The intents of the activity page. */
  readonly activity: ReturnType<typeof activityHandlers>;
  /** The intents of the page about agents. */
  readonly agents: ReturnType<typeof agentHandlers>;
  /** The intents of the traffic tab. */
  readonly traffic: ReturnType<typeof trafficHandlers>;
  /** The intents of the resources tab. */
  readonly resources: ReturnType<typeof resourceHandlers>;
  /** The intents of what servers offer beside tools. */
  readonly offers: ReturnType<typeof completionHandlers> & PromptCommands['handlers'];
  /** The intents of the connection tab. */
  readonly doctor: ReturnType<typeof doctorHandlers>;
  /** The intents of the identity tab. */
  readonly identity: ReturnType<typeof identityHandlers>;
  /** The intents of the pages that explain connections. */
  readonly inspector: ReturnType<typeof inspectorHandlers>;
  /** The intents of the quality tab. */
  readonly quality: ReturnType<typeof qualityHandlers>;
  /** The intents of the registry page. */
  readonly registry: ReturnType<typeof registryHandlers>;
  readonly clock: Clock;
  /** Sends a finished job's call once more; returns at once. */
  readonly runAgain: (jobId: string) => void;
  /** Goes to a page of the dashboard. */
  readonly navigate: (page: Page) => void;
  /** Changes whenever the page's script, and with it what it remembers of its runs, is gone. */
  readonly life: () => number;
}

const pageSize = 100;

/** What the dashboard may ask for. It can open an approval in its editor, and can decide nothing. */
export function createDashboardHandlers(deps: DashboardHandlersDeps): Handlers {
  const { connections, jobs, requests, results, serverActions, navigate } = deps;
  const go = async (page: Page): Promise<null> => {
    navigate(page);
    return null;
  };
  const done = async (work: unknown): Promise<null> => {
    await work;
    return null;
  };
  return {
    'page.servers': () => go({ kind: 'servers' }),
    'page.server': ({ serverId, tab, tool }) => go({ kind: 'server', serverId, tab, tool }),
    'page.jobs': ({ jobId }) => go({ kind: 'jobs', jobId }),
    'page.requests': ({ requestId }) => go({ kind: 'requests', requestId }),
    'server.start': ({ serverId }, signal) => done(connections.start(serverId, signal)),
    'server.stop': ({ serverId }) => done(connections.stop(serverId)),
    'server.restart': ({ serverId }, signal) => done(connections.restart(serverId, signal)),
    'server.refresh': ({ serverId }, signal) => done(connections.refresh(serverId, signal)),
    'server.showLog': async ({ serverId }) => done(serverActions.showLog(serverId)),
    'servers.add': () => done(runCommand('addServer')),
    'server.openConfig': ({ serverId }) => done(serverActions.openConfig(serverId)),
    'server.editRoots': ({ serverId }) => done(deps.editRoots(serverId)),
    'server.setLogLevel': ({ serverId, level }, signal) =>
      done(connections.setLogLevel(serverId, level, signal)),
    'server.setAutostart': async ({ serverId, on }) => done(connections.setAutostart(serverId, on)),
    'tool.setEnabled': async ({ serverId, tool, on }) => done(connections.setToolEnabled(serverId, tool, on)),
    'tool.validate': async ({ serverId, tool, arguments: args }) => ({
      findings: deps.validator.validate(toolOf(connections, serverId, tool).inputSchema, args),
    }),
    'tool.run': async ({ serverId, tool, arguments: args, mode }, signal) => {
      const life = deps.life();
      const onJob = ({ id }: Job) => {
        // The approval tab covered the form, which is gone with the run it had started: its job takes its place.
        if (deps.life() !== life) navigate({ kind: 'jobs', jobId: id });
      };
      const intent = { serverId, tool, arguments: args, caller: userCaller, mode, onJob };
      return answerOf(await deps.toolCalls.call(intent, signal));
    },
    'tool.review': async (target) => done(runCommand('reviewChanges', target)),
    'tool.copyDefinition': ({ serverId, tool }) =>
      done(env.clipboard.writeText(visibleJson(toolOf(connections, serverId, tool).raw))),
    'job.cancel': async ({ jobId }) => done(jobs.cancel(jobId)),
    'job.openResult': ({ jobId }) => done(results.openResult(jobId)),
    'job.openApp': ({ jobId }) => done(runCommand('openApp', { jobId })),
    'job.openArguments': ({ jobId }) => done(results.openArguments(jobId)),
    'job.runAgain': async ({ jobId }) => done(deps.runAgain(jobId)),
    'job.forget': async ({ jobId }) => done(jobs.forget(jobId)),
    'jobs.forgetFinished': async () => done(jobs.forgetAllFinished()),
    'jobs.more': async ({ before }) => {
      const now = deps.clock.now();
      return { jobs: jobs.finishedPage(pageSize, before).map((job) => jobRow(job, now)) };
    },
    'request.openApproval': async ({ requestId }) => {
      const request = requests.get(requestId);
      if (request?.kind === 'sampling') return done(deps.sampling.open(request));
      if (request?.kind === 'definition-change') return done(runCommand('reviewChanges', request.serverId));
      if (request?.kind === 'sign-in')
        return done(runCommand(request.isStepUp ? 'stepUp' : 'signIn', request.serverId));
      if (request?.kind !== 'approval') throw notOpen();
      return done(deps.approvals.open(request));
    },
    'request.validate': async ({ requestId, content }) => {
      const request = requests.get(requestId);
      if (request?.kind !== 'elicitation-form') throw notOpen();
      return { findings: deps.validator.validate(request.schema, content) };
    },
    'request.answer': async ({ requestId, answer }) => {
      // The editor shows what a model is asked and answers; nothing of that is given from here.
      if (requests.get(requestId)?.kind === 'sampling') throw notOpen();
      deps.drafts.clear(requestId);
      if (!requests.answer(requestId, answer)) throw notOpen();
      return null;
    },
    'request.keepDraft': async ({ requestId, draft }) => {
      const request = requests.get(requestId);
      // A key stroke may overtake the answer: then there is nothing to keep.
      if (request?.kind === 'elicitation-form') deps.drafts.set(request, draft as FormDraft);
      return null;
    },
    'request.openUrl': async ({ requestId }) => {
      const request = requests.get(requestId);
      if (request?.kind !== 'elicitation-url') throw notOpen();
      if (await openAfterAsking(request.url, deps))
        requests.answer(requestId, { kind: 'accept', content: {} });
      return null;
    },
    ...deps.install,
    ...deps.activity,
    ...deps.agents,
    ...deps.identity,
    ...deps.doctor,
    ...deps.inspector,
    ...deps.quality,
    ...deps.offers,
    ...deps.resources,
    ...deps.traffic,
    ...deps.registry,
    'link.open': ({ url }) => done(openAfterAsking(url, deps)),
  };
}

/** Shows the whole address with its host, and opens it when the user says so. */
async function openAfterAsking(
  url: string,
  { dialogs, openExternal }: DashboardHandlersDeps,
): Promise<boolean> {
  const { before, host, after, canOpen } = urlView(url);
  if (!canOpen) throw new AppError('unsupported', l10n.t('Only web pages can be opened.'));
  const open = l10n.t('Open');
  const chosen = await dialogs.ask({
    message: l10n.t('Open a page of {0}?', host.text),
    detail: `${before.text}${host.text}${after.text}`,
    choices: [open],
  });
  return chosen === open && openExternal(url);
}

function answerOf(outcome: CallOutcome): IntentResults['tool.run'] {
  switch (outcome.kind) {
    case 'done':
      return { kind: 'done', jobId: outcome.job.id };
    case 'failed':
      return { kind: 'failed', jobId: outcome.job.id, message: outcome.message };
    case 'denied':
      // Who denies a call here knows why; what a rule says is news.
      return outcome.decision.effect === 'deny'
        ? { kind: 'denied', message: outcome.reason }
        : { kind: 'denied' };
    case 'cancelled':
      return { kind: 'cancelled', ...(outcome.job ? { jobId: outcome.job.id } : {}) };
  }
}

function toolOf(connections: Connections, serverId: string, name: string): Tool {
  const tool = connections.get(serverId)?.offer?.tools.items.find((item) => item.name === name);
  if (!tool) throw new AppError('not-found', l10n.t('This tool is gone.'));
  return tool;
}

function notOpen(): AppError {
  return new AppError('conflict', l10n.t('This request is no longer open.'));
}
