import { AppError } from '../../core/util/errors.ts';

const newline = 10;

/** Splits a byte stream into lines; holds at most `maxBytes` of an unfinished line and copies each byte once. */
export class LineSplitter {
  readonly #maxBytes: number;
  readonly #onLine: (line: Buffer) => void;
  #parts: Buffer[] = [];
  #size = 0;

  constructor(maxBytes: number, onLine: (line: Buffer) => void) {
    this.#maxBytes = maxBytes;
    this.#onLine = onLine;
  }

  /** Throws `too-large` when a line grows past the limit; the splitter is empty afterwards. */
  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const line = this.#take(chunk.subarray(start, end));
      start = end + 1;
      this.#onLine(line);
    }
    if (start < chunk.length) this.#hold(chunk.subarray(start));
  }

  #take(last: Buffer): Buffer {
    if (this.#parts.length === 0) return last;
    this.#hold(last);
    const line = Buffer.concat(this.#parts, this.#size);
    this.#clear();
    return line;
  }

  #hold(part: Buffer): void {
    this.#parts.push(part);
    this.#size += part.length;
    if (this.#size <= this.#maxBytes) return;
    this.#clear();
    throw tooLarge(this.#maxBytes);
  }

  #clear(): void {
    this.#parts = [];
    this.#size = 0;
  }
}

/** The error for a message that is not read because of its size. */
export function tooLarge(maxBytes: number): AppError {
  return new AppError('too-large', `the server sent a message of more than ${maxBytes / 2 ** 20} MB`, {
    nextStep: 'Ask the server for less at once, for example with a limit or a page in the arguments.',
  });
}
