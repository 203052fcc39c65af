import type { GatewayCatalog } from './gatewayCatalog.ts';

/** What the user decides about the gateway; read at the time of use. */
export interface GatewaySettings {
  /** Offers `start_job`, `job_status`, `job_result` and `cancel_job` too. */
  readonly jobTools: boolean;
  /** Three tools that find the others in place of them all: always, never, or above one of the two limits. */
  readonly discovery: 'on' | 'off' | 'auto';
  readonly discoveryAboveTools: number;
  readonly discoveryAboveTokens: number;
  /** Who answers what servers ask during a call: our inbox, or the caller where it says that it can. */
  readonly questions: 'inbox' | 'caller';
}

export const defaultGatewaySettings: GatewaySettings = {
  jobTools: false,
  discovery: 'auto',
  discoveryAboveTools: 120,
  discoveryAboveTokens: 40_000,
  questions: 'inbox',
};

/** How much of a model's context a list of tools takes, roughly: four characters a token. */
export function toolTokens(catalog: GatewayCatalog): number {
  let characters = 0;
  for (const { definition, tool } of catalog.tools.values()) {
    let length = lengths.get(tool.raw);
    if (length === undefined) lengths.set(tool.raw, (length = JSON.stringify(definition).length));
    characters += length;
  }
  return Math.ceil(characters / 4);
}

const lengths = new WeakMap<object, number>();

/** Whether a caller gets the tools that find tools in place of them all. */
export function isDiscovered(catalog: GatewayCatalog, settings: GatewaySettings): boolean {
  if (settings.discovery !== 'auto') return settings.discovery === 'on';
  if (catalog.tools.size > settings.discoveryAboveTools) return true;
  return toolTokens(catalog) > settings.discoveryAboveTokens;
}
