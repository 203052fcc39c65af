import type { Frame } from './connection.ts';

/** Something that holds frames within a budget. */
export interface FrameHolder {
  /** When its oldest frame was recorded; nothing when it holds none. */
  readonly oldestAt: number | undefined;
  /** Drops its oldest frame and gives its share back. */
  dropOldest(): void;
}

const overhead = 256;

/** About how many bytes of memory a frame takes. */
export function memoryOf({ text, method, http }: Frame): number {
  let units = text.length + (method?.length ?? 0);
  for (const headers of http ? [http.requestHeaders, http.responseHeaders] : [])
    for (const [name, value] of Object.entries(headers)) units += name.length + value.length;
  return overhead + 2 * units;
}

/** The memory that the frames of all connections share; when it is full, the oldest frame of any of them goes. */
export class FrameBudget {
  readonly #maxBytes: number;
  readonly #holders = new Set<FrameHolder>();
  #bytes = 0;

  constructor(maxBytes = 16 * 1024 * 1024) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes that are held now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Notes a frame that `holder` has added already; the oldest go until all fit. */
  take(holder: FrameHolder, bytes: number): void {
    this.#holders.add(holder);
    this.#bytes += bytes;
    while (this.#bytes > this.#maxBytes) {
      const oldest = this.#oldest();
      if (!oldest) return;
      oldest.dropOldest();
    }
  }

  /** Notes that frames are gone. */
  give(bytes: number): void {
    this.#bytes -= bytes;
  }

  /** Forgets a holder that has given everything back. */
  leave(holder: FrameHolder): void {
    this.#holders.delete(holder);
  }

  #oldest(): FrameHolder | undefined {
    let found: FrameHolder | undefined;
    let foundAt = Infinity;
    for (const holder of this.#holders) {
      const at = holder.oldestAt;
      if (at !== undefined && at < foundAt) [found, foundAt] = [holder, at];
    }
    return found;
  }
}
