import type { Frame, Tool } from './connection.ts';
import type { Offer, ServerSnapshot } from './connections.ts';
import type {
  FrameView,
  InstalledView,
  Page,
  ServerRow,
  ServerView,
  ToolDetail,
  ToolView,
} from './dashboard.ts';
import type { InstallStanding } from './installUpdates.ts';
import type { InspectedSignIn } from './authInspector.ts';
import { authPage } from './dashboardAuth.ts';
import { promptDetail, promptViews, type PromptDetail, type PromptView } from './dashboardPrompts.ts';
import { identityView, verdictView } from './dashboardIdentity.ts';
import type { ServerIdentity } from './identityReports.ts';
import type { JsonObject } from './json.ts';
import { addressOf, commandLineOf } from './launchText.ts';
import { classesOf } from './definitionChanges.ts';
import { definitionFlags, type DefinitionFlag } from './definitionFlags.ts';
import type { DefinitionStanding } from './definitionGate.ts';
import { standingOf, type ServerReview } from './definitionReview.ts';
import type { Definitions } from './definitions.ts';
import type { DoctorView } from './doctorReports.ts';
import { foreignNames } from './foreignNames.ts';
import { definitionHash, pinnedDefinition } from './pins.ts';
import type { PromptUse } from './prompts.ts';
import type { Sha256 } from './ports.ts';
import { trafficDetail, trafficRow } from './dashboardTraffic.ts';
import type { Exchanges } from './trafficExchanges.ts';
import type { TrafficStanding } from './trafficRecording.ts';
import type { QualityReport } from './quality.ts';
import type { Root } from './roots.ts';
import { shown, shownIfAny } from './shown.ts';
import { appUriOf } from './mcpApps.ts';
import { oneLine } from './util/text.ts';

/** The longest list that is shown whole. */
export const maxListed = 10_000;
const maxExchanges = 500;
const maxSchemaText = 1_000_000;
const maxCapabilities = 20_000;
const listDescription = 300; // the open tool has it whole

/** What the rows and the page of servers are made from. */
export interface ServerSources {
  readonly servers: readonly ServerSnapshot[];
  readonly frames: (serverId: string) => readonly Frame[];
  readonly trafficStanding?: ((serverId: string) => TrafficStanding | undefined) | undefined;
  readonly lastArguments: (serverId: string, tool: string) => JsonObject | undefined;
  /** The last use of the open prompt. */
  readonly promptUse?: ((serverId: string, prompt: string) => PromptUse | undefined) | undefined;
  /** The editor has a chat that takes text. */
  readonly canSendToChat?: (() => boolean) | undefined;
  /** What a server is told of the workspace. */
  readonly roots?: (serverId: string) => readonly Root[];
  readonly standing?: (serverId: string) => InstallStanding | undefined;
  /** How tools stand against what was accepted; without it each is as accepted. */
  readonly definitions?: Pick<Definitions, 'reviews' | 'accepted'> | undefined;
  /** What is known of who a server is, without asking anybody. */
  readonly identityOf?: ((serverId: string) => ServerIdentity | undefined) | undefined;
  /** Asked only while the sign-in tab of that server is open. */
  readonly signInOf?: ((serverId: string) => InspectedSignIn | undefined) | undefined;
  /** Asked only while the connection tab of that server is open. */
  readonly doctorOf?: ((serverId: string) => DoctorView | undefined) | undefined;
  /** Asked only while the quality tab of that server is open. */
  readonly quality?: ((serverId: string) => QualityReport | undefined) | undefined;
}

/** A server as a row of the list. */
export function serverRow(
  server: ServerSnapshot,
  openJobs: number,
  openRequests: number,
  identity?: ServerIdentity,
): ServerRow {
  const { definition, state, offer } = server;
  return {
    id: definition.id,
    name: shown(definition.name, 200),
    state: state.kind,
    stateText: shown(detailOf(server), 1000).text,
    era: state.kind === 'ready' ? state.info.era : undefined,
    source: oneLine(definition.source.file, 1000),
    verdict: identity && verdictView(identity.report.verdict),
    toolCount: offer?.tools.items.length,
    openJobs,
    openRequests,
  };
}

