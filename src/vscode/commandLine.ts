import type { Launch } from '../core/server.ts';

/** The words of a command line: blanks part them, single and double quotes group, a backslash escapes only a quote or itself inside double quotes. Undefined when a quote is not closed. */
export function splitCommandLine(text: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    const next = text.charAt(i + 1);
    if (quote === '"' && character === '\\' && (next === '"' || next === '\\')) {
      word = `${word ?? ''}${next}`;
      i++;
    } else if (character === quote) {
      quote = undefined;
    } else if (quote === undefined && (character === '"' || character === "'")) {
      quote = character;
      word ??= '';
    } else if (quote === undefined && /\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = `${word ?? ''}${character}`;
    }
  }
  if (quote !== undefined) return undefined;
  return word === undefined ? words : [...words, word];
}

const runners =
  /^(?:.*[\\/])?(?:npx|bunx|uvx|pipx|pnpm|yarn|node|deno|bun|python3?|docker|podman)(?:\.exe|\.cmd)?$/i;
const verbs = new Set(['run', 'exec', 'dlx', 'tool', 'x']);

/** A name for a server: the host of its URL, or the heart of the package or program that its command line names. */
export function suggestName(launch: Launch): string {
  if (launch.kind === 'http') return new URL(launch.url).hostname;
  const words = launch.args.filter((word) => !word.startsWith('-') && !verbs.has(word));
  const telling =
    words.find((word) => /mcp|server/i.test(word)) ??
    (runners.test(launch.command) ? words[0] : undefined) ??
    launch.command;
  const name = telling
    .replace(/(?<=.)[@:][^@:/\\]*$/, '')
    .replace(/^.*[\\/]/, '')
    .replace(/\.(?:[cm]?[jt]s|py|exe)$/, '')
    .replace(/^(?:mcp-server-|server-|mcp-)|(?:-mcp-server|-server|-mcp)$/g, '');
  return name === '' ? telling : name;
}
