import type { Prompt, Resource, Tool } from '../core/connection.ts';
import type { ServerSnapshot } from '../core/connections.ts';
import { pendingOf } from '../core/definitions.ts';
import { standingOf, type ReviewItem, type ServerReview } from '../core/definitionReview.ts';
import type { IdentityVerdict } from '../core/identityReport.ts';
import type { InstallStanding } from '../core/installUpdates.ts';
import { resourceClaims } from '../core/resourceContents.ts';
import { hasHiddenText } from '../core/util/text.ts';
import { stateText as stateInWords } from './definitionText.ts';
import { alarmingWord, verdictLine } from './identityText.ts';
import { dotted, icon, type NodeView } from './nodeView.ts';
import { forTooltip, forTree } from './plainText.ts';
import { shownLists, type ListKind, type ServerNode } from './serverNodes.ts';
import { countText, hintsText, originOf, stateIcon, stateText } from './serverText.ts';
import type { Translate } from './translate.ts';

/** How a row of the Servers view looks; `snapshot` is the server it belongs to, `standing` where it was installed from. */
export function serverNodeView(
  node: ServerNode,
  snapshot: ServerSnapshot | undefined,
  t: Translate,
  standing?: InstallStanding,
  review?: ServerReview,
  verdict?: IdentityVerdict,
): NodeView {
  const row = (label: string, view: Partial<NodeView>): NodeView => ({
    id: node.id,
    label,
    description: '',
    icon: undefined,
    context: node.kind,
    children: 'none',
    spoken: undefined,
    command: undefined,
    isDimmed: false,
    ...view,
  });
  const warning = icon('warning', 'problemsWarningIcon.foreground');
  switch (node.kind) {
    case 'problem':
      return row(forTree(node.problem.entry ?? originOf(node.problem.source)), {
        description: forTree(node.problem.message),
        icon: warning,
        command: 'openServerConfig',
      });
    case 'server':
      return snapshot
        ? row(forTree(snapshot.definition.name), serverRow(snapshot, t, standing, review, verdict))
        : row(node.serverId, { context: 'gone' });
    case 'list':
      return row(listLabel(node.list, t), {
        description: String(countOf(snapshot, node.list)),
        icon: icon({ tools: 'tools', resources: 'library', prompts: 'comment-discussion' }[node.list]),
        children: 'closed',
      });
    case 'tool':
      return row(
        forTree(node.item.name),
        toolRow(
          node.item,
          snapshot?.disabledTools.has(node.item.name) ?? false,
          reviewedItem(review, node.item),
          t,
        ),
      );
    case 'resource':
      return row(forTree(node.item.title ?? node.item.name), {
        description: forTree(node.item.uri),
        icon: icon('file'),
        command: 'openResource',
      });
    case 'template':
      return row(forTree(node.item.title ?? node.item.name), {
        description: forTree(node.item.uriTemplate),
        icon: icon('symbol-variable'),
        command: 'openResource',
      });
    case 'group':
      return row(node.label === '' ? t('Templates') : forTree(node.label), {
        description: String(node.count),
        icon: icon('folder'),
        children: 'closed',
      });
    case 'prompt':
      return row(forTree(node.item.name), promptRow(node.item, reviewedItem(review, node.item, 'prompt'), t));
    case 'note':
      return row(forTree(node.text), { icon: warning });
  }
}

/** Plain text for the tooltip of a row; everything foreign in it is visible text. */
export function serverNodeTooltip(
  node: ServerNode,
  snapshot: ServerSnapshot | undefined,
  t: Translate,
  standing?: InstallStanding,
  review?: ServerReview,
  verdict?: IdentityVerdict,
): string {
  switch (node.kind) {
    case 'problem': {
      const { message, source, line, column } = node.problem;
      return lines(forTooltip(message), `${source.file}:${line}:${column}`);
    }
    case 'server':
      return snapshot
        ? lines(
            serverTooltip(snapshot, t),
            standing ? installText(standing, t) : '',
            verdict ? forTooltip(verdictLine(verdict, t)) : '',
          )
        : '';
    case 'list':
      return '';
    case 'group':
      return forTooltip(node.label, 400);
    case 'note':
      return forTooltip(node.text);
    case 'tool':
      return toolTooltip(node.item, reviewedItem(review, node.item), t);
    case 'resource':
      return lines(
        forTooltip(node.item.uri, 400),
        dotted(
          forTree(node.item.mimeType ?? '', 80),
          node.item.size === undefined ? undefined : t('{0} bytes', node.item.size),
        ),
        claimsText(node.item, t),
        forTooltip(node.item.description ?? ''),
      );
    case 'template':
      return lines(forTooltip(node.item.uriTemplate, 400), forTooltip(node.item.description ?? ''));
    case 'prompt':
      return promptTooltip(node.item, reviewedItem(review, node.item, 'prompt'), t);
  }
}

