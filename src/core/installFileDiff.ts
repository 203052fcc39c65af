import { isSecretName } from './configSecrets.ts';
import { diffLines, type DiffLine } from './installDiff.ts';
import { visibleText } from './util/text.ts';

/** What an edit changes in a file, with a little of what stands around it. */
export interface FileDiff {
  readonly lines: readonly (DiffLine & { readonly number: number | undefined })[];
  /** Lines of the file that are not shown before and after. */
  readonly above: number;
  readonly below: number;
}

const context = 2;
const maxLines = 400;
const maxCompared = 2000;

/**
 * Compares two texts of a configuration file for display. The numbers are those of the new text. What stands around the
 * change may hold anything of the user's, so of those lines only the structure is shown.
 */
export function fileDiff(before: string, after: string): FileDiff {
  const [old, next] = [splitLines(before), splitLines(after)];
  let head = 0;
  while (head < old.length && head < next.length && old[head] === next[head]) head++;
  let tail = 0;
  while (
    tail < old.length - head &&
    tail < next.length - head &&
    old[old.length - 1 - tail] === next[next.length - 1 - tail]
  )
    tail++;
  const [left, right] = [old.slice(head, old.length - tail), next.slice(head, next.length - tail)];
  const middle =
    left.length > maxCompared || right.length > maxCompared
      ? [
          ...left.map((text) => ({ kind: 'removed', text }) as const),
          ...right.map((text) => ({ kind: 'added', text }) as const),
        ]
      : diffLines(left, right);
  const from = Math.max(0, head - context);
  const to = Math.min(next.length, next.length - tail + context);
  const around = (lines: readonly string[]) => lines.map((text) => ({ kind: 'same', text }) as const);
  const all: readonly DiffLine[] = [
    ...around(next.slice(from, head)),
    ...middle,
    ...around(next.slice(next.length - tail, to)),
  ];
  let number = from;
  const lines = all.slice(0, maxLines).map((line) => ({
    kind: line.kind,
    text: visibleText(line.kind === 'same' ? structureOf(line.text) : masked(line.text)).text,
    number: line.kind === 'removed' ? undefined : ++number,
  }));
  return { lines, above: from, below: next.length - to + Math.max(0, all.length - maxLines) };
}

function splitLines(text: string): readonly string[] {
  if (text === '') return [];
  const lines = text.split(/\r?\n/);
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

const token = /"(?:[^"\\]|\\.)*"|\/\/.*$|\/\*.*?(?:\*\/|$)/g;

/** A line without its values: `"key": "…"`. Comments go too, and lines that are nothing but text. */
function structureOf(line: string): string {
  const rest = line.replace(token, '');
  // Inside a comment of several lines, anything may stand.
  if (/[^\s{}[\],:\d.+-]/.test(rest.replace(/\b(?:true|false|null)\b/g, '')))
    return line.replace(/\S.*$/, '…');
  return line.replace(token, (text, offset: number) => {
    if (!text.startsWith('"')) return '// …';
    return /^\s*:/.test(line.slice(offset + text.length)) ? text : '"…"';
  });
}

/** A line with the value under a secret's name hidden. */
function masked(line: string): string {
  return line.replace(
    /("((?:[^"\\]|\\.)*)"\s*:\s*)"((?:[^"\\]|\\.)*)"/g,
    (whole, key: string, name: string, value: string) =>
      isSecretName(name) && value !== '' && !/^\$\{[^}]*\}$/.test(value) ? `${key}"••••"` : whole,
  );
}
