// The same characters that `visibleText` marks; whole emoji are matched first and stay. Built when first needed: the emoji take their time.
let patterns: { readonly hidden: RegExp; readonly oneHidden: RegExp } | undefined;

const hiddenPatterns = () =>
  (patterns ??= {
    hidden:
      /\p{RGI_Emoji}|[\x7F-\x9F\u2028\u2029\u2800\uFFF9-\uFFFB\p{Default_Ignorable_Code_Point}\p{Co}\p{Cs}\p{Noncharacter_Code_Point}]/gv,
    oneHidden:
      /^[\x7F-\x9F\u2028\u2029\u2800\uFFF9-\uFFFB\p{Default_Ignorable_Code_Point}\p{Co}\p{Cs}\p{Noncharacter_Code_Point}]$/v,
  });

/** JSON for reading and editing: indented, hidden characters as `\uXXXX` escapes, so that it parses to the same value. */
export function visibleJson(value: unknown): string {
  const text = JSON.stringify(value, undefined, 2) ?? 'null';
  const { hidden, oneHidden } = hiddenPatterns();
  return text.replace(hidden, (found) => (oneHidden.test(found) ? escapeUnits(found) : found));
}

function escapeUnits(text: string): string {
  return Array.from(
    { length: text.length },
    (_, i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('');
}
