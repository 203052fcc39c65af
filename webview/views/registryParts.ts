import { html, nothing, type TemplateResult } from 'lit-html';
import type { EntryFacts, EntryInputView, EntryPartView } from '../../src/core/dashboardEntry.ts';
import { code, foreign, hiddenNote } from '../components/foreign.ts';
import { icon } from '../components/icons.ts';
import { badge, facts, subsection } from '../components/parts.ts';
import { t } from '../strings.ts';
import { kindWord } from './registryWords.ts';

/** Every package and remote of an entry: what would run, what it asks for, and why it may not be possible. */
export function entryParts({ parts }: EntryFacts): TemplateResult {
  return subsection(
    t('entry.parts'),
    parts.length === 0
      ? html`<p class="quiet">${t('entry.noParts')}</p>`
      : html`<div class="entry-parts">${parts.map(part)}</div>`,
  );
}

function part(view: EntryPartView): TemplateResult {
  const { kind, type, subject, version, plan, reasons, launch, inputs, fixed, notes } = view;
  const isRemote = kind === 'remote';
  const states = { runnable: 'planned', 'needs-input': 'needs', refused: 'refused' } as const;
  const tones = { runnable: 'good', 'needs-input': 'plain', refused: 'warn' } as const;
  const label = t(isRemote ? 'entry.part.connects' : 'entry.part.runs');
  return html`<article class="entry-part" aria-label="${t(`entry.part.${kind}`)} ${subject.text}">
    <header class="entry-part-head">
      ${badge(foreign(kindWord(type.text)))}
      <code class="entry-subject">${foreign(subject)}</code>
      ${hiddenNote(subject)}
      ${isRemote ? nothing : version ? badge(foreign(version)) : badge(t('entry.part.unpinned'), { tone: 'warn' })}
      <span class="spacer"></span>
      ${badge(t(`entry.part.${states[plan]}`), { tone: tones[plan] })}
    </header>
    ${
      reasons.length === 0
        ? nothing
        : html`<ul class="plain-list">
            ${reasons.map((reason) => html`<li>${icon(plan === 'refused' ? 'warning' : 'info', plan === 'refused' ? 'warn' : 'quiet')}<span>${foreign(reason)}</span></li>`)}
          </ul>`
    }
    ${
      launch === undefined || (isRemote && launch.text === subject.text)
        ? nothing
        : html`<p class="quiet small">${label}</p>
            ${code(launch, label)} ${hiddenNote(launch)}`
    }
    ${facts([
      [t('entry.part.transport'), isRemote ? undefined : foreign(view.transport)],
      [
        t('entry.part.program'),
        view.program === undefined ? undefined : html`<code>${foreign(view.program)}</code>`,
      ],
      [t('entry.part.baseUrl'), view.baseUrl && html`<span class="url">${foreign(view.baseUrl)}</span>`],
      [t('entry.part.sha256'), view.sha256 && html`<code>${foreign(view.sha256)}</code>`],
      [t('entry.part.hint'), view.runtimeHint && html`<code>${foreign(view.runtimeHint)}</code>`],
      [
        t('entry.part.fixed'),
        fixed.length === 0
          ? undefined
          : html`<span class="names">${fixed.map((value) => html`<code>${foreign(value)}</code>`)}</span>`,
      ],
    ])}
    ${
      inputs.length === 0
        ? html`<p class="quiet small">${t('entry.inputs.none')}</p>`
        : html`<h4>${t('entry.inputs')}</h4>
            <ul class="entry-inputs">
              ${inputs.map(input)}
            </ul>`
    }
    ${
      notes.length === 0
        ? nothing
        : html`<h4>${t('entry.part.notes')}</h4>
            <ul class="plain-list">
              ${notes.map((note) => html`<li>${foreign(note)}</li>`)}
            </ul>`
    }
  </article>`;
}

function input(view: EntryInputView): TemplateResult {
  const isByName = view.isSecret && !view.isDeclaredSecret;
  return html`<li>
    <div class="entry-input-head">
      <code>${foreign(view.name)}</code>
      ${view.isRequired ? badge(t('entry.input.required')) : html`<span class="quiet small">${t('entry.input.optional')}</span>`}
      ${
        view.isSecret
          ? badge(html`${icon('key')}${t(isByName ? 'entry.input.secretByName' : 'entry.input.secret')}`, {
              ...(isByName ? { help: t('entry.input.secretByNameHelp') } : {}),
            })
          : nothing
      }
      <span class="quiet small"
        >${t(`entry.input.${view.origin}`)}${view.format === 'string' ? nothing : html` · ${view.format}`}</span
      >
    </div>
    ${view.description ? html`<div class="entry-input-text">${foreign(view.description)} ${hiddenNote(view.description)}</div>` : nothing}
    ${view.default ? html`<div class="quiet small">${foreign(t('entry.input.default', view.default.text))}</div>` : nothing}
    ${view.choices.length > 0 ? html`<div class="quiet small">${foreign(t('entry.input.choices', view.choices.map(({ text }) => text).join(', ')))}</div>` : nothing}
  </li>`;
}
