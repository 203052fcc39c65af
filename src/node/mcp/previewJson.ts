import { isJsonObject } from '../../core/json.ts';

/** JSON text of a message, cut when it is long, and the size of the whole. */
export interface Preview {
  readonly text: string;
  /** Bytes; exact for what fits, else an estimate from the lengths of the strings in it. */
  readonly size: number;
}

const deepest = 40;

/** Writes at most about `max` characters of JSON: the cost of a huge or endlessly nested message stays small. */
export function previewJson(value: unknown, max: number): Preview {
  const size = estimate(value);
  if (size <= max) {
    try {
      const text = JSON.stringify(value) ?? '';
      return { text, size: Buffer.byteLength(text) };
    } catch {
      // Nested deeper than the stack: the bounded writer below stops in time.
    }
  }
  return { text: write(value, max, 0), size };
}

function estimate(value: unknown): number {
  let sum = 0;
  const stack: unknown[] = [value];
  while (stack.length > 0) {
    const item = stack.pop();
    if (typeof item === 'string') sum += Buffer.byteLength(item) + 2;
    else if (Array.isArray(item)) {
      sum += item.length + 1;
      for (const member of item) stack.push(member);
    } else if (isJsonObject(item)) {
      sum += 1;
      for (const [key, member] of Object.entries(item)) {
        sum += key.length + 4;
        stack.push(member);
      }
    } else sum += 4;
  }
  return sum;
}

function write(value: unknown, room: number, depth: number): string {
  if (room <= 0 || depth > deepest) return '…';
  if (typeof value === 'string') return JSON.stringify(value.slice(0, room));
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const isList = Array.isArray(value);
  let text = isList ? '[' : '{';
  for (const [key, member] of Object.entries(value)) {
    if (text.length >= room) {
      text += '…';
      break;
    }
    if (text.length > 1) text += ',';
    if (!isList) text += `${JSON.stringify(key)}:`;
    text += write(member, room - text.length, depth + 1);
  }
  return text + (isList ? ']' : '}');
}
