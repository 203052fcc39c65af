import { isJsonObject, type Json } from './json.ts';

const secretName =
  /pass(word|phrase)?|secret|token|api[-_]?key|credential|authorization|cookie|private[-_]?key/i;
// What gives itself away as a secret wherever it stands: known prefixes, web tokens, keys, credentials in an address.
const secretText =
  /\b(?:gh[pousr]_|github_pat_|glpat-|sk-|xox[abeoprs]-|npm_|hf_|AKIA|ASIA|AIza|mcpsb_)[\w-]{8,}|\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*|\b(?:Bearer|Basic)\s+[\w.~+/=-]{8,}|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*|(?<=:\/\/)[^\s/:@]+:[^\s/@]+(?=@)/gi;
const maxText = 60;

/** A short one-line preview of arguments for logs: members and texts that look like secrets hidden, long values cut. */
export function previewOf(value: Json, maxLength = 200): string {
  const text = JSON.stringify(redact(value, 0)) ?? '';
  return text.length > maxLength ? `${text.slice(0, maxLength - 1)}…` : text;
}

/** A text without what gives itself away as a secret: known prefixes, web tokens, keys, credentials in an address. */
export function withoutSecrets(text: string): string {
  return text.replace(secretText, '(hidden)');
}

function redact(value: Json, depth: number): Json {
  if (typeof value === 'string') {
    // What lies further on is cut off in any case.
    const text = value.slice(0, 4 * maxText).replace(secretText, '(hidden)');
    return value.length > maxText ? `${text.slice(0, maxText)}… (${value.length} characters)` : text;
  }
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
