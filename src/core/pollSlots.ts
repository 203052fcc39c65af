const slotMs = 1_000;
const tries = 4;

/** A moment that was booked. */
export interface Booking {
  readonly at: number;
  /** Gives it back; to be called once it has come or is not wanted any more. */
  release(): void;
}

/**
 * Spreads work over time, a limited number in each second, so that many jobs never fall due together. What falls into the
 * same second is done at one moment where that is wanted anyway: waking up costs more than the work.
 */
export class PollSlots {
  readonly #random: () => number;
  readonly #counts = new Map<number, number>();

  constructor(random: () => number) {
    this.#random = random;
  }

  /** A moment from `from` until `to`, both in milliseconds; later when there are `perSlot` in every second until then. */
  book(from: number, to: number, perSlot: number): Booking {
    const at = this.#find(from, to, perSlot);
    const slot = slotOf(at);
    this.#counts.set(slot, this.#count(slot) + 1);
    let isHeld = true;
    return {
      at,
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        const left = this.#count(slot) - 1;
        if (left > 0) this.#counts.set(slot, left);
        else this.#counts.delete(slot);
      },
    };
  }

  /** Of a few random moments the one with the fewest beside it. */
  #find(from: number, to: number, perSlot: number): number {
    let best = from;
    let fewest = Infinity;
    for (let i = 0; i < tries && fewest > 0; i++) {
      const at = from + (to - from) * this.#random();
      const start = slotOf(at) * slotMs;
      const count = this.#count(slotOf(at));
      if (count >= fewest) continue;
      best = start >= from ? start : at;
      fewest = count;
    }
    if (fewest < perSlot) return best;
    let slot = slotOf(from) + 1;
    while (this.#count(slot) >= perSlot) slot++;
    return slot * slotMs;
  }

  #count(slot: number): number {
    return this.#counts.get(slot) ?? 0;
  }
}

function slotOf(at: number): number {
  return Math.floor(at / slotMs);
}
