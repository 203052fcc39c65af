import { html, nothing, type TemplateResult } from 'lit-html';
import type { RegistrySourceView, RegistryView } from '../../src/core/dashboardRegistry.ts';
import { button, checkbox } from '../components/components.ts';
import { foreign } from '../components/foreign.ts';
import { icon } from '../components/icons.ts';
import { badge, progressBar } from '../components/parts.ts';
import { dateTime, number, percent } from '../format.ts';
import { count, t } from '../strings.ts';
import type { View } from '../view.ts';
import { ago } from './registryWords.ts';

/** The state of all registries in one line: what is being read, what failed, how old the copies are. */
export function sourcesState({ registries }: RegistryView, now: number): TemplateResult {
  const used = registries.filter(({ isEnabled }) => isEnabled);
  const parts: unknown[] = [];
  for (const { label, sync } of used) {
    if (sync.kind === 'running') {
      const share = sync.progress === undefined ? '' : ` ${percent(sync.progress)}`;
      const text = t(sync.isUpdate ? 'registry.state.updating' : 'registry.state.reading', label);
      parts.push(html`<span>${icon('busy', 'quiet', true)} ${foreign(text)}${share}</span>`);
    } else if (sync.kind === 'failed') {
      parts.push(html`<span>${icon('warning', 'warn')} ${foreign(t('registry.state.failed', label))}</span>`);
    }
  }
  const ages = used.flatMap(({ completedAt }) => (completedAt === undefined ? [] : [completedAt]));
  if (ages.length > 0) {
    const oldest = Math.min(...ages);
    const key = ages.length > 1 ? 'registry.state.mixed' : 'registry.state.asOf';
    parts.push(html`<span title=${dateTime(oldest)}>${t(key, ago(oldest, now))}</span>`);
  }
  return html`<span class="registry-state"
    >${t('registry.sources')}<span class="registry-state-parts quiet">${parts}</span></span
  >`;
}

/** Each registry with its switch, how it stands, and what can be done about that. */
export function sourceList(view: View, { registries }: RegistryView): TemplateResult {
  return html`<ul class="registry-source-list">
      ${registries.map((source) => html`<li>${sourceRow(view, source)}</li>`)}
    </ul>
    <p>${button(t('registry.source.edit'), () => view.act('registry.openSettings', {}))}</p>`;
}

function sourceRow(view: View, source: RegistrySourceView): TemplateResult {
  const { id, label, host, isEnabled, isPolicy, hasKey } = source;
  return html`<div class="registry-source">
      ${checkbox({
        label: html`${foreign(label)} <span class="quiet">${foreign(host)}</span>`,
        name: t('registry.source.on', label),
        isChecked: isEnabled,
        isDisabled: isPolicy,
        onChange: (on) => view.act('registry.setEnabled', { registryId: id, on }),
      })}
      ${isPolicy ? badge(t('registry.source.policy')) : nothing}
      ${hasKey ? badge(html`${icon('key')}${t('registry.source.key')}`) : nothing}
      <span class="spacer"></span>
      ${isEnabled ? actions(view, source) : nothing}
    </div>
    ${isEnabled ? standing(view, source) : nothing}`;
}

function standing(view: View, { label, sync, servers, completedAt }: RegistrySourceView): TemplateResult {
  const known = html`<span class="number">${count('registry.source.servers', servers)}</span> ·
    ${
      completedAt === undefined
        ? t('registry.state.never')
        : html`<span title=${dateTime(completedAt)}
            >${t('registry.state.asOf', ago(completedAt, view.now()))}</span
          >`
    }`;
  if (sync.kind === 'running') {
    const done = sync.progress === undefined ? '' : ` · ${percent(sync.progress)}`;
    return html`<div class="registry-standing">
      ${progressBar(sync.progress ?? 0, sync.progress === undefined ? undefined : 1, t('registry.source.progress', label))}
      <p class="quiet small">
        <span class="number">${count('registry.source.servers', servers)}</span> ·
        <span class="number">${readText(sync.rows)}${done}</span>
      </p>
    </div>`;
  }
  if (sync.kind === 'failed') {
    return html`<div class="registry-standing" role="note">
      <p>${icon('warning', 'warn')} ${foreign(sync.message)}</p>
      ${sync.nextStep === undefined ? nothing : html`<p class="quiet">${foreign(sync.nextStep)}</p>`}
      <p class="quiet small">${known}</p>
    </div>`;
  }
  return html`<div class="registry-standing">
    ${sync.kind === 'cancelled' ? html`<p>${t('registry.source.cancelled')}</p>` : nothing}
    ${sync.kind === 'elsewhere' ? html`<p>${t('registry.source.elsewhere')}</p>` : nothing}
    <p class="quiet small">${known}</p>
  </div>`;
}

function readText(rows: number): string {
  return rows === 1 ? t('registry.source.versions.one') : t('registry.source.versions.other', number(rows));
}

function actions(view: View, { id, label, sync, completedAt, hasKey }: RegistrySourceView): TemplateResult {
  const target = { registryId: id };
  const needsKey = sync.kind === 'failed' && sync.needsKey;
  const key = button(t('registry.source.setKey'), () => view.act('registry.setKey', target), {
    kind: needsKey && hasKey ? 'primary' : 'secondary',
    name: t('registry.source.setKeyNamed', label),
  });
  const signIn =
    needsKey && !hasKey
      ? button(t('registry.source.signIn'), () => view.act('registry.signIn', target), {
          kind: 'primary',
          name: t('registry.source.signInNamed', label),
          isDisabled: view.isBusy('registry.signIn', target),
        })
      : nothing;
  if (sync.kind === 'running') {
    return button(t('registry.source.cancel'), () => view.act('registry.cancelSync', target), {
      icon: icon('stop'),
      name: t('registry.source.cancelNamed', label),
    });
  }
  const what = sync.kind === 'failed' ? 'retry' : completedAt === undefined ? 'continue' : 'update';
  return html`${signIn} ${key}
  ${button(t(`registry.source.${what}`), () => view.act('registry.sync', target), {
    icon: icon('retry'),
    name: t(`registry.source.${what}Named`, label),
    isDisabled: sync.kind === 'elsewhere' || view.isBusy('registry.sync', target),
  })}`;
}
