import type { Frame } from './connection.ts';
import { SentCalls } from './sentCalls.ts';

/** The last frames of one connection, bounded by number and by text; adding one costs the same however many were seen. */
export class FrameBuffer {
  /** Which requests among the frames belong to which call. */
  readonly calls = new SentCalls();
  readonly #maxFrames: number;
  readonly #maxText: number; // UTF-16 units over all frames
  #frames: Frame[] = [];
  #first = 0; // frames before it are dropped; they leave the array in batches
  #text = 0;
  #listed: readonly Frame[] | undefined;

  constructor(maxFrames = 500, maxText = 1024 * 1024) {
    this.#maxFrames = maxFrames;
    this.#maxText = maxText;
  }

  push(frame: Frame): void {
    this.#listed = undefined;
    const kept =
      frame.text.length <= this.#maxText ? frame : { ...frame, text: frame.text.slice(0, this.#maxText) };
    this.#frames.push(kept);
    this.#text += kept.text.length;
    while (this.#frames.length - this.#first > this.#maxFrames || this.#text > this.#maxText) {
      this.#text -= this.#frames[this.#first++]?.text.length ?? 0;
    }
    if (this.#first > this.#maxFrames) {
      this.#frames = this.#frames.slice(this.#first);
      this.#first = 0;
    }
  }

  /** Oldest first; the same array until a frame is added. */
  list(): readonly Frame[] {
    this.#listed ??= this.#frames.slice(this.#first);
    return this.#listed;
  }
}
