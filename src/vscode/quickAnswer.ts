import { l10n } from 'vscode';
import { contentOf, simpleQuestion } from '../core/elicitation.ts';
import type { JsonObject } from '../core/json.ts';
import type { ElicitationFormRequest, HumanAnswer, Requests } from '../core/requests.ts';
import { isBlocking, type SchemaValidator } from '../core/schemaValidator.ts';
import { AppError } from '../core/util/errors.ts';
import type { Dialogs } from './dialogs.ts';
import { dotted } from './nodeView.ts';
import { forIconLabel, forMessage } from './plainText.ts';
import { callerText } from './requestText.ts';

export interface QuickAnswerDeps {
  readonly requests: Pick<Requests, 'open' | 'get' | 'answer'>;
  readonly dialogs: Dialogs;
  readonly validator: SchemaValidator;
  /** Shows the whole form. */
  readonly openForm: (request: ElicitationFormRequest) => void;
  /** The question is about to be answered: its draft is not needed any more. */
  readonly onAnswered: (requestId: string) => void;
}

/** Answers a simple question in a quick input that says who asks; any other in its form. Turning away answers nothing. */
export async function quickAnswer(request: ElicitationFormRequest, deps: QuickAnswerDeps): Promise<void> {
  const question = simpleQuestion(request.schema);
  if (!question) return deps.openForm(request);
  const gone = new AbortController();
  const watch = deps.requests.open.subscribe((open) => {
    if (!open.some(({ id }) => id === request.id)) gone.abort();
  });
  try {
    const answer =
      question.kind === 'text'
        ? await enter(request, question, deps, gone.signal)
        : await choose(request, question, deps, gone.signal);
    if (answer === 'form') return deps.openForm(request);
    if (!answer) throw new AppError('cancelled', 'nothing was answered');
    deps.onAnswered(request.id);
    if (!deps.requests.answer(request.id, answer))
      throw new AppError('conflict', l10n.t('This request is no longer open.'));
  } finally {
    watch.dispose();
  }
}

type Question<K> = Extract<NonNullable<ReturnType<typeof simpleQuestion>>, { readonly kind: K }>;

async function choose(
  request: ElicitationFormRequest,
  question: Question<'choice' | 'confirm'>,
  { dialogs, validator }: QuickAnswerDeps,
  signal: AbortSignal,
): Promise<HumanAnswer | 'form' | undefined> {
  const accept = (content: JsonObject): HumanAnswer => ({ kind: 'accept', content });
  const answers =
    question.kind === 'confirm'
      ? [{ label: `$(check) ${l10n.t('Accept')}`, description: '', answer: accept({}) }]
      : question.options
          .map(({ value, label, isDefault }) => ({
            label: typeof value === 'boolean' ? (value ? l10n.t('Yes') : l10n.t('No')) : forIconLabel(label),
            description: isDefault ? l10n.t('default') : '',
            answer: accept({ [question.name]: value }),
          }))
          .filter(({ answer }) => answer.kind !== 'accept' || fits(request, answer.content, validator));
  const picked = await dialogs.pick(
    {
      title: whoAsks(request),
      placeholder: whatIsAsked(request, question),
      items: [
        ...answers,
        {
          label: `$(circle-slash) ${l10n.t('Decline')}`,
          description: l10n.t('the server is told no'),
          answer: { kind: 'decline' } as const,
        },
        { label: `$(preview) ${l10n.t('Open the form…')}`, description: '', answer: 'form' as const },
      ],
    },
    signal,
  );
  return picked?.answer;
}

async function enter(
  request: ElicitationFormRequest,
  question: Question<'text'>,
  { dialogs, validator }: QuickAnswerDeps,
  signal: AbortSignal,
): Promise<HumanAnswer | undefined> {
  const typed = await dialogs.enter(
    {
      title: whoAsks(request),
      prompt: whatIsAsked(request, question),
      value: question.start,
      check: (text) => {
        const content = contentOf(question, text);
        if (!content) return question.isInteger ? l10n.t('Type a whole number.') : l10n.t('Type a number.');
        return validator.validate(request.schema, content).find(isBlocking)?.message;
      },
    },
    signal,
  );
  const content = typed === undefined ? undefined : contentOf(question, typed);
  return content && { kind: 'accept', content };
}

function fits(request: ElicitationFormRequest, content: JsonObject, validator: SchemaValidator): boolean {
  return !validator.validate(request.schema, content).some(isBlocking);
}

/** Server, tool, job and caller: no answer is given without them in sight. */
function whoAsks({ serverName, tool, caller }: ElicitationFormRequest): string {
  return dotted(
    l10n.t('{0} asks', forMessage(serverName, 60)),
    tool === undefined ? l10n.t('no job known') : l10n.t('job {0}', forMessage(tool, 60)),
    caller && l10n.t('called by {0}', callerText(caller, l10n.t)),
  );
}

function whatIsAsked(
  { message }: ElicitationFormRequest,
  question: Question<'choice' | 'confirm' | 'text'>,
): string {
  return question.kind === 'confirm'
    ? forMessage(message)
    : dotted(
        forMessage(message),
        forMessage(question.title, 120),
        forMessage(question.description ?? '', 200),
      );
}
