import type { Tool, ToolHints } from './connection.ts';
import type { ServerSnapshot } from './connections.ts';
import { mergedRanges, SearchText, termsOf, type TermFit, type TextRange } from './searchText.ts';

/** What to highlight of a hit: parts of the texts as the server sent them, before they are made visible. */
export interface ToolMatches {
  readonly name: readonly TextRange[];
  readonly title: readonly TextRange[];
  readonly description: readonly TextRange[];
  readonly serverName: readonly TextRange[];
}

/** A tool that fits a query. */
export interface ToolHit {
  readonly serverId: string;
  readonly serverName: string;
  readonly state: ServerSnapshot['state']['kind'];
  readonly tool: Tool;
  readonly isEnabled: boolean;
  /** Higher fits better; only to compare hits of one search. */
  readonly score: number;
  readonly matches: ToolMatches;
}

interface Texts {
  readonly name: SearchText;
  readonly title: SearchText;
  readonly claims: SearchText;
  readonly description: SearchText;
}

interface Candidate {
  readonly server: ServerSnapshot;
  readonly serverName: SearchText;
  readonly tool: Tool;
  readonly texts: Texts;
  readonly score: number;
}

const worth: Readonly<Record<TermFit, number>> = {
  exact: 10,
  prefix: 8,
  word: 6,
  inside: 3,
  spread: 1,
  none: 0,
};
const weight = { name: 8, title: 6, serverName: 3, claims: 3, description: 1 };
// Longer texts are cut: what is searched must not depend on a server's patience.
const maxName = 200;
const maxDescription = 2_000;

const prepared = new WeakMap<Tool, Texts>();

/**
 * Tools of all servers that fit every word of `query`, best first, at most `limit`; an empty query gives the first ones as
 * they come. Searched are name and title (letters may stand apart), description, claimed hints and the server's name.
 */
export function findTools(
  query: string,
  servers: readonly ServerSnapshot[],
  limit: number,
): readonly ToolHit[] {
  const terms = termsOf(query);
  const found: Candidate[] = [];
  for (const server of servers) {
    const serverName = new SearchText(server.definition.name.slice(0, maxName));
    for (const tool of server.offer?.tools.items ?? []) {
      if (terms.length === 0 && found.length >= limit) break;
      const texts = textsOf(tool);
      const score = rate(terms, texts, serverName);
      if (score >= 0) found.push({ server, serverName, tool, texts, score });
    }
  }
  const best = terms.length === 0 ? found : atLeastAsGoodAs(found, limit).sort(byRank);
  return best.slice(0, limit).map((candidate) => hitOf(candidate, terms));
}

/** The sum over all terms of their best field; -1 when one of them fits nowhere. */
function rate(terms: readonly string[], texts: Texts, serverName: SearchText): number {
  let sum = 0;
  for (const term of terms) {
    const best = rateTerm(term, texts, serverName);
    if (best === 0) return -1;
    sum += best;
  }
  return sum;
}

function rateTerm(term: string, texts: Texts, serverName: SearchText): number {
  const { name, title, claims, description } = texts;
  let best = weight.name * worth[name.fit(term, true)];
  if (best < weight.title * worth.exact) best = Math.max(best, weight.title * worth[title.fit(term, true)]);
  if (best < weight.serverName * worth.exact) {
    best = Math.max(
      best,
      weight.serverName * worth[serverName.fit(term, false)],
      weight.claims * worth[claims.fit(term, false)],
    );
  }
  // In a long text, letters that stand apart can be found for any term.
  if (best < weight.description * worth.exact) {
    best = Math.max(best, weight.description * worth[description.fit(term, false)]);
  }
  return best;
}

/** Those that can be among the best `count`: sorting thousands of equals takes longer than finding them. */
function atLeastAsGoodAs(found: Candidate[], count: number): Candidate[] {
  if (found.length <= count) return found;
  const scores = Float64Array.from(found, ({ score }) => score).sort();
  const least = scores[scores.length - count] ?? 0;
  return found.filter(({ score }) => score >= least);
}

function hitOf({ server, serverName, tool, texts, score }: Candidate, terms: readonly string[]): ToolHit {
  const ranges = (text: SearchText, isSpreadable: boolean) =>
    mergedRanges(terms.flatMap((term) => text.ranges(term, isSpreadable)));
  return {
    serverId: server.definition.id,
    serverName: server.definition.name,
    state: server.state.kind,
    tool,
    isEnabled: isEnabled(server, tool),
    score,
    matches: {
      name: ranges(texts.name, true),
      title: ranges(texts.title, true),
      description: ranges(texts.description, false),
      serverName: ranges(serverName, false),
    },
  };
}

function isEnabled(server: ServerSnapshot, tool: Tool): boolean {
  return !server.disabledTools.has(tool.name);
}

/** Among equals: what can run comes first, then shorter names, then the alphabet. */
function byRank(a: Candidate, b: Candidate): number {
  return (
    b.score - a.score ||
    Number(isEnabled(b.server, b.tool)) - Number(isEnabled(a.server, a.tool)) ||
    Number(b.server.state.kind === 'ready') - Number(a.server.state.kind === 'ready') ||
    a.tool.name.length - b.tool.name.length ||
    compare(a.tool.name, b.tool.name) ||
    compare(a.server.definition.name, b.server.definition.name)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function textsOf(tool: Tool): Texts {
  let texts = prepared.get(tool);
  if (!texts) {
    texts = {
      name: new SearchText(tool.name.slice(0, maxName)),
      title: new SearchText((tool.title ?? '').slice(0, maxName)),
      description: new SearchText((tool.description ?? '').slice(0, maxDescription)),
      claims: new SearchText(claimsOf(tool.annotations)),
    };
    prepared.set(tool, texts);
  }
  return texts;
}

function claimsOf({ readOnly, destructive, idempotent, openWorld }: ToolHints): string {
  const claims = [
    readOnly === true && 'read-only readonly',
    destructive === true && 'destructive',
    idempotent === true && 'idempotent',
    openWorld === true && 'open-world openworld',
  ];
  return claims.filter((claim) => claim !== false).join(' ');
}