function detailOf({ state }: ServerSnapshot): string {
  if (state.kind === 'needs-sign-in') return state.message;
  if (state.kind === 'retrying' || state.kind === 'failed') return state.cause;
  return state.kind === 'blocked' ? state.reason : '';
}

/** Makes server pages; keeps what it made of a list, a tool or a frame for as long as that object lives. */
export class ServerViews {
  readonly #sha256: Sha256;
  readonly #tools = new WeakMap<
    Offer,
    {
      readonly disabled: ReadonlySet<string>;
      readonly review: ServerReview | undefined;
      readonly views: readonly ToolView[];
    }
  >();
  readonly #prompts = new WeakMap<
    Offer,
    { readonly review: ServerReview | undefined; readonly views: readonly PromptView[] }
  >();
  readonly #details = new WeakMap<
    Tool,
    Pick<ToolDetail, 'definitionHash'> & { readonly isTooLarge: boolean }
  >();
  readonly #flags = new WeakMap<
    Tool,
    { readonly servers: readonly ServerSnapshot[]; readonly flags: readonly DefinitionFlag[] }
  >();
  readonly #revisions = new WeakMap<object, number>();
  #lastRevision = 0;
  readonly #exchanges: Exchanges;

  constructor(sha256: Sha256, exchanges: Exchanges) {
    this.#sha256 = sha256;
    this.#exchanges = exchanges;
  }

