import { genesis, lineHash, type ActivityHead, type StoredLine } from './activity.ts';
import { bodyOf, numberOf, textOf } from './activityRead.ts';
import type { Sha256 } from './ports.ts';

/** Something in the log that is not as it was written. */
export interface ActivityProblem {
  readonly kind:
    | 'changed' // the line is not what its hash says
    | 'unlinked' // it does not follow the line before it
    | 'missing' // lines `seq` to `to` are gone
    | 'start-missing' // lines before `seq` are gone, and no checkpoint says that they were pruned
    | 'returned' // the line is older than what the checkpoint says was pruned
    | 'end-changed' // the last line is not the one of the head record
    | 'end-added' // lines after the head record's were not written by us
    | 'head-missing' // the head record is gone
    | 'rewritten' // line `seq` is not the one that the record kept elsewhere has
    | 'replaced'; // the record kept elsewhere has line `seq`, and the log ends before it
  readonly seq: number;
  /** Of missing lines: the last one. */
  readonly to?: number;
}

/** What a check of the whole log found. */
export interface ActivityVerdict {
  readonly lines: number;
  readonly first: number | undefined;
  readonly last: number | undefined;
  /** How many lines were pruned, as the newest checkpoint says. */
  readonly pruned: number;
  /** The line up to which the record kept elsewhere vouches. */
  readonly anchored: number | undefined;
  /** The first twenty; none when the chain holds. */
  readonly problems: readonly ActivityProblem[];
  readonly problemCount: number;
}

const maxProblems = 20;

interface Checkpoint {
  readonly through: number;
  readonly hash: string;
  readonly total: number;
}

/** Follows the chain line by line, oldest first, and goes on after a problem. */
export class ChainCheck {
  readonly #sha256: Sha256;
  readonly #anchor: ActivityHead | undefined;
  readonly #problems: ActivityProblem[] = [];
  #problemCount = 0;
  #lines = 0;
  #first: StoredLine | undefined;
  #last: ActivityHead | undefined;
  #checkpoint: Checkpoint | undefined;

  constructor(sha256: Sha256, anchor?: ActivityHead) {
    this.#sha256 = sha256;
    this.#anchor = anchor;
  }

  /** The line that the next one must follow. */
  get last(): ActivityHead | undefined {
    return this.#last;
  }

  get lines(): number {
    return this.#lines;
  }

  get problemCount(): number {
    return this.#problemCount;
  }

  add(line: StoredLine): void {
    this.#lines++;
    const { seq, previous } = line;
    if (!this.#last) {
      this.#first = line;
      if (seq <= 1 && previous !== genesis) this.#found({ kind: 'unlinked', seq });
    } else if (seq !== this.#last.seq + 1) {
      this.#found({ kind: 'missing', seq: this.#last.seq + 1, to: seq - 1 });
    } else if (previous !== this.#last.hash) this.#found({ kind: 'unlinked', seq });
    if (!this.#isAsWritten(line)) this.#found({ kind: 'changed', seq });
    if (this.#anchor?.seq === seq && this.#anchor.hash !== line.hash) this.#found({ kind: 'rewritten', seq });
    this.#last = { seq, hash: line.hash };
  }

  /** The result, when `head` is what the head record says after the last line was read; `strays` are rows that no number leads to. */
  end(head: ActivityHead | undefined, strays = 0): ActivityVerdict {
    this.#checkStart();
    this.#checkEnd(head);
    if (strays > 0) this.#found({ kind: 'end-added', seq: this.#last?.seq ?? 0 });
    const anchor = this.#anchor;
    const [first, last] = [this.#first?.seq, this.#last?.seq];
    if (anchor && anchor.seq > (last ?? 0)) this.#found({ kind: 'replaced', seq: anchor.seq });
    const checkpoint = this.#checkpoint;
    if (anchor && anchor.seq === checkpoint?.through && anchor.hash !== checkpoint.hash)
      this.#found({ kind: 'rewritten', seq: anchor.seq });
    return {
      lines: this.#lines,
      first,
      last,
      pruned: checkpoint?.total ?? 0,
      anchored: anchor && anchor.seq <= (last ?? 0) ? anchor.seq : undefined,
      problems: this.#problems,
      problemCount: this.#problemCount,
    };
  }

  #isAsWritten(line: StoredLine): boolean {
    const event = bodyOf(line.body);
    // The text must be the one that we wrote: a reader of another mind must not see another event in it.
    if (!event || event['kind'] !== line.kind || JSON.stringify(event) !== line.body) return false;
    try {
      if (lineHash({ ...line, event }, this.#sha256) !== line.hash) return false;
    } catch {
      return false;
    }
    if (line.kind === 'pruned') {
      const [through, total] = [numberOf(event, 'through'), numberOf(event, 'total')];
      const hash = textOf(event, 'hash');
      if (through !== undefined && total !== undefined && hash !== undefined)
        this.#checkpoint = { through, total, hash };
    }
    return true;
  }

  #checkStart(): void {
    const first = this.#first;
    if (!first) return;
    const through = this.#checkpoint?.through ?? 0;
    if (through > 0 && first.seq <= through) this.#found({ kind: 'returned', seq: first.seq });
    else if (first.seq > through + 1) this.#found({ kind: 'start-missing', seq: first.seq });
    else if (this.#checkpoint && this.#checkpoint.hash !== first.previous)
      this.#found({ kind: 'unlinked', seq: first.seq });
  }

  #checkEnd(head: ActivityHead | undefined): void {
    const last = this.#last;
    if (!head) {
      if (last) this.#found({ kind: 'head-missing', seq: last.seq });
    } else if (!last || head.seq > last.seq) {
      this.#found({ kind: 'missing', seq: (last?.seq ?? 0) + 1, to: head.seq });
    } else if (head.seq < last.seq) this.#found({ kind: 'end-added', seq: last.seq });
    else if (head.hash !== last.hash) this.#found({ kind: 'end-changed', seq: last.seq });
  }

  #found(problem: ActivityProblem): void {
    this.#problemCount++;
    if (this.#problems.length < maxProblems) this.#problems.push(problem);
  }
}
