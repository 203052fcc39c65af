import { html, nothing, type TemplateResult } from 'lit-html';
import type { InstalledView, ServerView } from '../../src/core/dashboard.ts';
import { isJsonObject, type Json } from '../../src/core/json.ts';
import { button, dropdown } from '../components/components.ts';
import { code, foreign, foldedBlock, hiddenNote, rich } from '../components/foreign.ts';
import { icon } from '../components/icons.ts';
import { badge, disclosure, facts, link, notice, section } from '../components/parts.ts';
import { t } from '../strings.ts';
import { visibleText } from '../../src/core/util/text.ts';
import { withEntry } from '../viewState.ts';
import type { View } from '../view.ts';

/** Who the server says it is, how it is connected and how it is started. */
export function overviewTab(view: View, server: ServerView): TemplateResult {
  const isUp = server.state === 'ready';
  return html`<div class="scroll columns">
    <div>
      ${isUp ? identity(view, server) : nothing} ${isUp ? connection(view, server) : nothing}
      ${launch(view, server)} ${server.installed ? installation(view, server.id, server.installed) : nothing}
    </div>
    <div>
      ${isUp ? capabilities(view, server) : nothing} ${rootsOf(view, server)}
      ${server.instructions ? instructions(view, server.id, server.instructions) : nothing}
      ${
        server.problems.length > 0
          ? section(
              t('overview.problems'),
              html`<ul class="plain-list">
                ${server.problems.map((problem) => html`<li>${icon('warning', 'warn')}<span>${foreign(problem)}</span></li>`)}
              </ul>`,
            )
          : nothing
      }
    </div>
  </div>`;
}

function identity(view: View, { identity: id }: ServerView): TemplateResult {
  const claim = badge(t('overview.selfReported'), { tone: 'claim', help: t('overview.selfReportedHelp') });
  if (!id)
    return section(t('overview.identity'), html`<p class="quiet">${t('overview.noIdentity')}</p>`, claim);
  const site = id.websiteUrl;
  const isPlain = site !== undefined && site.hidden === 0 && !site.isTruncated && URL.canParse(site.text);
  return section(
    t('overview.identity'),
    facts([
      [t('overview.name'), html`${foreign(id.name)} ${hiddenNote(id.name)}`],
      [t('overview.titleField'), id.title && foreign(id.title)],
      [t('overview.version'), foreign(id.version)],
      [
        t('overview.description'),
        id.description && html`${foreign(id.description)} ${hiddenNote(id.description)}`,
      ],
      [
        t('overview.website'),
        site &&
          html`<span class="url">${foreign(site)}</span>
            ${isPlain ? link(t('overview.openLink'), () => view.act('link.open', { url: site.text })) : hiddenNote(site)}`,
      ],
    ]),
    claim,
  );
}

function connection(view: View, server: ServerView): TemplateResult {
  return section(
    t('overview.connection'),
    facts([
      [
        t('overview.era'),
        server.era && html`<span title=${t(`era.help.${server.era}`)}>${t(`era.${server.era}`)}</span>`,
      ],
      [t('overview.protocol'), server.protocolVersion && foreign(server.protocolVersion)],
      [t('overview.transport'), server.transport],
      [
        t('overview.pid'),
        server.pid === undefined ? undefined : html`<span class="number">${server.pid}</span>`,
      ],
      [t('log.level'), logLevel(view, server)],
    ]),
    html`<div class="actions">
      ${button(t('server.refresh'), () => view.act('server.refresh', { serverId: server.id }), { kind: 'icon', icon: icon('retry'), isDisabled: view.isBusy('server.refresh', { serverId: server.id }) })}
      ${button(t('server.log'), () => view.act('server.showLog', { serverId: server.id }), { kind: 'icon', icon: icon('lines') })}
    </div>`,
  );
}

/** How much the server is asked to say, and what that means. */
function logLevel(view: View, { id, log }: ServerView): TemplateResult {
  if (!log.isOffered) return html`<span class="quiet">${t('log.notOffered')}</span>`;
  const set = (value: string) => {
    const level = logLevels.find((one) => one === value);
    view.act('server.setLogLevel', { serverId: id, ...(level === undefined ? {} : { level }) });
  };
  return html`<div class="log-level" title=${t('log.help')}>
    ${dropdown({
      name: `${t('log.level')}. ${t('log.help')}`,
      value: log.level ?? 'default',
      options: (['default', ...logLevels] as const).map((value) => ({ value, label: t(`log.${value}`) })),
      onChange: set,
      id: 'log-level',
    })}
  </div>`;
}

const logLevels = [
  ...(['debug', 'info', 'notice', 'warning'] as const),
  ...(['error', 'critical', 'alert', 'emergency'] as const),
];

