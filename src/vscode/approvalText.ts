import type { Tool } from '../core/connection.ts';
import { definitionFlags, type ForeignName } from '../core/definitionFlags.ts';
import type { IdentityVerdict } from '../core/identityReport.ts';
import type { JsonObject } from '../core/json.ts';
import { addressOf, commandLineOf } from '../core/launchText.ts';
import type { Launch } from '../core/server.ts';
import type { ApprovalRequest } from '../core/requests.ts';
import { pinnedDefinition } from '../core/pins.ts';
import { visibleText } from '../core/util/text.ts';
import { argumentsStart } from './argumentText.ts';
import { verdictLine } from './identityText.ts';
import { forFileName } from './plainText.ts';
import { callerText } from './requestText.ts';
import { flagText } from './flagText.ts';
import { hintsText } from './serverText.ts';
import type { Translate } from './translate.ts';
import { visibleJson } from './visibleJson.ts';

const columns = 88;
const maxDescriptionLines = 24;

/** The tab name of an approval document. */
export function approvalFileName(request: Pick<ApprovalRequest, 'definition'>): string {
  return `${forFileName(request.definition.name)} – approve.mcpjson`;
}

/** The document of a request: the header, then `argumentText`. */
export function approvalDocument(
  request: ApprovalRequest,
  argumentText: string,
  t: Translate,
  foreign: readonly ForeignName[] = [],
  verdict?: IdentityVerdict,
): string {
  return `${header(request, foreign, t, verdict)}\n${argumentText}`;
}

/** The text of arguments as an approval document shows them. */
export function argumentsAsText(args: JsonObject): string {
  return `${visibleJson(args)}\n`;
}

/** What is left of an edited document when its header is taken away. */
export function withoutHeader(text: string): string {
  return text.slice(argumentsStart(text));
}

/** The whole definition of a tool as received, for reading. */
export function definitionDocument(tool: Tool): string {
  return `${visibleJson(tool.raw)}\n`;
}

/** The document of several requests that are decided about together: who asks, then each call in full. */
export function batchDocument(requests: readonly ApprovalRequest[], t: Translate): string {
  const callers = [...new Set(requests.map(({ caller }) => callerText(caller, t)))];
  const head = [
    t('{0} asks: may these {1} calls be sent?', callers.join(', '), requests.length),
    t('Each is sent as it stands here, or not at all. Closing this tab decides nothing.'),
  ];
  const parts = requests.map((request, i) => {
    const { definition, serverName, reason, caller } = request;
    const rows = [
      t('{0}. {1} of {2}', i + 1, one(definition.name), one(serverName)),
      ...(callers.length > 1 ? [`${t('Caller')}: ${callerText(caller, t)}`] : []),
      `${t('Asks because')}: ${one(reason, 400)}`,
      ...hiddenNotes(definition, t).map((note) => `⚠ ${note}`),
    ];
    return `${rows.map((row) => `// ${row}`).join('\n')}\n${argumentsAsText(request.arguments)}`;
  });
  return `${head.map((line) => `// ${line}`).join('\n')}\n\n${parts.join('\n')}`;
}

/** Says what "always allow" will be bound to. */
export function alwaysDetail(request: ApprovalRequest, launch: Launch | undefined, t: Translate): string {
  return [
    t(
      'Calls of this tool by {0} are then sent without asking, for as long as all of this stays the same:',
      callerText(request.caller, t),
    ),
    '',
    t('Tool: {0} (definition {1})', one(request.definition.name), request.definitionHash.slice(0, 16)),
    t(
      'Server: {0}, configured in {1}',
      one(request.serverName),
      `${one(request.source.file, 1000)}:${request.source.line}`,
    ),
    t(
      'Started by: {0} (launch {1})',
      launch ? one(launch.kind === 'stdio' ? commandLineOf(launch) : addressOf(launch), 4000) : '?',
      request.launchHash.slice(0, 16),
    ),
    '',
    t(
      'When the server’s launch or the tool’s name, text or schema changes, the next call asks again. The arguments are not part of it: any arguments will be allowed.',
    ),
  ].join('\n');
}

