import type { Frame } from './connection.ts';
import { memoryOf, type FrameBudget, type FrameHolder } from './frameBudget.ts';
import { SentCalls } from './sentCalls.ts';

/** The last frames of one connection, bounded by number, by text and by what all connections share; adding one costs the same however many were seen. */
export class FrameBuffer implements FrameHolder {
  /** Which requests among the frames belong to which call. */
  readonly calls = new SentCalls();
  readonly #maxFrames: number;
  readonly #maxText: number; // UTF-16 units over all frames
  readonly #budget: FrameBudget | undefined;
  #frames: (Frame | undefined)[] = [];
  #first = 0; // places before it are empty; they leave the array in batches
  #text = 0;
  #dropped = 0;
  #isClosed = false;
  #listed: readonly Frame[] | undefined;

  constructor(maxFrames = 500, maxText = 1024 * 1024, budget?: FrameBudget) {
    this.#maxFrames = maxFrames;
    this.#maxText = maxText;
    this.#budget = budget;
  }

  /** How many frames had to go since it was made or cleared. */
  get dropped(): number {
    return this.#dropped;
  }

  get oldestAt(): number | undefined {
    return this.#frames[this.#first]?.at;
  }

  push(frame: Frame): void {
    if (this.#isClosed) return;
    this.#listed = undefined;
    const kept =
      frame.text.length <= this.#maxText ? frame : { ...frame, text: frame.text.slice(0, this.#maxText) };
    this.#frames.push(kept);
    this.#text += kept.text.length;
    while (this.#frames.length - this.#first > this.#maxFrames || this.#text > this.#maxText)
      this.dropOldest();
    this.#budget?.take(this, memoryOf(kept));
    if (this.#first > this.#maxFrames) {
      this.#frames = this.#frames.slice(this.#first);
      this.#first = 0;
    }
  }

  dropOldest(): void {
    const frame = this.#frames[this.#first];
    if (!frame) return;
    this.#listed = undefined;
    this.#frames[this.#first++] = undefined;
    this.#text -= frame.text.length;
    this.#dropped++;
    this.#budget?.give(memoryOf(frame));
  }

  /** Forgets every frame, and how many were dropped. */
  clear(): void {
    while (this.oldestAt !== undefined) this.dropOldest();
    this.#frames = [];
    this.#first = 0;
    this.#dropped = 0;
  }

  /** Clears it; it takes nothing more. */
  close(): void {
    this.clear();
    this.#isClosed = true;
    this.#budget?.leave(this);
  }

  /** Oldest first; the same array until a frame is added or goes. */
  list(): readonly Frame[] {
    this.#listed ??= this.#frames.slice(this.#first).filter((frame) => frame !== undefined);
    return this.#listed;
  }
}
