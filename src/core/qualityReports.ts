import type { AuthView } from './authView.ts';
import type { Connections, ServerSnapshot } from './connections.ts';
import type { Definitions } from './definitions.ts';
import type { ServerReview } from './definitionReview.ts';
import type { Clock } from './ports.ts';
import { qualityReport, type CardFacts, type QualityReport } from './quality.ts';
import { AppError } from './util/errors.ts';
import { Store, type Readable } from './util/store.ts';

export interface QualityDeps {
  readonly connections: Pick<Connections, 'get' | 'servers'>;
  readonly definitions: Pick<Definitions, 'reviews' | 'history'>;
  readonly clock: Clock;
  /** The sign-in of a remote server as it is kept; no network. */
  readonly authOf: (serverUrl: string) => Promise<AuthView | undefined>;
  /** Asks a remote server for its card. */
  readonly lookForCard: (serverUrl: string, signal: AbortSignal) => Promise<CardFacts>;
}

interface Looked {
  readonly launchHash: string;
  readonly card: CardFacts;
  readonly auth: AuthView | undefined;
}

interface Made {
  readonly servers: readonly ServerSnapshot[];
  readonly reviews: ReadonlyMap<string, ServerReview>;
  readonly looked: Looked | undefined;
  readonly report: QualityReport;
}

/** The reports on servers' metadata; each is made again only when something that it is made from changed. */
export class QualityReports {
  readonly #deps: QualityDeps;
  readonly #looked = new Store<ReadonlyMap<string, Looked>>(new Map());
  #made: Made | undefined;

  constructor(deps: QualityDeps) {
    this.#deps = deps;
  }

  /** Changes when somebody looked for more than what is known anyway. */
  get changed(): Readable<unknown> {
    return this.#looked;
  }

  /** The report on a configured server; undefined for any other. */
  of(serverId: string): QualityReport | undefined {
    const { connections, definitions, clock } = this.#deps;
    const servers = connections.servers.get();
    const server = servers.find(({ definition }) => definition.id === serverId);
    if (!server) return undefined;
    const reviews = definitions.reviews.get();
    const found = this.#looked.get().get(serverId);
    const looked = found?.launchHash === server.definition.launchHash ? found : undefined;
    const made = this.#made;
    const isSame = made?.servers === servers && made.reviews === reviews && made.looked === looked;
    if (isSame && made.servers.includes(server) && made.report.serverId === serverId) return made.report;
    const report = qualityReport({
      server,
      others: servers.filter((other) => other !== server),
      history: definitions.history(serverId),
      auth: looked?.auth,
      card: looked?.card,
      now: clock.now(),
    });
    this.#made = { servers, reviews, looked, report };
    return report;
  }

  /** Looks for the card of a remote server, and at its sign-in. Rejects as the network failed. */
  async look(serverId: string, signal: AbortSignal): Promise<void> {
    const definition = this.#deps.connections.get(serverId)?.definition;
    if (!definition) throw new AppError('not-found', `no server ${serverId} is configured`);
    const { launch, launchHash } = definition;
    if (launch.kind !== 'http') throw new AppError('unsupported', 'only remote servers have a card');
    if (!URL.canParse(launch.url) || launch.url.includes('${'))
      throw new AppError('unsupported', 'the address has variables, so there is nowhere to look');
    const auth = await this.#deps.authOf(launch.url);
    const card = await this.#deps.lookForCard(launch.url, signal);
    this.#looked.update((all) => new Map([...all, [serverId, { launchHash, card, auth }]]));
  }
}
