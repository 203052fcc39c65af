import type { Frame, HttpFacts } from '../../core/connection.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Clock } from '../../core/ports.ts';
import { previewJson } from './previewJson.ts';
import { RateLimit } from './rateLimit.ts';
import type { Redact } from './redactor.ts';

export interface FrameRecorderDeps {
  readonly clock: Clock;
  readonly redact: Redact;
  /** Length of the longest secret: text is read that much further than it is kept, so that no cut reveals half of one. */
  readonly lookAhead: number;
  readonly record: (frame: Frame) => void;
  /** False while nobody wants frames. */
  readonly isWanted?: () => boolean;
}

const maxText = 8_192;
const maxMethod = 120;
const floodLimit = 300;

/** Turns messages into frames for the traffic view: cut, redacted, and counted instead of kept when they come too fast. */
export class FrameRecorder {
  readonly #deps: FrameRecorderDeps;
  readonly #flood: RateLimit;

  constructor(deps: FrameRecorderDeps) {
    this.#deps = deps;
    this.#flood = new RateLimit(deps.clock, floodLimit, 1_000, (count) => {
      this.#record(
        'received',
        'notification',
        undefined,
        undefined,
        0,
        `… ${count} more messages came too fast to be recorded`,
      );
    });
  }

  /** `text`: the message as it stood on the wire, where that is known. `isSolicited`: always recorded. */
  message(
    direction: Frame['direction'],
    message: JsonObject,
    text: string | undefined,
    isSolicited: boolean,
    http?: HttpFacts,
  ): void {
    if (this.#deps.isWanted?.() === false) return;
    if (!isSolicited && !this.#flood.allow()) return;
    const { method, id } = message;
    const room = maxText + this.#deps.lookAhead;
    const shown =
      text === undefined
        ? previewJson(message, room)
        : { text: text.slice(0, room), size: Buffer.byteLength(text) };
    const name = typeof method === 'string' ? method.slice(0, maxMethod) : undefined;
    const kind = name === undefined ? 'response' : id === undefined ? 'notification' : 'request';
    this.#record(
      direction,
      kind,
      name,
      typeof id === 'string' || typeof id === 'number' ? id : undefined,
      shown.size,
      shown.text,
      http,
    );
  }

  /** An answer with an HTTP status that is no success, and no message that we could read. */
  refused(id: number, http: HttpFacts, statusText: string): void {
    if (this.#deps.isWanted?.() === false) return;
    this.#record('received', 'response', undefined, id, 0, `HTTP ${http.status} ${statusText}`.trim(), http);
  }

  /** Something that is no JSON-RPC message. */
  invalid(start: string, bytes: number): void {
    if (this.#deps.isWanted?.() === false) return;
    if (this.#flood.allow()) this.#record('received', 'invalid', undefined, undefined, bytes, start);
  }

  #record(
    direction: Frame['direction'],
    kind: Frame['kind'],
    method: string | undefined,
    id: string | number | undefined,
    bytes: number,
    text: string,
    http?: HttpFacts,
  ): void {
    const redacted = this.#deps.redact(text);
    const cut = redacted.length > maxText ? `${redacted.slice(0, maxText)}…` : redacted;
    const at = this.#deps.clock.now();
    this.#deps.record({ at, direction, bytes, kind, method, id, text: cut, ...(http ? { http } : {}) });
  }
}
