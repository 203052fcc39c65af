import type { JsonObject } from '../core/json.ts';
import type { SamplingRequest } from '../core/requests.ts';
import { hintsOf } from '../core/samplingModels.ts';
import type { SamplingRoom } from '../core/samplingUse.ts';
import { hasHiddenText, oneLine } from '../core/util/text.ts';
import { forFileName } from './plainText.ts';
import { callerText } from './requestText.ts';
import type { Translate } from './translate.ts';
import { visibleJson } from './visibleJson.ts';

/** The tab name of a model request. */
export function promptFileName({ serverName }: Pick<SamplingRequest, 'serverName'>): string {
  return `${forFileName(serverName)} – model request.mcpjson`;
}

/** The tab name of a model's answer. */
export function answerFileName({ serverName }: Pick<SamplingRequest, 'serverName'>): string {
  return `${forFileName(serverName)} – model answer.mcpjson`;
}

/** How much a server has used up, in words. */
export function roomText({ requests, tokens, limits }: SamplingRoom, t: Translate): string {
  return t(
    '{0} of {1} requests in this hour, {2} of {3} tokens in this day',
    requests,
    limits.requestsPerHour,
    tokens,
    limits.tokensPerDay,
  );
}

/** The document of a model request: who asks, what is used up, then the whole prompt. */
export function promptText(
  request: SamplingRequest,
  document: JsonObject,
  room: SamplingRoom,
  t: Translate,
): string {
  const { params } = request;
  const hints = hintsOf(params['modelPreferences']);
  const context = params['includeContext'];
  return withHeader(
    [
      t('MCP Switchboard: may a language model be asked this?'),
      t(
        'Edit it below, then choose above or in the title bar. Nothing is sent before that; closing this tab decides nothing.',
      ),
    ],
    [
      ...originRows(request, t),
      [
        t('Wishes'),
        hints.length === 0
          ? t('any model')
          : t('a model like {0}', hints.map((hint) => oneLine(hint, 60)).join(', ')),
      ],
      [t('Used up'), roomText(room, t)],
    ],
    [
      ...(document['systemPrompt'] === undefined
        ? []
        : [t('VS Code’s models take no system prompt of others: it goes first, as a message of the user.')]),
      ...(typeof context === 'string' && context !== 'none'
        ? [t('⚠ The server also wants context of other servers ({0}); none is sent.', oneLine(context, 40))]
        : []),
      ...hiddenNote(document, t),
    ],
    document,
  );
}

/** The document of a model's answer, before it goes to the server. */
export function answerText(
  request: SamplingRequest,
  document: JsonObject,
  modelName: string,
  tokens: number,
  t: Translate,
): string {
  const isCut = document['stopReason'] === 'maxTokens';
  return withHeader(
    [
      t('MCP Switchboard: may this answer go to the server?'),
      t('Edit it below, then choose above or in the title bar. The server has nothing yet.'),
    ],
    [
      ...originRows(request, t),
      [t('Model'), oneLine(modelName, 100)],
      [t('Tokens'), t('{0}, of prompt and answer', tokens)],
    ],
    [
      ...(isCut ? [t('The answer was cut at the number of tokens that the request allows.')] : []),
      ...hiddenNote(document, t),
    ],
    document,
  );
}

function originRows(request: SamplingRequest, t: Translate): [string, string][] {
  return [
    [t('Server'), oneLine(request.serverName, 200)],
    [t('Tool'), request.tool === undefined ? t('unknown') : oneLine(request.tool, 200)],
    [t('Job'), request.jobId ?? t('unknown')],
    [t('Caller'), callerText(request.caller, t)],
  ];
}

function hiddenNote(document: JsonObject, t: Translate): string[] {
  return hasHiddenText(JSON.stringify(document))
    ? [t('⚠ The text holds hidden characters; they are shown as \\uXXXX.')]
    : [];
}

function withHeader(
  intro: readonly string[],
  rows: readonly (readonly [string, string])[],
  notes: readonly string[],
  document: JsonObject,
): string {
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  const header = [
    ...intro,
    '',
    ...rows.map(([name, value]) => `${`${name}:`.padEnd(width)} ${value}`),
    ...(notes.length > 0 ? ['', ...notes] : []),
  ];
  return `${header.map((line) => (line === '' ? '//' : `// ${line}`)).join('\n')}\n${visibleJson(document)}\n`;
}
