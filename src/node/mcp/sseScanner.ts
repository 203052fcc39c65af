import { isJsonObject } from '../../core/json.ts';
import { tooLarge } from './lineSplitter.ts';

const newline = 10;
const carriageReturn = 13;
// Requests of a server are small; a bigger event is not looked into.
const lookedIntoMax = 65_536;
const eventId = /^id:[ ]?./m;

/** What a scanner sees in an event stream. */
export interface SseSights {
  /** An event carried a request of the server. */
  readonly onRequest: (id: string) => void;
  /** An event carried an id to resume from. */
  readonly onEventId: () => void;
}

/** Watches the bytes of a server-sent event stream go by: bounds the size of an event, and tells which stream a request came on. */
export class SseScanner {
  readonly #maxEventBytes: number;
  readonly #sights: SseSights;
  #parts: Buffer[] = [];
  #eventBytes = 0;
  #isLineEmpty = true;

  constructor(maxEventBytes: number, sights: SseSights) {
    this.#maxEventBytes = maxEventBytes;
    this.#sights = sights;
  }

  /** Throws `too-large` when one event grows past the limit. */
  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let start = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      const line = bytes.subarray(start, end + 1);
      this.#keep(line);
      const isBlank = this.#isLineEmpty && isOnlyReturn(bytes, start, end);
      this.#isLineEmpty = true;
      start = end + 1;
      if (isBlank) this.#endEvent();
    }
    if (start < bytes.length) {
      this.#keep(bytes.subarray(start));
      this.#isLineEmpty &&= isOnlyReturn(bytes, start, bytes.length);
    }
  }

  #keep(part: Buffer): void {
    this.#eventBytes += part.length;
    if (this.#eventBytes > this.#maxEventBytes) throw tooLarge(this.#maxEventBytes);
    if (this.#eventBytes <= lookedIntoMax) this.#parts.push(part);
    else this.#parts = [];
  }

  #endEvent(): void {
    const isWhole = this.#eventBytes <= lookedIntoMax;
    const event = isWhole ? Buffer.concat(this.#parts) : undefined;
    this.#parts = [];
    this.#eventBytes = 0;
    if (!event) return;
    const isRequestLike = event.includes('"method"') && event.includes('"id"');
    if (!isRequestLike && !event.includes('id:')) return;
    const text = event.toString('utf8');
    if (eventId.test(text)) this.#sights.onEventId();
    if (!isRequestLike) return;
    const data = text
      .split(/\r?\n/)
      .filter((line) => line.startsWith('data:'))
      .map((line) => line.slice(5))
      .join('\n');
    try {
      const message: unknown = JSON.parse(data);
      if (!isJsonObject(message) || typeof message['method'] !== 'string') return;
      const { id } = message;
      if (typeof id === 'string' || typeof id === 'number') this.#sights.onRequest(String(id));
    } catch {
      // The transport reports what it cannot parse.
    }
  }
}

function isOnlyReturn(bytes: Buffer, start: number, end: number): boolean {
  return end === start || (end === start + 1 && bytes[start] === carriageReturn);
}
