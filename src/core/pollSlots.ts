const slotMs = 20;
const tries = 4;

/** A moment that was booked. */
export interface Booking {
  readonly at: number;
  /** Gives it back; to be called once it has come or is not wanted any more. */
  release(): void;
}

/** Spreads work over time: of a few random moments the emptiest one is taken, so that many jobs never fall due together. */
export class PollSlots {
  readonly #random: () => number;
  readonly #counts = new Map<number, number>();

  constructor(random: () => number) {
    this.#random = random;
  }

  /** A moment from `from` until `to`, both in milliseconds. */
  book(from: number, to: number): Booking {
    let best = from;
    let bestCount = Infinity;
    for (let i = 0; i < tries && bestCount > 0; i++) {
      const at = from + (to - from) * this.#random();
      const count = this.#counts.get(slotOf(at)) ?? 0;
      if (count >= bestCount) continue;
      best = at;
      bestCount = count;
    }
    const slot = slotOf(best);
    this.#counts.set(slot, (this.#counts.get(slot) ?? 0) + 1);
    let isHeld = true;
    return {
      at: best,
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        const left = (this.#counts.get(slot) ?? 1) - 1;
        if (left > 0) this.#counts.set(slot, left);
        else this.#counts.delete(slot);
      },
    };
  }
}

function slotOf(at: number): number {
  return Math.floor(at / slotMs);
}
