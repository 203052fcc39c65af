import type { Caller } from '../core/caller.ts';
import { simpleQuestion } from '../core/elicitation.ts';
import type { PromptRequest } from '../core/requests.ts';
import { dotted, icon, type NodeIcon, type NodeView } from './nodeView.ts';
import { forTooltip, forTree } from './plainText.ts';
import type { Translate } from './translate.ts';

/** Who asks, in words. */
export function callerText(caller: Caller | undefined, t: Translate): string {
  switch (caller?.kind) {
    case undefined:
      return t('unknown');
    case 'user':
      return t('you');
    case 'gateway':
      return t('{0} (agent through the gateway)', forTree(caller.name, 80));
    case 'lm-tool':
      return t('{0} (language model)', forTree(caller.name, 80));
    case 'command-line':
      return t('command line');
    case 'app':
      return t('{0} (page of the server)', forTree(caller.name, 80));
  }
}

/** An open request as a row of the Inbox. */
export function requestView(request: PromptRequest, t: Translate): NodeView {
  const label = labelOf(request, t);
  const time = new Date(request.createdAt).toLocaleTimeString(undefined, {
    hour: '2-digit',
    minute: '2-digit',
  });
  const asks =
    request.caller === undefined || request.caller.kind === 'user'
      ? undefined
      : callerText(request.caller, t);
  return {
    id: request.id,
    label,
    description: dotted(forTree(request.serverName, 80), asks, time),
    icon: iconOf(request.kind),
    context: contextOf(request),
    children: 'none',
    spoken: undefined,
    command: 'openRequest',
    isDimmed: false,
  };
}

/** Plain text for the tooltip. */
export function requestTooltip(request: PromptRequest, t: Translate): string {
  switch (request.kind) {
    case 'approval':
      return [
        t(
          '{0} wants to run {1} of {2}',
          callerText(request.caller, t),
          forTooltip(request.definition.name, 200),
          forTooltip(request.serverName, 200),
        ),
        t('It asks because: {0}', request.reason),
      ].join('\n');
    case 'elicitation-form':
      return forTooltip(request.message);
    case 'elicitation-url':
      return [forTooltip(request.message), forTooltip(request.url, 400)].join('\n');
    case 'sampling':
      return t('{0} asks for an answer of a language model', forTooltip(request.serverName, 200));
    case 'definition-change':
      return [
        ...(request.changed.length === 0
          ? []
          : [
              t(
                'Changed, and set aside until you have looked: {0}',
                forTooltip(request.changed.join(', '), 600),
              ),
            ]),
        ...(request.added.length === 0
          ? []
          : [t('New, each call asks: {0}', forTooltip(request.added.join(', '), 600))]),
      ].join('\n');
    case 'sign-in':
      return forTooltip(request.message);
  }
}

function contextOf(request: PromptRequest): string {
  const isQuestion = request.kind === 'elicitation-form' || request.kind === 'elicitation-url';
  const isSimple = request.kind === 'elicitation-form' && simpleQuestion(request.schema) !== undefined;
  return ['request', request.kind, ...(isQuestion ? ['question'] : []), ...(isSimple ? ['simple'] : [])].join(
    ' ',
  );
}

function labelOf(request: PromptRequest, t: Translate): string {
  switch (request.kind) {
    case 'approval':
      return t('Approve {0}?', forTree(request.definition.name, 120));
    case 'elicitation-form':
      return t('Question: {0}', forTree(request.message, 120));
    case 'elicitation-url':
      return t('Open a page: {0}', forTree(request.message, 120));
    case 'sampling':
      return t('Model request');
    case 'definition-change': {
      const count = request.changed.length;
      if (count === 0) return t('Look at {0} new definitions', request.added.length);
      return count === 1
        ? t('Changed: {0}', forTree(request.changed[0] ?? '', 120))
        : t('{0} definitions changed', count);
    }
    case 'sign-in':
      return request.isStepUp ? t('Grant more permissions') : t('Sign in');
  }
}

function iconOf(kind: PromptRequest['kind']): NodeIcon {
  switch (kind) {
    case 'approval':
      return icon('shield', 'problemsWarningIcon.foreground');
    case 'elicitation-form':
      return icon('question');
    case 'elicitation-url':
      return icon('link-external');
    case 'sampling':
      return icon('sparkle');
    case 'definition-change':
      return icon('diff', 'problemsWarningIcon.foreground');
    case 'sign-in':
      return icon('key', 'problemsWarningIcon.foreground');
  }
}
