import { visibleText } from '../core/util/text.ts';

const maxText = 16_000;
const maxCauses = 5;

/** A log entry: hidden characters marked, following lines indented so that a server cannot fake entries, causes one below the other. */
export function logText(message: string, cause?: unknown): string {
  const lines = [message];
  let at = cause;
  for (let depth = 0; at !== undefined && depth < maxCauses; depth++) {
    lines.push(`caused by: ${at instanceof Error ? (at.stack ?? at.message) : JSON.stringify(at)}`);
    at = at instanceof Error ? at.cause : undefined;
  }
  const visible = visibleText(lines.join('\n'), { maxLength: maxText });
  return `${visible.text}${visible.isTruncated ? '…' : ''}`.replaceAll('\n', '\n    ');
}