function header(
  request: ApprovalRequest,
  foreign: readonly ForeignName[],
  t: Translate,
  verdict: IdentityVerdict | undefined,
): string {
  const { definition: tool } = request;
  const hints = hintsText(tool.annotations, t);
  const hidden = [...hiddenNotes(tool, t), ...flagNotes(tool, foreign, t)];
  const rows: [string, string][] = [
    [t('Caller'), callerText(request.caller, t)],
    [t('Tool'), tool.title === undefined ? one(tool.name) : `${one(tool.name)} — “${one(tool.title)}”`],
    [t('Server'), `${one(request.serverName)}  (${one(request.source.file, 1000)}:${request.source.line})`],
    ...(verdict ? [[t('Identity'), one(verdictLine(verdict, t), 400)] as [string, string]] : []),
    [t('Asks because'), one(request.reason, 400)],
    [t('Claims'), hints === '' ? t('none') : t('{0} (as the server says, not checked)', hints)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  const description =
    tool.description === undefined ? [] : wrapped(visibleText(tool.description, { maxLength: 20_000 }).text);
  const shown = description.slice(0, maxDescriptionLines);
  return [
    request.caller?.kind === 'user'
      ? t('MCP Switchboard: may this call be sent?')
      : t('{0} asks: may this call be sent?', callerText(request.caller, t)),
    t('Edit the arguments below, then choose above or in the title bar. Closing this tab decides nothing.'),
    '',
    ...rows.map(([name, value]) => `${`${name}:`.padEnd(width)} ${value}`),
    ...hidden.map((note) => `⚠ ${note}`),
    ...(shown.length > 0 ? ['', t('What the server says the tool does:')] : []),
    ...shown.map((line) => `  ${line}`),
    ...(description.length > shown.length
      ? [`  ${t('… {0} more lines: see “Tool definition” above.', description.length - shown.length)}`]
      : []),
  ]
    .map((line) => (line === '' ? '//' : `// ${line}`))
    .join('\n');
}

function hiddenNotes(tool: Tool, t: Translate): string[] {
  const seen = [tool.name, tool.title ?? '', tool.description ?? ''].map((text) => visibleText(text));
  const count = seen.flatMap(({ marks }) => marks).reduce((sum, mark) => sum + mark.count, 0);
  const spelled = seen.flatMap(({ hidden }) => hidden);
  return [
    ...(count > 0 ? [t('The tool’s text holds {0} hidden characters; they are shown as <U+…>.', count)] : []),
    ...spelled.map((text) => t('Hidden characters spell: {0}', one(text, 400))),
  ];
}

const maxFlagNotes = 8;

function flagNotes(tool: Tool, foreign: readonly ForeignName[], t: Translate): string[] {
  const flags = definitionFlags(pinnedDefinition(tool), foreign).filter(
    ({ rule }) => rule !== 'hidden-characters',
  );
  const rest = flags.length - maxFlagNotes;
  return [
    ...flags.slice(0, maxFlagNotes).map(({ rule, quote }) => `${flagText(rule, t)}: “${quote}”`),
    ...(rest > 0 ? [t('… and {0} more: see the tool’s page.', rest)] : []),
  ];
}

/** Visible text on one line; unlike a tree label, never cut in silence. */
function one(text: string, max = 200): string {
  const visible = visibleText(text).text.replace(/\s+/gu, ' ').trim();
  return visible.length <= max ? visible : `${visible.slice(0, max)}…`;
}

/** Lines of at most `columns` characters, broken at blanks where there are any. */
export function wrapped(text: string): string[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const lines: string[] = [];
    let rest = line.trimEnd();
    while (rest.length > columns) {
      const blank = rest.lastIndexOf(' ', columns);
      const end =
        blank > columns / 2 ? blank : columns - (isHighSurrogate(rest.charCodeAt(columns - 1)) ? 1 : 0);
      lines.push(rest.slice(0, end));
      rest = rest.slice(end).trimStart();
    }
    return [...lines, rest];
  });
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