  /** Two numbers are the same only for the same lists. */
  #revision({ resources, resourceTemplates }: Offer): number {
    const numberOf = (listing: object) => {
      const known = this.#revisions.get(listing) ?? ++this.#lastRevision;
      this.#revisions.set(listing, known);
      return known;
    };
    return numberOf(resources) * 1e6 + numberOf(resourceTemplates);
  }

  /** The page of one server with what its open tab needs. */
  page(
    page: Extract<Page, { kind: 'server' }>,
    row: ServerRow,
    server: ServerSnapshot,
    sources: ServerSources,
  ): ServerView {
    const { definition, state, offer } = server;
    const info = state.kind === 'ready' ? state.info : undefined;
    const tool =
      page.tab === 'tools' ? offer?.tools.items.find((item) => item.name === page.tool) : undefined;
    const capabilities = info?.capabilities;
    return {
      ...row,
      installed: installedView(sources.standing?.(definition.id), definition.launchHash),
      launch: launchView(server),
      file: definition.source.file,
      line: definition.line,
      isChanged: server.isChanged,
      isAutostart: server.isAutostart,
      nextStep: state.kind === 'failed' ? state.nextStep : undefined,
      retryAt: state.kind === 'retrying' ? state.at : undefined,
      sameName: sources.servers
        .filter((other) => server.sameName.includes(other.definition.id))
        .map((other) => oneLine(other.definition.source.file, 1000)),
      counts: {
        tools: offer?.tools.items.length ?? 0,
        resources: (offer?.resources.items.length ?? 0) + (offer?.resourceTemplates.items.length ?? 0),
        prompts: offer?.prompts.items.length ?? 0,
      },
      identity: info?.serverInfo && {
        name: shown(info.serverInfo.name, 200),
        title: shownIfAny(info.serverInfo.title, 200),
        version: shown(info.serverInfo.version, 100),
        description: shownIfAny(info.serverInfo.description, 1000),
        websiteUrl: shownIfAny(info.serverInfo.websiteUrl, 1000),
      },
      protocolVersion: info?.protocolVersion,
      transport: info?.transport,
      pid: info?.pid,
      capabilities:
        capabilities && JSON.stringify(capabilities).length <= maxCapabilities ? capabilities : undefined,
      instructions: shownIfAny(info?.instructions, 20_000),
      roots: (sources.roots?.(definition.id) ?? [])
        .slice(0, 100)
        .map(({ name, uri }) => ({ name: shown(name, 200), uri: shown(uri, 1000) })),
      tools: page.tab === 'tools' && offer ? this.#toolViews(offer, server, sources) : [],
      problems: offer ? problemsOf(offer) : [],
      openTool: tool && this.#detail(tool, server, sources),
      openToolProblem: tool && this.#facts(tool).isTooLarge ? 'too-large' : undefined,
      resourceRevision: offer ? this.#revision(offer) : 0,
      prompts: page.tab === 'prompts' && offer ? this.#promptViews(offer, server, sources) : [],
      openPrompt: page.tab === 'prompts' ? openPrompt(page.tool, server, sources) : undefined,
      log: {
        level: server.logLevel,
        isOffered: capabilities === undefined || capabilities['logging'] != null,
      },
      identityReport: page.tab === 'identity' ? identityPage(sources, definition.id) : undefined,
      auth: page.tab === 'sign-in' ? signInPage(sources, definition.id) : undefined,
      doctor: page.tab === 'doctor' ? sources.doctorOf?.(definition.id) : undefined,
      quality: page.tab === 'quality' ? sources.quality?.(definition.id) : undefined,
      trafficStanding: sources.trafficStanding?.(definition.id) ?? { recording: 'on', dropped: 0 },
      ...(page.tab === 'traffic' ? this.#traffic(page.tool, sources.frames(definition.id)) : noTraffic),
    };
  }

  #toolViews(offer: Offer, server: ServerSnapshot, sources: ServerSources): readonly ToolView[] {
    const { disabledTools: disabled, definition } = server;
    const review = sources.definitions?.reviews.get().get(definition.id);
    const known = this.#tools.get(offer);
    if (known && known.disabled === disabled && known.review === review) return known.views;
    const standing = standingsIn(review);
    const views = offer.tools.items
      .slice(0, maxListed)
      .map((tool) => toolView(tool, disabled, standing(tool.name), listDescription));
    this.#tools.set(offer, { disabled, review, views });
    return views;
  }

  #promptViews(offer: Offer, { definition }: ServerSnapshot, sources: ServerSources): readonly PromptView[] {
    const review = sources.definitions?.reviews.get().get(definition.id);
    const known = this.#prompts.get(offer);
    if (known && known.review === review) return known.views;
    const views = promptViews(offer.prompts.items, review, maxListed);
    this.#prompts.set(offer, { review, views });
    return views;
  }

  #facts(tool: Tool): Pick<ToolDetail, 'definitionHash'> & { readonly isTooLarge: boolean } {
    const known = this.#details.get(tool);
    if (known) return known;
    const size = JSON.stringify(tool.inputSchema).length + JSON.stringify(tool.outputSchema ?? null).length;
    const facts = { definitionHash: this.#hash(tool), isTooLarge: size > maxSchemaText };
    this.#details.set(tool, facts);
    return facts;
  }

  /** Empty for a definition that has no canonical form (a lone surrogate in a text). */
  #hash(tool: Tool): string {
    try {
      return definitionHash(tool, this.#sha256);
    } catch {
      return '';
    }
  }

  #detail(tool: Tool, server: ServerSnapshot, sources: ServerSources): ToolDetail {
    const facts = this.#facts(tool);
    const { id } = server.definition;
    const review = sources.definitions?.reviews.get().get(id);
    const item = review?.items.find(({ kind, name }) => kind === 'tool' && name === tool.name);
    const accepted = item ? undefined : sources.definitions?.accepted(id, 'tool', tool.name);
    return {
      ...toolView(tool, server.disabledTools, standingsIn(review)(tool.name), 20_000),
      accepted: accepted && { at: accepted.at, how: accepted.how },
      changes: item ? classesOf(item.changes) : [],
      flags: this.#flagsOf(tool, id, sources.servers),
      inputSchema: facts.isTooLarge ? {} : tool.inputSchema,
      outputSchema: facts.isTooLarge ? undefined : tool.outputSchema,
      definitionHash: facts.definitionHash,
      lastArguments: sources.lastArguments(server.definition.id, tool.name),
      ...(appUriOf(tool) === undefined ? {} : { hasApp: true }),
    };
  }

  #flagsOf(tool: Tool, serverId: string, servers: readonly ServerSnapshot[]): readonly DefinitionFlag[] {
    const known = this.#flags.get(tool);
    if (known && known.servers === servers) return known.flags;
    const flags = definitionFlags(pinnedDefinition(tool), foreignNames(servers, serverId));
    this.#flags.set(tool, { servers, flags });
    return flags;
  }

  #traffic(key: string | undefined, frames: readonly Frame[]): Pick<ServerView, 'traffic' | 'openExchange'> {
    const exchanges = this.#exchanges.of(frames);
    const open = exchanges.find((exchange) => exchange.key === key);
    return {
      traffic: exchanges.slice(-maxExchanges).map(trafficRow),
      openExchange: open && trafficDetail(open),
    };
  }
}

