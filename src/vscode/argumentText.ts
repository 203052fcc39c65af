import { createScanner, parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser';
import type { Json, JsonObject } from '../core/json.ts';
import { isBlocking, type SchemaValidator } from '../core/schemaValidator.ts';
import type { Translate } from './translate.ts';

/** What keeps arguments from being sent, or is worth a word, with its place in the text. */
export interface ArgumentProblem {
  readonly offset: number;
  readonly length: number;
  readonly message: string;
  readonly isBlocking: boolean;
}

/** Arguments as read from a document; `value` is missing when the text is not one JSON object. */
export interface ReadArguments {
  readonly value: JsonObject | undefined;
  readonly problems: readonly ArgumentProblem[];
}

// SyntaxKind is a const enum of jsonc-parser, which type stripping cannot read.
const trivia: ReadonlySet<number> = new Set([12, 13, 14, 15]); // line comment, block comment, line break, blanks
const endOfFile = 17;

/** Where the text behind leading comments and blanks begins. */
export function argumentsStart(text: string): number {
  const scanner = createScanner(text, false);
  let kind: number = scanner.scan();
  while (trivia.has(kind)) kind = scanner.scan();
  return kind === endOfFile ? text.length : scanner.getTokenOffset();
}

/** Reads the arguments out of an approval document and checks them against the tool's input schema. */
export function readArguments(
  text: string,
  schema: JsonObject,
  validator: SchemaValidator,
  t: Translate,
): ReadArguments {
  try {
    return read(text, schema, validator, t);
  } catch (error) {
    // Text nested thousands of levels deep is more than a recursive parser can take.
    if (!(error instanceof RangeError)) throw error;
    return {
      value: undefined,
      problems: [{ offset: 0, length: text.length, message: t('Nested too deeply.'), isBlocking: true }],
    };
  }
}

function read(text: string, schema: JsonObject, validator: SchemaValidator, t: Translate): ReadArguments {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true, disallowComments: false });
  const [first] = errors;
  if (first || !root) {
    const message = t(
      'Not valid JSON ({0}): it cannot be allowed like this.',
      first ? printParseErrorCode(first.error) : t('empty'),
    );
    return {
      value: undefined,
      problems: [
        {
          offset: first?.offset ?? 0,
          length: Math.max(1, first?.length ?? text.length),
          message,
          isBlocking: true,
        },
      ],
    };
  }
  if (root.type !== 'object') {
    return {
      value: undefined,
      problems: [{ ...spanOf(root), message: t('Arguments are a JSON object: { … }.'), isBlocking: true }],
    };
  }
  const doubled = doubledKeys(root).map((key) => ({
    ...spanOf(key),
    message: t('This name occurs twice.'),
    isBlocking: true,
  }));
  const value = valueOf(root) as JsonObject;
  const findings = validator.validate(schema, value).map((finding) => ({
    ...spanOfPointer(root, finding.path),
    message:
      finding.kind === 'schema'
        ? t('The tool’s schema cannot be used: {0}', finding.message)
        : finding.message,
    isBlocking: isBlocking(finding),
  }));
  return { value, problems: [...doubled, ...findings] };
}

/** The value of a tree; a property named `__proto__` is a property like any other. */
function valueOf(node: Node): Json {
  if (node.type === 'array') return (node.children ?? []).map(valueOf);
  if (node.type !== 'object') return node.value as Json;
  return Object.fromEntries(
    properties(node).flatMap(({ key, value }) => (value ? [[key.value as string, valueOf(value)]] : [])),
  );
}

function properties(node: Node): { readonly key: Node; readonly value: Node | undefined }[] {
  return (node.children ?? []).flatMap(({ children }) =>
    children?.[0] ? [{ key: children[0], value: children[1] }] : [],
  );
}

function doubledKeys(node: Node): Node[] {
  if (node.type === 'array') return (node.children ?? []).flatMap(doubledKeys);
  if (node.type !== 'object') return [];
  const seen = new Set<unknown>();
  return properties(node).flatMap(({ key, value }) => {
    const isDoubled = seen.has(key.value);
    seen.add(key.value);
    return [...(isDoubled ? [key] : []), ...(value ? doubledKeys(value) : [])];
  });
}

/** The place of a JSON pointer; for a property that is missing, the opening of the object it is missing from. */
function spanOfPointer(root: Node, path: string): { readonly offset: number; readonly length: number } {
  let at = root;
  for (const part of path.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    const next: Node | undefined =
      at.type === 'array'
        ? at.children?.[Number(name)]
        : properties(at).findLast(({ key }) => key.value === name)?.value;
    if (!next) return { offset: at.offset, length: 1 };
    at = next;
  }
  return spanOf(at);
}

function spanOf({ offset, length }: Node): { readonly offset: number; readonly length: number } {
  return { offset, length: Math.max(1, length) };
}