function launch(view: View, server: ServerView): TemplateResult {
  const { launch: how } = server;
  const names = (list: readonly string[]) =>
    list.length === 0
      ? undefined
      : html`<span class="names">${list.map((name) => html`<code>${foreign(name)}</code>`)}</span>`;
  const rows =
    how.kind === 'stdio'
      ? ([
          [
            t('overview.command'),
            html`${code(how.commandLine, t('overview.command'))} ${hiddenNote(how.commandLine)}`,
          ],
          [t('overview.cwd'), how.cwd === undefined ? undefined : html`<code>${foreign(how.cwd)}</code>`],
          [t('overview.env'), names(how.env)],
        ] as const)
      : ([
          [t('overview.url'), html`${code(how.url, t('overview.url'))} ${hiddenNote(how.url)}`],
          [t('overview.headers'), names(how.headers)],
        ] as const);
  const file = visibleText(server.file).text;
  const where = link(
    html`${foreign(`${file}:${server.line}`)}`,
    () => view.act('server.openConfig', { serverId: server.id }),
    `${t('server.config')} ${file}:${server.line}`,
  );
  return section(
    t('overview.launch'),
    html`${facts([...rows, [t('overview.file'), html`<span class="path">${where}</span>`]])}
      <p class="quiet small">${t('overview.masked')}</p>`,
  );
}

function installation(view: View, serverId: string, installed: InstalledView): TemplateResult {
  const { update, previous } = installed;
  const open = (method: 'install.update' | 'install.rollBack' | 'install.uninstall') => () =>
    view.act(method, { serverId });
  const standing =
    update.kind === 'update'
      ? notice(
          'info',
          html`<span>${rich('installed.update', foreign(update.to))}</span
            >${button(t('installed.reviewUpdate'), open('install.update'), { kind: 'primary', isDisabled: view.isBusy('install.update', { serverId }), testId: 'update' })}`,
        )
      : update.kind === 'withdrawn'
        ? notice(
            'bad',
            html`${t('installed.withdrawn')} ${update.message ? foreign(update.message) : nothing}`,
          )
        : nothing;
  return section(
    t('installed.title'),
    html`${standing}
      ${facts([
        [t('installed.entry'), html`<code>${foreign(installed.name)}</code>`],
        [
          t('installed.version'),
          html`${foreign(installed.version)}
          ${update.kind === 'current' || update.kind === 'unknown' ? html`<span class="quiet"> · ${t(`installed.${update.kind}`)}</span>` : nothing}
          ${installed.isEdited ? badge(t('installed.edited'), { tone: 'warn' }) : nothing}`,
        ],
        [t('installed.from'), html`<span class="url">${foreign(installed.origin)}</span>`],
      ])}
      <div class="form-actions">
        ${previous ? button(t('installed.rollBack', previous.text), open('install.rollBack'), { testId: 'roll-back' }) : nothing}
        ${button(t('installed.uninstall'), open('install.uninstall'), { testId: 'uninstall' })}
      </div>`,
  );
}

/** What the server is told of the workspace. */
function rootsOf(view: View, { id, roots }: ServerView): TemplateResult {
  return section(
    t('overview.roots'),
    html`${
        roots.length === 0
          ? html`<p class="quiet">${t('overview.noRoots')}</p>`
          : html`<ul class="plain-list roots">
              ${roots.map(({ name, uri }) => html`<li><span class="strong">${foreign(name)}</span> <span class="path quiet">${foreign(uri)}</span></li>`)}
            </ul>`
      }
      <p class="quiet small">${t('overview.rootsHelp')}</p>`,
    button(t('overview.editRoots'), () => view.act('server.editRoots', { serverId: id }), {
      kind: 'icon',
      icon: icon('edit'),
    }),
  );
}

function capabilities(view: View, { id, capabilities: all }: ServerView): TemplateResult {
  const names = isJsonObject(all)
    ? Object.entries(all).map(([name, value]) => capabilityLabel(name, value))
    : [];
  if (names.length === 0)
    return section(t('overview.capabilities'), html`<p class="quiet">${t('overview.noCapabilities')}</p>`);
  const key = `capabilities:${id}`;
  return section(
    t('overview.capabilities'),
    html`<div class="names">
        ${names.map((name) => badge(foreign(visibleText(name, { maxLength: 120 }).text)))}
      </div>
      ${disclosure(
        t('form.json'),
        view.ui.expanded[key] ?? false,
        (isOpen) => view.update((ui) => withEntry(ui, 'expanded', key, isOpen)),
        () => code(JSON.stringify(all, null, 2), t('overview.capabilities')),
      )}`,
  );
}

function capabilityLabel(name: string, value: Json): string {
  if (!isJsonObject(value)) return name;
  const inner = Object.entries(value).flatMap(([key, on]) => (on === false || on === null ? [] : [key]));
  return inner.length === 0 ? name : `${name} (${inner.join(', ')})`;
}

function instructions(view: View, id: string, text: NonNullable<ServerView['instructions']>): TemplateResult {
  const key = `instructions:${id}`;
  return section(
    t('overview.instructions'),
    html`<p class="quiet small">${t('overview.instructionsHelp')}</p>
      ${foldedBlock(text, view.ui.expanded[key] ?? false, (isOpen) => view.update((ui) => withEntry(ui, 'expanded', key, isOpen || undefined)))}`,
    badge(t('overview.selfReported'), { tone: 'claim', help: t('overview.selfReportedHelp') }),
  );
}
