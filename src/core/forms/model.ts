import type { ShownText } from '../dashboard.ts';
import type { Json } from '../json.ts';

/**
 * A form as a table of nodes that refer to each other by index, so that a recursive schema is a finite model.
 * Plain data: it survives `structuredClone` and JSON.
 */
export interface FormModel {
  readonly root: FormUse;
  readonly nodes: readonly FormNode[];
  /** What was left out because the schema is larger than a form can be. */
  readonly limits: readonly FormLimit[];
}

/** A bound that the schema ran into; the parts behind it are edited as JSON. */
export type FormLimit = 'nodes' | 'depth' | 'options';

/** One place where a node is used, with what the schema says at that place. */
export interface FormUse {
  readonly node: number;
  readonly title: ShownText | undefined;
  readonly description: ShownText | undefined;
  readonly default: Json | undefined;
  readonly isNullable: boolean;
  readonly isDeprecated: boolean;
}

/** A property of an object node. */
export interface FormField extends FormUse {
  /** The property name as it goes into the value. */
  readonly name: string;
  readonly shownName: ShownText;
  readonly isRequired: boolean;
}

/** One value of an enumeration. */
export interface FormOption {
  readonly value: Json;
  readonly label: ShownText;
}

/** One alternative of a `oneOf` or `anyOf`. */
export interface FormBranch extends FormUse {
  /** What the schema calls it: its title, its discriminating constant or its type. */
  readonly label: ShownText | undefined;
}

/** Which input suits a string. */
export type StringInput = 'text' | 'multiline' | 'password' | 'email' | 'uri' | 'date' | 'date-time';

/** Why a subtree is edited as JSON. */
export type JsonReason = 'any' | 'unsupported' | 'too-deep' | 'too-many' | 'external-ref' | 'bad-ref';

export interface ObjectNode {
  readonly kind: 'object';
  readonly fields: readonly FormField[];
  /** What further properties hold; undefined when none are asked for. */
  readonly extra: FormUse | undefined;
  /** Properties that the model left out; they are kept and edited as JSON. */
  readonly omitted: number;
}
export interface ArrayNode {
  readonly kind: 'array';
  /** Positions with a schema of their own. */
  readonly prefix: readonly FormUse[];
  /** All further positions; undefined when there are none. */
  readonly item: FormUse | undefined;
  readonly minItems: number;
  readonly maxItems: number | undefined;
}
export interface StringNode {
  readonly kind: 'string';
  readonly input: StringInput;
  readonly format: string | undefined;
  readonly minLength: number | undefined;
  readonly maxLength: number | undefined;
  readonly pattern: ShownText | undefined;
  readonly example: ShownText | undefined;
}
export interface NumberNode {
  readonly kind: 'number';
  readonly isInteger: boolean;
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  /** True when the bound itself is not allowed. */
  readonly isMinimumExclusive: boolean;
  readonly isMaximumExclusive: boolean;
  readonly example: ShownText | undefined;
}
export interface BooleanNode {
  readonly kind: 'boolean';
}
export interface EnumNode {
  readonly kind: 'enum';
  readonly options: readonly FormOption[];
  /** Options that the model left out. */
  readonly omitted: number;
}
export interface MultiEnumNode {
  readonly kind: 'multi-enum';
  readonly options: readonly FormOption[];
  readonly omitted: number;
  readonly minItems: number;
  readonly maxItems: number | undefined;
}
export interface ConstNode {
  readonly kind: 'const';
  readonly value: Json;
  readonly label: ShownText;
}
export interface ChoiceNode {
  readonly kind: 'choice';
  readonly branches: readonly FormBranch[];
}
export interface JsonNode {
  readonly kind: 'json';
  readonly reason: JsonReason;
}

/** What kind of value a place of the form takes. */
export type FormNode =
  | ObjectNode
  | ArrayNode
  | StringNode
  | NumberNode
  | BooleanNode
  | EnumNode
  | MultiEnumNode
  | ConstNode
  | ChoiceNode
  | JsonNode;

/** The node behind a use. */
export function nodeOf(model: FormModel, use: FormUse): FormNode {
  return model.nodes[use.node] ?? { kind: 'json', reason: 'bad-ref' };
}
