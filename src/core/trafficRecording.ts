import type { Frame } from './connection.ts';
import type { FrameBudget } from './frameBudget.ts';
import { FrameBuffer } from './frameBuffer.ts';
import { framesOfJob } from './jobFrames.ts';

/** Whether the messages of a server are recorded, and how many are gone. */
export interface TrafficStanding {
  /** `off`: by the setting, for every server; `paused`: by the user, for this one. */
  readonly recording: 'on' | 'paused' | 'off';
  /** Older messages of this connection that had to make room. */
  readonly dropped: number;
}

/** The messages of one server: those of its current or last connection, until the user clears them; none are made while paused. */
export class TrafficRecording {
  readonly #budget: FrameBudget;
  readonly #isOn: () => boolean;
  #buffer: FrameBuffer;
  #isPaused: boolean;

  constructor(budget: FrameBudget, isOn: () => boolean, isPaused = false) {
    this.#isPaused = isPaused;
    this.#budget = budget;
    this.#isOn = isOn;
    this.#buffer = new FrameBuffer(undefined, undefined, budget);
  }

  /** False: no frame is to be made. */
  get isWanted(): boolean {
    return !this.#isPaused && this.#isOn();
  }

  get standing(): TrafficStanding {
    const recording = !this.#isOn() ? 'off' : this.#isPaused ? 'paused' : 'on';
    return { recording, dropped: this.#buffer.dropped };
  }

  /** Where a new connection puts its frames; those of the one before are forgotten. */
  begin(): FrameBuffer {
    this.#buffer.close();
    this.#buffer = new FrameBuffer(undefined, undefined, this.#budget);
    return this.#buffer;
  }

  /** Oldest first. */
  frames(): readonly Frame[] {
    return this.#buffer.list();
  }

  /** Those of one call, and of its task. */
  jobFrames(callId: string, taskId: string | undefined): readonly Frame[] {
    return framesOfJob(this.#buffer.list(), this.#buffer.calls.of(callId), taskId);
  }

  /** Holds over reconnects and reloads, until the user goes on. */
  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
  }

  clear(): void {
    this.#buffer.clear();
  }

  /** For a server that is gone. */
  close(): void {
    this.#buffer.close();
  }
}