function serverRow(
  snapshot: ServerSnapshot,
  t: Translate,
  standing: InstallStanding | undefined,
  review: ServerReview | undefined,
  verdict: IdentityVerdict | undefined,
): Partial<NodeView> {
  const { definition, state, offer } = snapshot;
  const canStart =
    state.kind === 'stopped' ||
    state.kind === 'failed' ||
    state.kind === 'needs-sign-in' ||
    state.kind === 'blocked';
  const description = dotted(
    reviewText(review, t),
    verdict ? alarmingWord(verdict.kind, t) : undefined,
    state.kind === 'ready' ? state.info.era : state.kind === 'stopped' ? undefined : stateText(state, t),
    state.kind === 'ready' && offer ? countText(offer, t) : undefined,
    definition.isDisabledInFile && canStart ? t('disabled in its file') : undefined,
    snapshot.isChanged ? t('changed') : undefined,
    standing?.update.kind === 'update' ? t('update {0}', forTree(standing.update.to, 40)) : undefined,
    standing?.update.kind === 'withdrawn' ? t('withdrawn by its publisher') : undefined,
    snapshot.sameName.length > 0 ? originOf(definition.source) : undefined,
  );
  return {
    description: forTree(description),
    icon: stateIcon(state),
    context: [
      'server',
      canStart ? 'can-start' : 'can-stop',
      definition.launch.kind === 'http' ? 'remote' : 'local',
      ...(state.kind === 'needs-sign-in' ? ['needs-sign-in'] : []),
      snapshot.isChanged ? 'changed' : 'unchanged',
      snapshot.isAutostart ? 'autostart-on' : 'autostart-off',
      ...(review && pendingOf(review).length > 0 ? ['to-review'] : []),
      ...(standing ? ['installed'] : []),
      ...(standing && standing.record.previous.length > 0 ? ['can-roll-back'] : []),
    ].join(' '),
    children: shownLists(offer).length > 0 ? 'closed' : 'none',
    spoken: [
      forTree(definition.name),
      state.kind === 'ready' || state.kind === 'stopped' ? stateText(state, t) : '',
      forTree(description),
    ]
      .filter((part) => part !== '')
      .join(', '),
  };
}

function serverTooltip({ definition, state, isChanged, sameName }: ServerSnapshot, t: Translate): string {
  return lines(
    forTooltip(definition.name, 400),
    stateText(state, t),
    state.kind === 'ready'
      ? t('Protocol {0} over {1}', forTree(state.info.protocolVersion, 40), state.info.transport)
      : '',
    state.kind === 'failed' ? forTooltip(state.nextStep ?? '') : '',
    `${definition.source.file}:${definition.line}`,
    isChanged
      ? t('The entry in the file has changed since this connection was started. Restart to use it.')
      : '',
    sameName.length > 0 ? t('Another source has a server of the same name.') : '',
  );
}

function installText({ record, update }: InstallStanding, t: Translate): string {
  const installed = t('Installed: {0} {1}', forTree(record.name), forTree(record.version, 80));
  if (update.kind === 'update') return lines(installed, t('Update: {0}', forTree(update.to, 80)));
  if (update.kind === 'withdrawn')
    return lines(installed, t('This version was withdrawn.'), forTooltip(update.message ?? '', 500));
  return installed;
}

function reviewedItem(
  review: ServerReview | undefined,
  { name }: { readonly name: string },
  kind: 'tool' | 'prompt' = 'tool',
): ReviewItem | undefined {
  return review?.items.find((item) => item.kind === kind && item.name === name);
}

