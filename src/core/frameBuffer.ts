import type { Frame } from './connection.ts';

const maxFrames = 500;
const maxText = 1024 * 1024; // UTF-16 units kept over all frames

/** The last frames of a connection, bounded by number and size. */
export class FrameBuffer {
  #frames: Frame[] = [];
  #size = 0;
  #start = 0;

  push(frame: Frame): void {
    this.#frames.push(frame);
    this.#size += frame.text.length;
    while (this.#frames.length - this.#start > maxFrames || (this.#size > maxText && this.#frames.length - this.#start > 1)) {
      this.#size -= this.#frames[this.#start++]!.text.length;
    }
    if (this.#start > maxFrames) {
      this.#frames = this.#frames.slice(this.#start);
      this.#start = 0;
    }
  }

  /** Oldest first. */
  list(): readonly Frame[] {
    return this.#frames.slice(this.#start);
  }
}
