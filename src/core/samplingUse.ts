import { isJsonObject, jsonItems, parseStored } from './json.ts';
import type { Clock, Memory } from './ports.ts';

/** How much each server may ask of language models; 0 = nothing. */
export interface SamplingLimits {
  readonly requestsPerHour: number;
  readonly tokensPerDay: number;
}

/** What a server has asked for lately, beside what it may. */
export interface SamplingRoom {
  readonly requests: number;
  readonly tokens: number;
  readonly limits: SamplingLimits;
}

/** Why a model request is not even shown. */
export type SamplingRefusal = 'off' | 'requests' | 'tokens';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const bucketMs = 10 * 60_000;
const maxKept = 2_000;

interface Use {
  readonly requests: readonly number[];
  readonly tokens: readonly (readonly [at: number, count: number])[];
}

/** Counts what each server asks of language models, over reloads, and says when it is enough. */
export class SamplingUse {
  readonly #memory: Memory;
  readonly #clock: Clock;
  readonly #limits: () => SamplingLimits;

  constructor(memory: Memory, clock: Clock, limits: () => SamplingLimits) {
    this.#memory = memory;
    this.#clock = clock;
    this.#limits = limits;
  }

  room(serverId: string): SamplingRoom {
    const { requests, tokens } = this.#read(serverId);
    return { requests: requests.length, tokens: sum(tokens), limits: this.#limits() };
  }

  /** Counts one request in, answered or not: asking wears the user out too. Says why when the server may not ask now. */
  take(serverId: string): SamplingRefusal | undefined {
    const use = this.#read(serverId);
    const { requestsPerHour, tokensPerDay } = this.#limits();
    if (requestsPerHour <= 0 || tokensPerDay <= 0) return 'off';
    if (use.requests.length >= requestsPerHour) return 'requests';
    if (sum(use.tokens) >= tokensPerDay) return 'tokens';
    this.#write(serverId, { ...use, requests: [...use.requests, this.#clock.now()] });
    return undefined;
  }

  /** Tokens that the server may still use today. */
  tokensLeft(serverId: string): number {
    const { tokens, limits } = this.room(serverId);
    return Math.max(0, limits.tokensPerDay - tokens);
  }

  /** Counts tokens, of the prompt and the answer. */
  spend(serverId: string, count: number): void {
    if (!(count > 0)) return;
    const use = this.#read(serverId);
    const bucket = Math.floor(this.#clock.now() / bucketMs) * bucketMs;
    const same = use.tokens.find(([at]) => at === bucket);
    const others = use.tokens.filter(([at]) => at !== bucket);
    this.#write(serverId, { ...use, tokens: [...others, [bucket, (same?.[1] ?? 0) + Math.ceil(count)]] });
  }

  #read(serverId: string): Use {
    const now = this.#clock.now();
    const kept = parseStored(this.#memory.get(keyOf(serverId)));
    const { requests, tokens } = isJsonObject(kept) ? kept : {};
    return {
      requests: jsonItems(requests).filter((at) => typeof at === 'number' && now - at < hourMs) as number[],
      tokens: jsonItems(tokens).flatMap((pair): [number, number][] => {
        const [at, count] = jsonItems(pair);
        return typeof at === 'number' && typeof count === 'number' && now - at < dayMs ? [[at, count]] : [];
      }),
    };
  }

  #write(serverId: string, { requests, tokens }: Use): void {
    this.#memory.set(keyOf(serverId), JSON.stringify({ requests: requests.slice(-maxKept), tokens }));
  }
}

function keyOf(serverId: string): string {
  return `sampling.use:${serverId}`;
}

function sum(tokens: Use['tokens']): number {
  return tokens.reduce((total, [, count]) => total + count, 0);
}