function promptRow(prompt: Prompt, item: ReviewItem | undefined, t: Translate): Partial<NodeView> {
  const standing = item ? standingOf(item.state) : 'accepted';
  const isOdd = standing !== 'accepted' || hasHidden(prompt);
  return {
    description: dotted(
      standing === 'set-aside' ? t('set aside') : standing === 'new' ? t('new') : undefined,
      forTree(prompt.title ?? ''),
    ),
    icon: isOdd ? icon('warning', 'problemsWarningIcon.foreground') : icon('comment'),
    context: standing === 'accepted' ? 'prompt' : 'prompt to-review',
    command: 'usePrompt',
    isDimmed: standing === 'set-aside',
  };
}

function promptTooltip(prompt: Prompt, item: ReviewItem | undefined, t: Translate): string {
  const names = prompt.arguments.map(
    ({ name, isRequired }) => `${forTree(name, 60)}${isRequired ? '' : '?'}`,
  );
  return lines(
    forTooltip(prompt.name, 400),
    item ? stateInWords(item, t) : '',
    names.length > 0 ? t('Arguments: {0}', forTree(names.join(', '), 400)) : '',
    hasHidden(prompt) ? t('This definition holds hidden characters; they are shown as <U+…>.') : '',
    forTooltip(prompt.description ?? ''),
  );
}

function reviewText(review: ServerReview | undefined, t: Translate): string | undefined {
  const aside = review?.items.filter(
    ({ kind, state }) => kind === 'tool' && standingOf(state) === 'set-aside',
  );
  if (aside === undefined || aside.length === 0) return undefined;
  return aside.length === 1 ? t('1 tool set aside') : t('{0} tools set aside', aside.length);
}

function toolRow(tool: Tool, isOff: boolean, item: ReviewItem | undefined, t: Translate): Partial<NodeView> {
  const standing = item ? standingOf(item.state) : 'accepted';
  const title = tool.title === undefined || tool.title === tool.name ? undefined : forTree(tool.title, 80);
  return {
    description: dotted(
      isOff ? t('off') : undefined,
      standing === 'set-aside' ? t('set aside') : standing === 'new' ? t('new') : undefined,
      title,
    ),
    icon: isOff
      ? icon('circle-slash', 'disabledForeground')
      : standing !== 'accepted' || hasHidden(tool)
        ? icon('warning', 'problemsWarningIcon.foreground')
        : icon('symbol-method'),
    context: [isOff ? 'tool off' : 'tool on', ...(standing === 'accepted' ? [] : ['to-review'])].join(' '),
    command: 'runTool',
    isDimmed: isOff || standing === 'set-aside',
  };
}

function toolTooltip(tool: Tool, item: ReviewItem | undefined, t: Translate): string {
  const hints = hintsText(tool.annotations, t);
  return lines(
    forTooltip(tool.name, 400),
    forTooltip(tool.title ?? '', 400),
    item ? stateInWords(item, t) : '',
    hints === '' ? '' : t('The server claims: {0}', hints),
    hasHidden(tool) ? t('This definition holds hidden characters; they are shown as <U+…>.') : '',
    forTooltip(tool.description ?? ''),
  );
}

function claimsText({ raw }: Resource, t: Translate): string {
  const { audience, priority, lastModified } = resourceClaims(raw);
  const roles = { user: t('people'), assistant: t('models') };
  const claims = dotted(
    audience.length > 0 ? t('for {0}', audience.map((role) => roles[role]).join(', ')) : undefined,
    priority === undefined ? undefined : t('priority {0} of 100', Math.round(priority * 100)),
    lastModified === undefined ? undefined : t('changed {0}', new Date(lastModified).toLocaleString()),
  );
  return claims === '' ? '' : t('The server claims: {0}', claims);
}

function hasHidden(tool: Pick<Tool, 'name' | 'title' | 'description'>): boolean {
  return hasHiddenText(tool.name) || hasHiddenText(tool.title ?? '') || hasHiddenText(tool.description ?? '');
}

function listLabel(list: ListKind, t: Translate): string {
  return { tools: t('Tools'), resources: t('Resources'), prompts: t('Prompts') }[list];
}

function countOf(snapshot: ServerSnapshot | undefined, list: ListKind): number {
  const offer = snapshot?.offer;
  if (!offer) return 0;
  return offer[list].items.length + (list === 'resources' ? offer.resourceTemplates.items.length : 0);
}

function lines(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n');
}
