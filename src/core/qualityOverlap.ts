import type { ServerSnapshot } from './connections.ts';
import type { Looked, QualityEvidence, QualityFacts } from './quality.ts';
import { oneLine } from './util/text.ts';
import { say } from './util/say.ts';

const maxTools = 2_000;
const maxSharers = 200; // a word that so many tools use tells nothing
const leastWords = 5;
const leastShare = 0.6;

interface Described {
  readonly server: string;
  readonly tool: string;
  readonly words: ReadonlySet<string>;
}

/** Tools of a server that are named or described like those of another configured one. */
export function overlaps({ server, others }: QualityFacts): Looked {
  if (!server.offer) return { why: say`the server has not been connected` };
  const known = others.filter((other) => other.offer !== undefined);
  if (known.length === 0) return { why: say`no other server has been connected` };
  const theirs = known.flatMap(described);
  const names = Map.groupBy(theirs, ({ tool }) => tool);
  const sharers = new Map<string, Described[]>();
  for (const one of theirs)
    for (const word of one.words) {
      const list = sharers.get(word);
      if (!list) sharers.set(word, [one]);
      else if (list.length <= maxSharers) list.push(one);
    }
  return described(server).flatMap((mine): QualityEvidence[] => {
    const subject = oneLine(mine.tool, 120);
    const same = names.get(mine.tool)?.[0];
    if (same) return [{ subject, detail: say`${oneLine(same.server, 120)} has a tool of the same name` }];
    const near = nearest(mine, sharers);
    if (!near) return [];
    const share = Math.round(near.share * 100);
    return [
      {
        subject,
        detail: say`shares ${share} % of its description’s words with ${oneLine(near.other.tool, 120)} of ${oneLine(near.other.server, 120)}`,
      },
    ];
  });
}

function described({ definition, offer }: ServerSnapshot): readonly Described[] {
  return (offer?.tools.items ?? []).slice(0, maxTools).map(({ name, description }) => ({
    server: definition.name,
    tool: name,
    words: wordsOf(description ?? ''),
  }));
}

function wordsOf(text: string): ReadonlySet<string> {
  const words =
    text
      .slice(0, 2_000)
      .toLowerCase()
      .match(/\p{L}[\p{L}\p{N}]{2,}/gu) ?? [];
  return new Set(words.filter((word) => !common.has(word)));
}

const common = new Set(
  'the and for with from that this tool tools can will are not into all any you your its use used using when which returns return given'.split(
    ' ',
  ),
);

/** The tool that shares the largest part of both descriptions' words, if it is large. */
function nearest(
  mine: Described,
  sharers: ReadonlyMap<string, readonly Described[]>,
): { readonly other: Described; readonly share: number } | undefined {
  if (mine.words.size < leastWords) return undefined;
  const shared = new Map<Described, number>();
  for (const word of mine.words) {
    const list = sharers.get(word) ?? [];
    if (list.length > maxSharers) continue;
    for (const other of list) shared.set(other, (shared.get(other) ?? 0) + 1);
  }
  let best: { readonly other: Described; readonly share: number } | undefined;
  for (const [other, count] of shared) {
    if (other.words.size < leastWords) continue;
    const share = count / (mine.words.size + other.words.size - count);
    if (share >= leastShare && share > (best?.share ?? 0)) best = { other, share };
  }
  return best;
}
