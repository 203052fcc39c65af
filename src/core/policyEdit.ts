import { applyEdits, modify, parseTree, type JSONPath } from 'jsonc-parser';
import type { JsonObject } from './json.ts';
import { AppError } from './util/errors.ts';

/** A changed text and the span of what was added. */
export interface EditedPolicy {
  readonly text: string;
  readonly offset: number;
  readonly length: number;
}

/** Adds a rule at the end of the rules and keeps comments and layout; throws `invalid-config` for a text that is no policy. */
export function addRule(text: string, rule: JsonObject): EditedPolicy {
  const list = nodeOf(text, ['rules']);
  if (list === undefined) return edit(text, ['rules'], [rule], ['rules', 0]);
  if (list.type !== 'array') throw damaged();
  const at = list.children?.length ?? 0;
  return edit(text, ['rules', at], rule, ['rules', at]);
}

/** Sets a preset: by the server's id, the names of the tools. */
export function setPreset(
  text: string,
  name: string,
  servers: Readonly<Record<string, readonly string[]>>,
): EditedPolicy {
  return edit(text, ['presets', name], servers, ['presets', name]);
}

function edit(text: string, path: JSONPath, value: unknown, added: JSONPath): EditedPolicy {
  const root = nodeOf(text, []);
  if (root?.type !== 'object') throw damaged();
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const indent = /\n([ \t]+)"/.exec(text)?.[1] ?? '  ';
  const formattingOptions = {
    eol,
    insertSpaces: !indent.startsWith('\t'),
    tabSize: indent.startsWith('\t') ? 4 : indent.length,
  };
  const isArrayInsertion = typeof path.at(-1) === 'number';
  const after = applyEdits(text, modify(text, path, value, { formattingOptions, isArrayInsertion }));
  const node = nodeOf(after, added);
  if (!node) throw damaged();
  return { text: after, offset: node.offset, length: node.length };
}

function nodeOf(text: string, path: JSONPath) {
  const errors: unknown[] = [];
  let node = parseTree(text, errors as never[], { allowTrailingComma: true });
  if (errors.length > 0) throw damaged();
  for (const part of path) {
    node =
      typeof part === 'number'
        ? node?.children?.[part]
        : node?.children?.findLast(({ children }) => children?.[0]?.value === part)?.children?.[1];
  }
  return node;
}

function damaged(): AppError {
  return new AppError('invalid-config', 'the policy file was not changed: it is not sound JSON', {
    nextStep: 'Correct it first.',
  });
}

/** What a new policy file begins with. */
export const policyTemplate = `{
  // Which tool calls are sent without asking, which always ask, and which are refused.
  // Deny beats ask beats allow; without a rule that fits, a call asks. A file of a workspace
  // can only tighten until it is accepted as it is: "MCP Switchboard: Accept Policy File…".
  "version": 1,
  "rules": [
    // { "effect": "deny", "tool": "delete_*", "callerKind": "gateway", "reason": "Ask a human." },
    // { "effect": "ask", "server": "production*" },
    // { "effect": "allow", "server": "docs", "tool": ["search", "get_*"], "caller": "codex" }
  ],
  // At most so many calls in a time, counted for each caller:
  "limits": [
    // { "calls": 60, "per": "minute", "callerKind": "gateway" }
  ],
  // Named sets of tools, by server: "MCP Switchboard: Select Tools…" writes them.
  "presets": {}
}
`;
