import type { Prompt } from './connection.ts';
import type { ResultBlock, ShownText } from './dashboard.ts';
import { resultBlock } from './dashboardJob.ts';
import { classesOf, type ChangeClass } from './definitionChanges.ts';
import type { DefinitionStanding } from './definitionGate.ts';
import { standingOf, type ServerReview } from './definitionReview.ts';
import { chatWords, type PromptResult } from './promptResult.ts';
import type { PromptArgument, PromptUse } from './prompts.ts';
import { shown, shownIfAny } from './shown.ts';
import { oneLine } from './util/text.ts';

/** A prompt as a row of the list. */
export interface PromptView {
  readonly name: string;
  readonly shownName: ShownText;
  readonly title: ShownText | undefined;
  readonly description: ShownText | undefined;
  /** Names of the arguments in one line; optional ones end with `?`. */
  readonly arguments: string;
  readonly standing: DefinitionStanding;
}

/** An argument of the open prompt. */
export interface PromptArgumentView {
  readonly name: string;
  readonly shownName: ShownText;
  readonly description: ShownText | undefined;
  readonly isRequired: boolean;
}

/** One message as the preview shows it. */
export interface PromptMessageView {
  /** `other`: the server sent a role that the protocol does not know. */
  readonly role: 'user' | 'assistant' | 'other';
  readonly shownRole: string;
  readonly blocks: readonly ResultBlock[];
  readonly omitted: number;
}

/** What the server answered, cut to what can be read here; the whole opens as a document. */
export interface PromptPreview {
  readonly description: ShownText | undefined;
  readonly messages: readonly PromptMessageView[];
  readonly omitted: number;
  readonly problems: readonly string[];
  /** In all texts together. */
  readonly hidden: number;
  /** Words that a chat would take as its own, in one line; empty for none. */
  readonly chatWords: string;
}

/** The last use of the open prompt. */
export type PromptUseView =
  | { readonly kind: 'fetching'; readonly since: number }
  | { readonly kind: 'failed'; readonly message: ShownText; readonly nextStep: string | undefined }
  | {
      readonly kind: 'ready';
      readonly at: number;
      readonly preview: PromptPreview;
      /** What it was asked with. */
      readonly arguments: readonly PromptArgument[];
    };

/** The prompt that is open. */
export interface PromptDetail extends PromptView {
  readonly fields: readonly PromptArgumentView[];
  /** Arguments beyond those that a form can have. */
  readonly fieldsOmitted: number;
  readonly changes: readonly ChangeClass[];
  readonly use: PromptUseView | undefined;
  /** The editor has a chat that takes text. */
  readonly canSend: boolean;
}

/** Where the open prompt's parts come from. */
export interface PromptSources {
  readonly review: ServerReview | undefined;
  readonly use: PromptUse | undefined;
  readonly canSend: boolean;
}

const listDescription = 300; // the open prompt has it whole
const maxFields = 100;
const maxMessages = 50;
const maxBlocks = 50;
const maxBlockText = 20_000;

/** The prompts of a server as rows. */
export function promptViews(
  prompts: readonly Prompt[],
  review: ServerReview | undefined,
  max: number,
): readonly PromptView[] {
  const standing = promptStandings(review);
  return prompts.slice(0, max).map((prompt) => promptView(prompt, standing(prompt.name), listDescription));
}

/** The open prompt with its form and its last use. */
export function promptDetail(prompt: Prompt, { review, use, canSend }: PromptSources): PromptDetail {
  const item = review?.items.find(({ kind, name }) => kind === 'prompt' && name === prompt.name);
  const fields = uniqueArguments(prompt);
  return {
    ...promptView(prompt, promptStandings(review)(prompt.name), 20_000),
    fields: fields.slice(0, maxFields),
    fieldsOmitted: Math.max(0, fields.length - maxFields),
    changes: item ? classesOf(item.changes) : [],
    use: use && useView(use),
    canSend,
  };
}

function promptView(prompt: Prompt, standing: DefinitionStanding, maxDescription: number): PromptView {
  return {
    name: prompt.name,
    shownName: shown(prompt.name, 200),
    title: prompt.title === prompt.name ? undefined : shownIfAny(prompt.title, 200),
    description: shownIfAny(prompt.description, maxDescription),
    arguments: prompt.arguments
      .slice(0, 20)
      .map(({ name, isRequired }) => `${oneLine(name, 60)}${isRequired ? '' : '?'}`)
      .join(', '),
    standing,
  };
}

/** A name that comes twice is one field. */
function uniqueArguments({ arguments: all }: Prompt): readonly PromptArgumentView[] {
  const names = new Set<string>();
  return all.flatMap(({ name, description, isRequired }) => {
    if (names.has(name)) return [];
    names.add(name);
    return [{ name, shownName: shown(name, 100), description: shownIfAny(description, 1000), isRequired }];
  });
}

function promptStandings(review: ServerReview | undefined): (prompt: string) => DefinitionStanding {
  const states = new Map(
    (review?.items ?? [])
      .filter(({ kind }) => kind === 'prompt')
      .map(({ name, state }) => [name, standingOf(state)]),
  );
  return (prompt) => states.get(prompt) ?? 'accepted';
}

const previews = new WeakMap<PromptResult, PromptPreview>();

function useView({ state, at, arguments: given }: PromptUse): PromptUseView {
  switch (state.kind) {
    case 'fetching':
      return { kind: 'fetching', since: at };
    case 'failed':
      return { kind: 'failed', message: shown(state.message, 2000), nextStep: state.nextStep };
    case 'ready':
      return { kind: 'ready', at, preview: previewOf(state.result), arguments: given };
  }
}

/** The preview of an answer; made once. */
export function previewOf(result: PromptResult): PromptPreview {
  const known = previews.get(result);
  if (known) return known;
  const messages = result.messages.slice(0, maxMessages).map(messageView);
  const hidden = messages
    .flatMap(({ blocks }) => blocks)
    .reduce((sum, { text, label }) => sum + (text?.hidden ?? 0) + (label?.hidden ?? 0), 0);
  const preview = {
    description: shownIfAny(result.description, 4000),
    messages,
    omitted: result.messages.length - messages.length,
    problems: result.problems,
    hidden,
    chatWords: oneLine(chatWords(result).join(', '), 500),
  };
  previews.set(result, preview);
  return preview;
}

function messageView({ role, blocks }: PromptResult['messages'][number]): PromptMessageView {
  return {
    role: role === 'user' || role === 'assistant' ? role : 'other',
    shownRole: oneLine(role, 60),
    blocks: blocks.slice(0, maxBlocks).map((block) => resultBlock(block, maxBlockText)),
    omitted: Math.max(0, blocks.length - maxBlocks),
  };
}
