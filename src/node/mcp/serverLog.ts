import type { ConnectionHooks, LogLevel } from '../../core/connection.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { logLevelOf } from '../../core/logLevel.ts';
import type { Clock } from '../../core/ports.ts';
import { visibleText } from '../../core/util/text.ts';
import { previewJson } from './previewJson.ts';
import { RateLimit } from './rateLimit.ts';
import type { Redact } from './redactor.ts';

const maxText = 8_192;
const perSecond = 200;
const tailLines = 8;
const tailChars = 2_000;
// eslint-disable-next-line no-control-regex
const colours = /\u001B\[[0-9;]*m/g;

/** What a server says for its log: made visible, redacted, and counted instead of kept when it comes too fast. */
export class ServerLog {
  readonly #hooks: Pick<ConnectionHooks, 'log' | 'stderr'>;
  readonly #redact: Redact;
  readonly #flood: RateLimit;
  #tail: string[] = [];

  constructor(hooks: Pick<ConnectionHooks, 'log' | 'stderr'>, redact: Redact, clock: Clock) {
    this.#hooks = hooks;
    this.#redact = redact;
    this.#flood = new RateLimit(clock, perSecond, 1_000, (count) => {
      hooks.log('warning', `… ${count} more messages came too fast to be logged`, true);
    });
  }

  /** The last lines of stderr. */
  get stderrTail(): string {
    return this.#tail.join('\n').slice(-tailChars);
  }

  /** A `notifications/message`. */
  message(params: JsonObject): void {
    const { level, logger, data } = params;
    const known = logLevelOf(level) ?? 'info';
    const prefix = typeof logger === 'string' && logger !== '' ? `[${logger.slice(0, 100)}] ` : '';
    this.#log(known, prefix + textOf(data));
  }

  /** Something that we noticed about the server. */
  problem(text: string): void {
    this.#log('warning', text, true);
  }

  /** Whole lines of a process's stderr. */
  stderr(text: string): void {
    const shown = this.#visible(text.replace(colours, '').trimEnd());
    this.#tail = [...this.#tail, ...shown.split('\n')].slice(-tailLines);
    if (this.#flood.allow()) this.#hooks.stderr(shown);
  }

  #log(level: LogLevel, text: string, isOurs = false): void {
    if (this.#flood.allow()) this.#hooks.log(level, this.#visible(text.replace(colours, '')), isOurs);
  }

  #visible(text: string): string {
    return visibleText(this.#redact(text.slice(0, 4 * maxText)), { maxLength: maxText }).text;
  }
}

function textOf(data: Json | undefined): string {
  if (typeof data === 'string') return data;
  return data === undefined ? '' : previewJson(data, maxText).text;
}
