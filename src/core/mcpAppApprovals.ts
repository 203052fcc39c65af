import { isJsonObject } from './json.ts';
import type { AppDocument } from './mcpApps.ts';
import type { Clock, Memory, Sha256 } from './ports.ts';
import { canonicalJson } from './util/canonicalJson.ts';

/** One app of one server, as it is: its launch and its content. */
export interface AppIdentity {
  readonly serverId: string;
  readonly launchHash: string;
  readonly uri: string;
  /** Of the HTML and everything declared. */
  readonly contentHash: string;
}

interface Approval extends AppIdentity {
  readonly at: number; // ms since the epoch
}

const memoryKey = 'mcpApps';
const maxKept = 200;

/** Lower-case hex SHA-256 of what an app is and declares. */
export function appHash({ html, declaration }: AppDocument, sha256: Sha256): string {
  return sha256(canonicalJson({ html: html.toWellFormed(), declaration }));
}

/** The apps that the user let in: bound to launch and content, remembered until one of them changes. */
export class AppApprovals {
  readonly #memory: Memory;
  readonly #clock: Clock;

  constructor(memory: Memory, clock: Clock) {
    this.#memory = memory;
    this.#clock = clock;
  }

  /** `changed`: the app at this address was let in when it, or its server's launch, was another. */
  state(app: AppIdentity): 'given' | 'changed' | 'none' {
    const found = this.#list().find((one) => one.serverId === app.serverId && one.uri === app.uri);
    if (!found) return 'none';
    const isSame = found.launchHash === app.launchHash && found.contentHash === app.contentHash;
    return isSame ? 'given' : 'changed';
  }

  give({ serverId, launchHash, uri, contentHash }: AppIdentity): void {
    const others = this.#list().filter((one) => one.serverId !== serverId || one.uri !== uri);
    const all = [...others, { serverId, launchHash, uri, contentHash, at: this.#clock.now() }];
    this.#memory.set(memoryKey, JSON.stringify(all.slice(-maxKept)));
  }

  /** Each app of the server asks again. */
  revoke(serverId: string): void {
    const left = this.#list().filter((one) => one.serverId !== serverId);
    this.#memory.set(memoryKey, left.length === 0 ? undefined : JSON.stringify(left));
  }

  #list(): readonly Approval[] {
    try {
      const stored: unknown = JSON.parse(this.#memory.get(memoryKey) ?? '[]');
      return Array.isArray(stored) ? stored.filter(isApproval) : [];
    } catch {
      return []; // what cannot be read was never let in
    }
  }
}

function isApproval(value: unknown): value is Approval {
  return (
    isJsonObject(value) &&
    ['serverId', 'launchHash', 'uri', 'contentHash'].every((name) => typeof value[name] === 'string') &&
    typeof value['at'] === 'number'
  );
}
