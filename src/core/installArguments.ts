import type { PlanDraft } from './installDraft.ts';
import { inputIdsOf, literalOf, type ArgumentPart, type Template } from './installTemplate.ts';
import type { EntryArgument } from './registry.ts';

/** One argument of an entry as words, with how it was declared. */
export interface Piece {
  readonly part: ArgumentPart;
  /** The option's name of a named argument. */
  readonly name: string | undefined;
  /** The publisher fixed the value. */
  readonly isFixed: boolean;
}

/** Arguments to argv by the rules of the plan: one element each, never a shell string. */
export function readArguments(
  draft: PlanDraft,
  list: readonly EntryArgument[],
  origin: 'argument' | 'runtime',
): readonly Piece[] {
  return list.flatMap((argument, index) => {
    const part =
      argument.kind === 'named' ? named(draft, argument, origin) : positional(draft, argument, origin, index);
    return part === undefined ? [] : [{ part, name: argument.name, isFixed: argument.value !== undefined }];
  });
}

/** A piece as a part of the launch that the package reads. */
export function packageParts(pieces: readonly Piece[]): ArgumentPart[] {
  return pieces.map(({ part }) => ({ ...part, reader: 'package' }));
}

/** The first word of a piece, when it is fixed text. */
export function headOf(piece: Piece): string | undefined {
  return literalOf(piece.part.words[0]);
}

function positional(
  draft: PlanDraft,
  argument: EntryArgument,
  origin: 'argument' | 'runtime',
  index: number,
): ArgumentPart | undefined {
  const label = argument.valueHint ?? `argument ${index + 1}`;
  const { value, isSecret } = draft.resolve({
    label,
    origin,
    input: argument,
    isRepeated: argument.isRepeated && argument.value === undefined,
  });
  warnOfSecret(draft, label, isSecret);
  return part([value], undefined, argument.value === undefined && argument.isRepeated ? value : undefined);
}

function named(
  draft: PlanDraft,
  argument: EntryArgument,
  origin: 'argument' | 'runtime',
): ArgumentPart | undefined {
  const name = argument.name ?? '';
  draft.refuseIf(
    /[\s\p{C}]/u.test(name)
      ? `the argument ${JSON.stringify(name)} has blanks or hidden characters in its name`
      : undefined,
  );
  if (!name.startsWith('-'))
    draft.review('ambiguous', `the option ${name} has no leading dash: passed on as it is`);
  const isBoolean = argument.format === 'boolean';
  if (argument.value === undefined) {
    if (isBoolean) {
      const flag = draft.book.ask({ label: name, origin, input: argument, isFlag: true });
      return { ...part([[name]]), flag };
    }
    if (isBareSwitch(argument)) return part([[name]]);
  }
  const resolved = draft.resolve({
    label: name,
    origin,
    input: argument,
    isRepeated: argument.isRepeated && argument.value === undefined,
  });
  if (isBoolean) {
    const text = literalOf(resolved.value)?.toLowerCase();
    if (text === 'true') return part([[name]]);
    if (text === 'false' || text === '') return undefined;
    const [only, ...more] = resolved.value;
    if (only !== undefined && typeof only !== 'string' && more.length === 0)
      return { ...part([[name]]), flag: only.input };
  }
  warnOfSecret(draft, name, resolved.isSecret);
  return part(
    [[name], resolved.value],
    undefined,
    argument.value === undefined && argument.isRepeated ? resolved.value : undefined,
  );
}

/** Nothing says that a value follows. */
function isBareSwitch(argument: EntryArgument): boolean {
  return (
    argument.default === undefined &&
    argument.description === undefined &&
    argument.choices.length === 0 &&
    argument.valueHint === undefined &&
    argument.placeholder === undefined &&
    argument.format === 'string' &&
    !argument.isSecret &&
    !argument.isRequired
  );
}

function warnOfSecret(draft: PlanDraft, label: string, isSecret: boolean): void {
  if (isSecret) {
    draft.danger({
      kind: 'secret-argument',
      subject: label,
      message: 'a secret on the command line can be read by other programs',
    });
  }
}

function part(words: readonly Template[], flag?: string, repeated?: Template): ArgumentPart {
  return {
    words,
    flag,
    repeat: repeated === undefined ? undefined : inputIdsOf(repeated)[0],
    needs: [],
    reader: 'runner',
  };
}
