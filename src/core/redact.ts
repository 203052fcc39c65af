import { isJsonObject, type Json } from './json.ts';

const secretName =
  /pass(word|phrase)?|secret|token|api[-_]?key|credential|authorization|cookie|private[-_]?key/i;
const maxText = 60;

/** A short one-line preview of arguments for logs: secret-looking members hidden, long values cut. */
export function previewOf(value: Json, maxLength = 200): string {
  const text = JSON.stringify(redact(value, 0)) ?? '';
  return text.length > maxLength ? `${text.slice(0, maxLength - 1)}…` : text;
}

function redact(value: Json, depth: number): Json {
  if (typeof value === 'string')
    return value.length > maxText ? `${value.slice(0, maxText)}… (${value.length} characters)` : value;
  if (typeof value !== 'object' || value === null) return value;
  if (depth > 4) return '…';
  if (Array.isArray(value)) {
    const shown = value.slice(0, 5).map((item: Json) => redact(item, depth + 1));
    return value.length > 5 ? [...shown, `… ${value.length - 5} more`] : shown;
  }
  if (!isJsonObject(value)) return null;
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, 20)
      .map(([key, member]) => [
        key.slice(0, maxText),
        secretName.test(key) ? '(hidden)' : redact(member, depth + 1),
      ]),
  );
}
