import type { ErrorObject, ValidateFunction } from 'ajv';
import type { Options } from 'ajv/dist/core.js';
import { Ajv } from 'ajv';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Json, JsonObject } from '../core/json.ts';
import { isJsonObject } from '../core/json.ts';
import type { Finding, SchemaValidator } from '../core/schemaValidator.ts';
import { AppError, isAppError } from '../core/util/errors.ts';
import { LinearRegExp } from '../core/util/linearRegExp.ts';
import type { PreparedSchema } from './preparedSchema.ts';
import { prepareSchema } from './preparedSchema.ts';
import { findingsOf, schemaFinding } from './schemaFindings.ts';
import { schemaFormats } from './schemaFormats.ts';

const maxSteps = 200_000; // subschemas applied in one validation
const maxValueLength = 2_000_000; // characters of JSON

/** Checks with Ajv by the schema's own draft, and keeps so many schemas compiled. Nothing is fetched; a hostile schema or value costs bounded time. */
export function createSchemaValidator(maxCompiled = 100): SchemaValidator {
  const compiled = new Map<JsonObject, CompiledSchema | Finding>();
  const compiledOf = (schema: JsonObject): CompiledSchema | Finding => {
    const known = compiled.get(schema);
    if (known) {
      compiled.delete(schema); // to the young end
      compiled.set(schema, known);
      return known;
    }
    const made = compile(schema);
    compiled.set(schema, made);
    const oldest = compiled.keys().next();
    if (compiled.size > maxCompiled && !oldest.done) compiled.delete(oldest.value);
    return made;
  };
  return {
    validate: (schema, value) => {
      const size = sizeOf(value);
      if (size === undefined || size > maxValueLength)
        return [schemaFinding('too-large', 'the value is too large to be checked')];
      const check = compiledOf(schema);
      return check instanceof CompiledSchema ? check.validate(value) : [check];
    },
  };
}

function sizeOf(value: Json): number | undefined {
  try {
    return JSON.stringify(value).length;
  } catch {
    return undefined; // nested too deeply
  }
}

function compile(schema: JsonObject): CompiledSchema | Finding {
  try {
    const prepared = prepareSchema(schema);
    if (!prepared) return schemaFinding('too-large', 'the schema is too large to be checked');
    return new CompiledSchema(prepared);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return schemaFinding('invalid', `the schema cannot be used: ${reason}`, reason);
  }
}

const rootKey = 'switchboard:schema';

class CompiledSchema {
  readonly #ajv: InstanceType<typeof Ajv2020>;
  readonly #check: ValidateFunction;
  readonly #pointers: ReadonlyMap<object, string>;
  readonly #branches = new Map<string, ValidateFunction>();
  #steps = 0;

  constructor({ schema, dialect, pointers }: PreparedSchema) {
    this.#pointers = pointers;
    // An instance of its own: two schemas with one `$id` never meet.
    const Dialect = { '2020-12': Ajv2020, '2019-09': Ajv2019, 'draft-07': Ajv }[dialect];
    this.#ajv = new Dialect({ ...options, $comment: () => this.#step() });
    this.#ajv.removeKeyword('uniqueItems');
    this.#ajv.addKeyword({
      keyword: 'uniqueItems',
      type: 'array',
      schemaType: 'boolean',
      validate: hasUniqueItems,
      error: { message: 'must NOT have duplicate items' },
    });
    this.#ajv.addSchema(schema, rootKey);
    const check = this.#ajv.getSchema(rootKey);
    if (!check) throw new AppError('internal', 'the schema was not compiled');
    this.#check = check;
  }

  validate(value: Json): readonly Finding[] {
    this.#steps = 0;
    try {
      if (this.#check(value)) return [];
      return findingsOf(this.#check.errors ?? [], (branch, inner) => this.#branch(branch, inner));
    } catch (error) {
      if (isAppError(error, 'too-large')) return [schemaFinding('too-large', error.message)];
      const reason = error instanceof Error ? error.message : String(error);
      return [schemaFinding('invalid', `the schema cannot be used: ${reason}`, reason)];
    }
  }

  #branch(branch: unknown, value: unknown): readonly ErrorObject[] | undefined {
    const pointer = typeof branch === 'object' && branch !== null ? this.#pointers.get(branch) : undefined;
    if (pointer === undefined) return undefined;
    let check = this.#branches.get(pointer);
    if (!check) {
      check = this.#ajv.compile({ $ref: `${rootKey}#${encodeURI(pointer)}` });
      this.#branches.set(pointer, check);
    }
    return check(value) ? [] : [...(check.errors ?? [])];
  }

  #step(): void {
    if (++this.#steps > maxSteps)
      throw new AppError('too-large', 'the schema needs more steps to check than are spent on it');
  }
}

const patterns = Object.assign((source: string) => new LinearRegExp(source), {
  code: 'new LinearRegExp',
});

const options: Options = {
  strict: false,
  validateSchema: false,
  meta: false,
  logger: false,
  allErrors: true,
  verbose: true,
  inlineRefs: false,
  ownProperties: true, // a property named `constructor` is not there unless it is sent
  allowUnionTypes: true,
  messages: true,
  formats: schemaFormats,
  code: { regExp: patterns, optimize: false },
};

/** `uniqueItems` in time linear in the items: equal items have equal text once their properties are sorted. */
function hasUniqueItems(isUnique: boolean, items: readonly Json[]): boolean {
  return !isUnique || new Set(items.map(sortedText)).size === items.length;
}

function sortedText(item: Json): string {
  return JSON.stringify(item, (_key, value: Json) =>
    isJsonObject(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
