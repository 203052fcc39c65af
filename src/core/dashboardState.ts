import type { Frame } from './connection.ts';
import type { InstallFlow } from './installFlow.ts';
import type { InstallStanding } from './installUpdates.ts';
import { installView } from './installView.ts';
import type { ServerSnapshot } from './connections.ts';
import type { DashboardState, Page, RequestRow } from './dashboard.ts';
import type { ActivityView } from './dashboardActivity.ts';
import type { AgentsView } from './dashboardAgents.ts';
import type { VerdictView } from './dashboardIdentity.ts';
import type { RegistryView } from './dashboardRegistry.ts';
import { jobRow, jobView } from './dashboardJob.ts';
import { serverRow, ServerViews, type ServerSources } from './dashboardServer.ts';
import type { FormDraft } from './forms/draft.ts';
import type { Job, JobResult } from './jobs.ts';
import type { JsonObject } from './json.ts';
import type { Sha256 } from './ports.ts';
import type { Root } from './roots.ts';
import type { PromptRequest } from './requests.ts';
import { shown } from './shown.ts';
import { Exchanges } from './trafficExchanges.ts';
import type { TrafficStanding } from './trafficRecording.ts';
import { urlView } from './urlView.ts';
import { oneLine } from './util/text.ts';

/** Everything a dashboard state is made from, read at one moment. */
export interface DashboardSources {
  readonly page: Page;
  readonly servers: readonly ServerSnapshot[];
  readonly openJobs: readonly Job[];
  /** Newest first. */
  readonly finishedJobs: readonly Job[];
  readonly finishedTotal: number;
  readonly requests: readonly PromptRequest[];
  readonly now: number;
  readonly job: (id: string) => Job | undefined;
  readonly result: (jobId: string) => JobResult | undefined;
  /** Asked only while the traffic of that server is shown. */
  readonly frames: (serverId: string) => readonly Frame[];
  readonly trafficStanding?: ((serverId: string) => TrafficStanding | undefined) | undefined;
  readonly install?: InstallFlow | undefined;
  /** Who is about to be installed. */
  readonly installVerdict?: (flow: InstallFlow) => VerdictView | undefined;
  readonly standing?: (serverId: string) => InstallStanding | undefined;
  readonly definitions?: ServerSources['definitions'];
  readonly quality?: ServerSources['quality'];
  readonly promptUse?: ServerSources['promptUse'];
  readonly canSendToChat?: ServerSources['canSendToChat'];
  readonly identityOf?: ServerSources['identityOf'];
  readonly signInOf?: ServerSources['signInOf'];
  /** Asked only while the connection tab of that server is open. */
  readonly doctorOf?: ServerSources['doctorOf'];
  /** Asked only for the open tool. */
  readonly lastArguments: (serverId: string, tool: string) => JsonObject | undefined;
  /** What a server is told of the workspace; asked only for the open server. */
  readonly roots?: (serverId: string) => readonly Root[];
  /** What was typed into the form of a question before a reload. */
  readonly draft?: (requestId: string) => FormDraft | undefined;
  /** Whether a page of its server shows the results of a tool; asked only for the open job. */
  readonly hasApp?: (serverId: string, tool: string) => boolean;
  /** Asked only for the open job. */
  readonly jobFrames?: (job: Job) => readonly Frame[];
  /** Asked only while its page is open. */
  readonly agents?: () => AgentsView;
  /** Asked only while the activity page is open. */
  readonly activity?: (seq: number | undefined) => ActivityView;
  /** Asked only while the registry page is open. */
  readonly registry?: (page: Extract<Page, { readonly kind: 'registry' }>) => RegistryView;
}

/** A function from sources to the whole state of a dashboard; one per dashboard, because it remembers what it made of unchanged parts. */
export function createDashboardState(
  sha256: Sha256,
  exchanges = new Exchanges(),
): (sources: DashboardSources) => DashboardState {
  const views = new ServerViews(sha256, exchanges);
  return (sources) => {
    const { page, now } = sources;
    const jobsOf = countBy(sources.openJobs, (job) => job.serverId);
    const requestsOf = countBy(sources.requests, (request) => request.serverId);
    const servers = sources.servers.map((server) =>
      serverRow(
        server,
        jobsOf.get(server.definition.id) ?? 0,
        requestsOf.get(server.definition.id) ?? 0,
        sources.identityOf?.(server.definition.id),
      ),
    );
    const at =
      page.kind === 'server'
        ? sources.servers.findIndex((server) => server.definition.id === page.serverId)
        : -1;
    const [server, row] = [sources.servers[at], servers[at]];
    const job = page.kind === 'jobs' && page.jobId !== undefined ? sources.job(page.jobId) : undefined;
    return {
      page,
      servers,
      server: page.kind === 'server' && server && row ? views.page(page, row, server, sources) : undefined,
      jobs: {
        open: sources.openJobs.map((open) => jobRow(open, now)),
        finished: sources.finishedJobs.map((finished) => jobRow(finished, now)),
        finishedTotal: sources.finishedTotal,
      },
      job: job && {
        ...jobView(
          job,
          job.hasResult ? sources.result(job.id) : undefined,
          now,
          sources.jobFrames?.(job) ?? [],
        ),
        ...(sources.hasApp?.(job.serverId, job.tool) ? { hasApp: true } : {}),
      },
      requests: sources.requests.map((request) => ({
        ...requestRow(request),
        draft: sources.draft?.(request.id),
      })),
      install:
        page.kind === 'install' && sources.install
          ? installView(sources.install, sources.installVerdict?.(sources.install))
          : undefined,
      agents: page.kind === 'agents' ? sources.agents?.() : undefined,
      activity: page.kind === 'activity' ? sources.activity?.(page.seq) : undefined,
      registry: page.kind === 'registry' ? sources.registry?.(page) : undefined,
      now,
    };
  };
}

const maxSchemaText = 200_000;

/** An open request as a row. */
export function requestRow(request: PromptRequest): RequestRow {
  const isUrl = request.kind === 'elicitation-url';
  const view = isUrl ? urlView(request.url) : undefined;
  return {
    id: request.id,
    kind: request.kind,
    serverId: request.serverId,
    serverName: oneLine(request.serverName, 200),
    tool: request.tool === undefined ? undefined : oneLine(request.tool, 200),
    toolName: request.tool,
    callerName: request.caller === undefined ? undefined : oneLine(request.caller.name, 100),
    callerKind: request.caller?.kind,
    jobId: request.jobId,
    createdAt: request.createdAt,
    message: messageOf(request),
    schema:
      request.kind !== 'elicitation-form'
        ? undefined
        : isTooLarge(request)
          ? { type: 'object' }
          : request.schema,
    isSchemaTooLarge: isTooLarge(request),
    url: isUrl ? shown(request.url, 8192) : undefined,
    urlHost: view?.host.text,
    urlView: view,
  };
}

function isTooLarge(request: PromptRequest): boolean {
  return request.kind === 'elicitation-form' && JSON.stringify(request.schema).length > maxSchemaText;
}

function messageOf(request: PromptRequest): RequestRow['message'] {
  if (request.kind === 'approval') return shown(request.reason, 500);
  if (request.kind === 'definition-change')
    return shown([...request.changed, ...request.added].join(', '), 500);
  return request.kind === 'sampling' ? undefined : shown(request.message, 4000);
}

function countBy<T>(items: readonly T[], key: (item: T) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return counts;
}
