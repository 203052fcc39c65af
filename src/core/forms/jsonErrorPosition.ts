const string = /"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[\da-f]{4})|\u007f|[\u0080-\u009f])*"/iuy;
const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const blank = /[ \t\r\n]*/y;

/** Where a text stops being JSON, both from 1 (the engine's own messages rarely say); undefined when it is JSON. */
export function jsonErrorPosition(text: string): {
  readonly line: number | undefined;
  readonly column: number | undefined;
} {
  const offset = errorOffset(text);
  if (offset === undefined) return { line: undefined, column: undefined };
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

function errorOffset(text: string): number | undefined {
  let at = 0;
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const isMatch = pattern.test(text);
    if (isMatch) at = pattern.lastIndex;
    return isMatch;
  };
  const skipTo = (character: string): boolean => {
    take(blank);
    if (text[at] !== character) return false;
    at++;
    return true;
  };
  // The stack holds the closing characters that are owed, so that deep nesting needs no recursion.
  const owed: string[] = [];
  for (;;) {
    if (owed.at(-1) === '}' && !(take(blank), take(string) && skipTo(':'))) return at;
    take(blank);
    if (text[at] === '{' || text[at] === '[') {
      const close = text[at] === '{' ? '}' : ']';
      at++;
      owed.push(close);
      if (!skipTo(close)) continue;
      owed.pop();
    } else if (!take(string) && !take(scalar)) return at;
    while (owed.length > 0 && !skipTo(',')) {
      if (!skipTo(owed.at(-1) ?? '')) return at;
      owed.pop();
    }
    if (owed.length === 0) {
      take(blank);
      return at < text.length ? at : undefined;
    }
  }
}
