import type { Tool } from './connection.ts';
import type { ServerSnapshot } from './connections.ts';

/** A tool that fits a query. */
export interface ToolHit {
  readonly serverId: string;
  readonly serverName: string;
  readonly state: ServerSnapshot['state']['kind'];
  readonly tool: Tool;
  readonly isEnabled: boolean;
  readonly score: number;
}

interface Words {
  readonly name: string;
  readonly title: string;
  readonly rest: string;
}

const wordsOf = new WeakMap<Tool, Words>();

/** Tools of all servers that fit every word of `query`, best first, at most `limit`; an empty query gives all in their order. Fields: name, title, description, claimed hints, server name. */
export function findTools(
  query: string,
  servers: readonly ServerSnapshot[],
  limit: number,
): readonly ToolHit[] {
  const terms = fold(query).split(/\s+/).filter(Boolean);
  const hits: ToolHit[] = [];
  for (const server of servers) {
    const serverName = fold(server.definition.name);
    for (const tool of server.offer?.tools.items ?? []) {
      const score = rate(terms, words(tool), serverName);
      if (score > 0) {
        hits.push({
          serverId: server.definition.id,
          serverName: server.definition.name,
          state: server.state.kind,
          tool,
          isEnabled: !server.disabledTools.has(tool.name),
          score,
        });
      }
    }
  }
  return hits
    .sort(
      (a, b) => b.score - a.score || compare(a.tool.name, b.tool.name) || compare(a.serverName, b.serverName),
    )
    .slice(0, limit);
}

/** The sum over all terms of their best field; 0 when one term fits nowhere. */
function rate(terms: readonly string[], tool: Words, serverName: string): number {
  let sum = 1;
  for (const term of terms) {
    const best = Math.max(
      rateText(term, tool.name) * 8,
      rateText(term, tool.title) * 5,
      rateText(term, serverName) * 3,
      rateText(term, tool.rest) * 2,
      isSpread(term, tool.name) ? 1 : 0,
    );
    if (best === 0) return 0;
    sum += best;
  }
  return sum;
}

/** 4 the whole text, 3 its start, 2 the start of a word, 1 anywhere, 0 nowhere. */
function rateText(term: string, text: string): number {
  const at = text.indexOf(term);
  if (at < 0) return 0;
  if (at === 0) return term.length === text.length ? 4 : 3;
  for (let i = at; i >= 0; i = text.indexOf(term, i + 1)) if (text[i - 1] === ' ') return 2;
  return 1;
}

/** True when the letters of `term` occur in `text` in this order: `rbt` finds `run backtest`. */
function isSpread(term: string, text: string): boolean {
  let at = -1;
  for (const letter of term) {
    at = text.indexOf(letter, at + 1);
    if (at < 0) return false;
  }
  return true;
}

function words(tool: Tool): Words {
  let known = wordsOf.get(tool);
  if (!known) {
    const { readOnly, destructive, idempotent, openWorld } = tool.annotations;
    const claims = [
      readOnly && 'read-only',
      destructive && 'destructive',
      idempotent && 'idempotent',
      openWorld && 'open-world',
    ]
      .filter(Boolean)
      .join(' ');
    known = {
      name: fold(tool.name),
      title: fold(tool.title ?? ''),
      rest: fold(`${tool.description ?? ''} ${claims}`.slice(0, 4000)),
    };
    wordsOf.set(tool, known);
  }
  return known;
}

/** Lower case without accents; `camelCase`, `snake_case` and `kebab-case` become words. */
function fold(text: string): string {
  return text
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[_\-./:]+/g, ' ')
    .toLowerCase()
    .trim();
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
