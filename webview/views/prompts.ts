import { html, nothing, type TemplateResult } from 'lit-html';
import type { ServerView } from '../../src/core/dashboard.ts';
import type { PromptView } from '../../src/core/dashboardPrompts.ts';
import { foreign } from '../components/foreign.ts';
import { badge, empty } from '../components/parts.ts';
import { windowedList } from '../components/windowedList.ts';
import { t } from '../strings.ts';
import type { View } from '../view.ts';
import { noMatch, notConnected, offersNone } from './emptyStates.ts';
import { filterField, filterOf, masterDetail, matches } from './page.ts';
import { promptDetail } from './promptDetail.ts';

/** The prompts of a server and the one that is open. */
export function promptsTab(view: View, server: ServerView, open: string | undefined): TemplateResult {
  if (server.toolCount === undefined) return notConnected(view, server);
  if (server.counts.prompts === 0) return offersNone(view, server, 'prompts.none');
  const close = () => view.go({ kind: 'server', serverId: server.id, tab: 'prompts', tool: undefined });
  const detail = server.openPrompt
    ? promptDetail(view, server, server.openPrompt)
    : html`<div class="scroll">${empty(open === undefined ? t('prompts.select') : t('prompts.gone'))}</div>`;
  return masterDetail(list(view, server, open), detail, open !== undefined, close);
}

function list(view: View, server: ServerView, open: string | undefined): TemplateResult {
  const key = `prompts:${server.id}`;
  const filter = filterOf(view, key);
  const prompts = filtered(server.prompts, filter);
  return html`<div class="list-head">
      ${filterField(view, key, 'prompts.filter')}
      <span class="quiet" aria-live="polite"
        >${filter === '' ? nothing : t('prompts.count', prompts.length, server.prompts.length)}</span
      >
    </div>
    ${
      prompts.length === 0
        ? noMatch(view, t('prompts.noMatch', filter), [key])
        : windowedList(view.list(key), {
            label: t('prompts.list', server.name.text),
            items: prompts,
            key: (prompt) => prompt.name,
            rowHeight: 44,
            selected: open,
            open: ({ name }) => view.go({ kind: 'server', serverId: server.id, tab: 'prompts', tool: name }),
            row,
          })
    }
    ${server.counts.prompts > server.prompts.length ? html`<p class="quiet small pad">${t('prompts.omitted', server.prompts.length)}</p>` : nothing}`;
}

function row(prompt: PromptView): TemplateResult {
  const text = prompt.title ?? prompt.description;
  return html`<div class="row-main">
    <div class="row-title">
      <code class="ellipsis">${foreign(prompt.shownName)}</code
      >${prompt.standing === 'accepted' ? nothing : badge(t(`tools.standing.${prompt.standing}`), { tone: 'warn' })}
    </div>
    <div class="row-sub ellipsis quiet">
      ${text ? foreign(text.text.split('\n', 1)[0] ?? '') : foreign(prompt.arguments || t('prompts.noArguments'))}
    </div>
  </div>`;
}

const memo = new WeakMap<
  readonly PromptView[],
  { readonly filter: string; readonly prompts: readonly PromptView[] }
>();

/** The prompts that a filter leaves; kept, because a list is drawn far more often than it changes. */
function filtered(prompts: readonly PromptView[], filter: string): readonly PromptView[] {
  const known = memo.get(prompts);
  if (known?.filter === filter) return known.prompts;
  const left =
    filter === ''
      ? prompts
      : prompts.filter(({ name, title, description }) =>
          matches(filter, [name, title?.text, description?.text]),
        );
  memo.set(prompts, { filter, prompts: left });
  return left;
}
