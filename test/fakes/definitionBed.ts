import { join } from 'node:path';
import type { Prompt, Tool } from '../../src/core/connection.ts';
import type { ServerSnapshot } from '../../src/core/connections.ts';
import { Definitions } from '../../src/core/definitions.ts';
import { askForReviews } from '../../src/core/definitionRequests.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { Requests } from '../../src/core/requests.ts';
import { Store } from '../../src/core/util/store.ts';
import { createActivityRows } from '../../src/node/activityRows.ts';
import { Database } from '../../src/node/database.ts';
import { createPinRows } from '../../src/node/definitionRows.ts';
import { fakeTool, sha256 } from './doorBed.ts';
import { FakeClock } from './fakeClock.ts';
import { RecordingLogger } from './fakeLogger.ts';
import { listing, readyState, sampleOffer, sampleServer } from './samples.ts';

/** What a scripted server offers at one moment. */
export interface Offering {
  readonly tools?: readonly Tool[];
  readonly toolProblems?: readonly string[];
  readonly prompts?: readonly JsonObject[];
  readonly instructions?: string;
  readonly version?: string;
  readonly launchHash?: string;
}

/** A connected server with these definitions. */
export function offering(name: string, offered: Offering): ServerSnapshot {
  const { definition } = sampleServer(name);
  if (readyState.kind !== 'ready') throw new TypeError('the sample is connected');
  const version = offered.version ?? '1.0.0';
  const serverInfo = { name, title: undefined, version, description: undefined, websiteUrl: undefined };
  return sampleServer(name, {
    definition: { ...definition, launchHash: offered.launchHash ?? 'l'.repeat(64) },
    state: { ...readyState, info: { ...readyState.info, serverInfo, instructions: offered.instructions } },
    offer: sampleOffer([], {
      tools: listing(offered.tools ?? [], offered.toolProblems ?? []),
      prompts: listing((offered.prompts ?? []).map(promptOf)),
    }),
  });
}

/** A tool with a description. */
export function describedTool(name: string, description: string, more: JsonObject = {}): Tool {
  return fakeTool(name, { description, ...more });
}

function promptOf(raw: JsonObject): Prompt {
  return { name: String(raw['name']), title: undefined, description: undefined, arguments: [], raw };
}

/** The definitions of one window over the database of a folder. */
export function openDefinitions(dir: string, clock = new FakeClock()) {
  const logger = new RecordingLogger();
  const db = Database.open(join(dir, 'state.db'));
  const servers = new Store<readonly ServerSnapshot[]>([]);
  const rows = createPinRows(db, logger, sha256);
  const activity = createActivityRows(db, sha256);
  let account = '';
  const definitions = new Definitions({
    connections: { servers, get: (id) => servers.get().find(({ definition }) => definition.id === id) },
    ...{ rows, activity, clock, sha256, logger },
    transaction: (fn) => db.transaction(fn),
    accountOf: () => account,
  });
  const requests = new Requests();
  const asking = askForReviews({ definitions, requests, clock });
  return {
    ...{ db, rows, activity, definitions, requests, clock, logger },
    /** The server offers this from now on. */
    offer: (offered: Offering, name = 'files') => servers.set([offering(name, offered)]),
    remove: () => servers.set([]),
    signIn: (as: string) => {
      account = as;
    },
    log: () =>
      activity
        .page(100)
        .map(({ event }) => event)
        .reverse(),
    close: () => {
      asking.dispose();
      definitions.dispose();
      db.close();
    },
  };
}
