import type { EraVerdict, LogLevel } from './connection.ts';
import { isJsonObject, parseStored } from './json.ts';
import { logLevelOf } from './logLevel.ts';
import type { Memory } from './ports.ts';

const maxVerdictText = 64 * 1024; // a discover answer is the server's text: a huge one is not worth a probe

/** What outlives a reload about each server: autostart, tools switched off, its log level, paused recording, and which era it spoke. */
export class ServerMemory {
  readonly #memory: Memory;
  readonly #disabled = new Map<
    string,
    { readonly text: string | undefined; readonly names: ReadonlySet<string> }
  >();

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  isAutostart(serverId: string): boolean {
    return this.#memory.get(autostartKey(serverId)) === 'on';
  }

  setAutostart(serverId: string, on: boolean): void {
    this.#memory.set(autostartKey(serverId), on ? 'on' : undefined);
  }

  /** Names of the tools that are switched off; the same set until that changes. */
  disabledTools(serverId: string): ReadonlySet<string> {
    const text = this.#memory.get(disabledKey(serverId));
    const known = this.#disabled.get(serverId);
    if (known && known.text === text) return known.names;
    const names = new Set(readNames(text));
    this.#disabled.set(serverId, { text, names });
    return names;
  }

  setToolEnabled(serverId: string, tool: string, on: boolean): void {
    const names = new Set(this.disabledTools(serverId));
    if (on) names.delete(tool);
    else names.add(tool);
    this.#memory.set(disabledKey(serverId), names.size === 0 ? undefined : JSON.stringify([...names]));
  }

  /** The level that the user chose for its log. */
  logLevel(serverId: string): LogLevel | undefined {
    return logLevelOf(this.#memory.get(logLevelKey(serverId)));
  }

  setLogLevel(serverId: string, level: LogLevel | undefined): void {
    this.#memory.set(logLevelKey(serverId), level);
  }

  /** The user paused the recording of its messages. */
  isTrafficPaused(serverId: string): boolean {
    return this.#memory.get(pausedKey(serverId)) === 'paused';
  }

  setTrafficPaused(serverId: string, isPaused: boolean): void {
    this.#memory.set(pausedKey(serverId), isPaused ? 'paused' : undefined);
  }

  /** The era that this server, started like this, was found to speak. */
  verdict(serverId: string, launchHash: string): EraVerdict | undefined {
    const value = parseStored(this.#memory.get(verdictKey(serverId)));
    if (!isJsonObject(value) || value['launchHash'] !== launchHash) return undefined;
    const { era, at, discover } = value;
    if ((era !== 'legacy' && era !== 'modern') || typeof at !== 'number') return undefined;
    return { era, at, discover: isJsonObject(discover) ? discover : undefined };
  }

  setVerdict(serverId: string, launchHash: string, { era, at, discover }: EraVerdict): void {
    const text = JSON.stringify({ launchHash, era, at, ...(discover ? { discover } : {}) });
    if (text.length <= maxVerdictText) this.#memory.set(verdictKey(serverId), text);
    else this.forgetVerdict(serverId);
  }

  /** The next connect probes again. */
  forgetVerdict(serverId: string): void {
    this.#memory.set(verdictKey(serverId), undefined);
  }
}

function readNames(text: string | undefined): string[] {
  const names = parseStored(text);
  return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
}

const autostartKey = (serverId: string) => `autostart:${serverId}`;
const disabledKey = (serverId: string) => `disabledTools:${serverId}`;
const logLevelKey = (serverId: string) => `logLevel:${serverId}`;
const pausedKey = (serverId: string) => `traffic:${serverId}`;
const verdictKey = (serverId: string) => `verdict:${serverId}`;