const noTraffic = { traffic: [], openExchange: undefined };

function openPrompt(
  name: string | undefined,
  { definition: { id }, offer }: ServerSnapshot,
  sources: ServerSources,
): PromptDetail | undefined {
  const prompt = offer?.prompts.items.find((item) => item.name === name);
  return (
    prompt &&
    promptDetail(prompt, {
      review: sources.definitions?.reviews.get().get(id),
      use: sources.promptUse?.(id, prompt.name),
      canSend: sources.canSendToChat?.() ?? false,
    })
  );
}

function identityPage({ identityOf }: ServerSources, serverId: string): ServerView['identityReport'] {
  const identity = identityOf?.(serverId);
  return identity && identityView(identity);
}

function signInPage({ signInOf }: ServerSources, serverId: string): ServerView['auth'] {
  const found = signInOf?.(serverId);
  return found && authPage(found);
}

/** A frame as the traffic of a page shows it. */
export function frameView(frame: Frame, maxText: number): FrameView {
  return {
    at: frame.at,
    direction: frame.direction,
    kind: frame.kind,
    method: frame.method === undefined ? undefined : oneLine(frame.method, 100),
    id: frame.id === undefined ? undefined : oneLine(String(frame.id), 60),
    bytes: frame.bytes,
    text: shown(frame.text, maxText).text,
  };
}

function installedView(standing: InstallStanding | undefined, launchHash: string): InstalledView | undefined {
  if (!standing) return undefined;
  const { record, update } = standing;
  return {
    name: shown(record.name, 300),
    version: shown(record.version, 100),
    origin: shown(record.registryUrl, 2000),
    update:
      update.kind === 'update'
        ? { kind: 'update', to: shown(update.to, 100) }
        : update.kind === 'withdrawn'
          ? { kind: 'withdrawn', message: shownIfAny(update.message, 1000) }
          : update,
    previous: shownIfAny(record.previous.at(-1)?.version, 100),
    isEdited: record.launchHash !== launchHash,
  };
}

function launchView({ definition: { launch } }: ServerSnapshot): ServerView['launch'] {
  if (launch.kind === 'http')
    return {
      kind: 'http',
      url: shown(addressOf(launch), 8192),
      headers: Object.keys(launch.headers).map((name) => oneLine(name, 200)),
    };
  return {
    kind: 'stdio',
    commandLine: shown(commandLineOf(launch), 20_000),
    cwd: launch.cwd === undefined ? undefined : shown(launch.cwd, 2000).text,
    env: Object.keys(launch.env).map((name) => oneLine(name, 200)),
  };
}

function problemsOf(offer: Offer): readonly string[] {
  return [offer.tools, offer.resources, offer.resourceTemplates, offer.prompts]
    .flatMap((listing) => listing.problems)
    .slice(0, 50)
    .map((problem) => oneLine(problem, 500));
}

function standingsIn(review: ServerReview | undefined): (tool: string) => DefinitionStanding {
  const tools = new Map(
    (review?.items ?? [])
      .filter(({ kind }) => kind === 'tool')
      .map(({ name, state }) => [name, standingOf(state)]),
  );
  return (tool) => tools.get(tool) ?? 'accepted';
}

function toolView(
  tool: Tool,
  disabled: ReadonlySet<string>,
  standing: DefinitionStanding,
  maxDescription: number,
): ToolView {
  return {
    name: tool.name,
    shownName: shown(tool.name, 200),
    title: shownIfAny(tool.title, 200),
    description: shownIfAny(tool.description, maxDescription),
    hints: tool.annotations,
    taskSupport: tool.taskSupport,
    isEnabled: !disabled.has(tool.name),
    standing,
  };
}
