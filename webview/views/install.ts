import { pageLocale } from '../format.ts';
import { html, nothing, type TemplateResult } from 'lit-html';
import type { InstallOptionView, InstallTargetView, InstallView } from '../../src/core/installPage.ts';
import { formModel } from '../../src/core/forms/formModel.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { button, checkbox, dropdown, ring, textField } from '../components/components.ts';
import { code, foreign, foreignBlock, hiddenNote, rich } from '../components/foreign.ts';
import { icon } from '../components/icons.ts';
import { badge, empty, notice, section } from '../components/parts.ts';
import { Form } from '../forms/form.ts';
import { formView, problemCount } from '../forms/formView.ts';
import { later } from '../forms/later.ts';
import { count, t, type StringKey } from '../strings.ts';
import { withEntry } from '../viewState.ts';
import type { View } from '../view.ts';
import { dangerList, noteList, versionChanges } from './installParts.ts';
import { installDone, installReview } from './installReview.ts';

/** The page of an installation: what, where, with which answers; then the review; then what was done. */
export function installPage(view: View): TemplateResult {
  const { install } = view.state;
  if (!install)
    return html`<div class="page-column">
      ${empty(
        t('install.none'),
        t('install.noneHelp'),
        button(t('install.browse'), () => view.go({ kind: 'registry', entry: undefined })),
      )}
    </div>`;
  const body =
    install.step === 'choose'
      ? choose(view, install)
      : install.step === 'review' && install.review
        ? installReview(view, install, install.review)
        : installDone(view, install);
  return html`<div class="page-column install" data-testid="install" data-step=${install.step}>
    <div class="scroll">
      <div class="install-body">${head(view, install)} ${body}</div>
    </div>
  </div>`;
}

function head(view: View, install: InstallView): TemplateResult {
  const name = html`<span class="strong">${foreign(install.title ?? install.name)}</span>`;
  return html`<header class="install-head">
      <h1 tabindex="-1">${rich(`install.title.${install.purpose}`, name)}</h1>
      <span class="spacer"></span>
      ${steps(install)}
      ${button(t('install.close'), () => view.act('install.close', { flowId: install.id }), {
        kind: 'icon',
        icon: icon('close'),
        isDisabled: install.busy === 'write',
      })}
    </header>
    <p class="install-about">
      <code>${foreign(install.name)}</code> ${hiddenNote(install.name)}
      ${install.version === '' ? nothing : html`<span class="quiet">${foreign(install.versions.find((one) => one.version === install.version)?.shown ?? install.version)}</span>`}
      <span class="quiet">${origin(install)}</span>
    </p>
    ${install.description ? html`<div class="install-description">${foreignBlock(install.description)}</div>` : nothing}
    ${
      install.status === 'active'
        ? nothing
        : notice(
            install.status === 'deleted' ? 'bad' : 'warn',
            html`${t(`install.status.${install.status}`)}
            ${install.statusMessage ? foreign(install.statusMessage) : nothing}`,
          )
    }
    ${install.error ? notice('bad', foreign(install.error), 'alert') : nothing}`;
}

function steps({ step }: InstallView): TemplateResult {
  const all = ['choose', 'review', 'done'] as const;
  return html`<ol class="steps" aria-label=${t('install.steps')}>
    ${all.map((one) => html`<li aria-current=${one === step ? 'step' : nothing}>${t(`install.step.${one}`)}</li>`)}
  </ol>`;
}

function origin({ origin: { kind, text } }: InstallView): TemplateResult {
  return html`${t(`install.origin.${kind}`)} ${foreign(text)}`;
}

function choose(view: View, install: InstallView): TemplateResult {
  const isRefused = install.refusals.length > 0 || install.options.length === 0;
  return html`${changes(install)} ${options(view, install)} ${missing(install)}
  ${isRefused ? refused(view, install) : html`${needs(view, install)} ${target(view, install)} ${inputs(view, install)} ${remarks(view, install)} ${actions(view, install)}`}`;
}

function changes(install: InstallView): TemplateResult | typeof nothing {
  const edited = install.isEdited ? notice('warn', t('install.edited')) : nothing;
  if (!install.versionDiff) return html`${edited}`;
  return html`${edited} ${versionChanges(install.versionDiff)}`;
}

function options(view: View, install: InstallView): TemplateResult {
  const isFixed = install.options.length < 2;
  return section(
    t('install.what'),
    html`${install.versions.length > 0 ? versionField(view, install) : nothing}
      <div
        class="choices"
        role=${isFixed ? nothing : 'radiogroup'}
        aria-label=${isFixed ? nothing : t('install.what')}
      >
        ${install.options.map((option) => optionRow(view, install, option, isFixed))}
      </div>
      ${install.options.length === 0 ? html`<p class="quiet">${t('install.nothing')}</p>` : nothing}
      ${runnerField(view, install)}`,
  );
}

function versionField(view: View, install: InstallView): TemplateResult {
  return html`<div class="install-field">
    <span class="field-label">${t('install.version')}</span>
    ${dropdown({
      name: t('install.version'),
      value: install.version,
      options: install.versions.map((one) => ({
        value: one.version,
        label: html`${foreign(one.shown)}${one.isInstalled ? ` · ${t('install.installed')}` : ''}${one.isLatest ? ` · ${t('install.latest')}` : ''}${one.status === 'active' ? '' : ` · ${t(`install.short.${one.status}`)}`}${one.publishedAt === undefined ? '' : ` · ${new Date(one.publishedAt).toLocaleDateString(pageLocale(), { dateStyle: 'medium' })}`}`,
      })),
      onChange: (version) => view.act('install.version', { flowId: install.id, version }),
    })}
  </div>`;
}

function optionRow(
  view: View,
  install: InstallView,
  option: InstallOptionView,
  isFixed: boolean,
): TemplateResult {
  const isChosen = option.key === install.option;
  const content = html`<span class="choice-main">
    <span class="choice-title"
      >${badge(option.kind)}<span class="url">${foreign(option.name)}</span
      >${option.version ? html`<span class="quiet">${foreign(option.version)}</span>` : nothing}
      ${option.isRecommended ? badge(t('install.recommended'), { tone: 'good' }) : nothing}
      ${option.isRefused ? badge(t('install.refused'), { tone: 'bad' }) : nothing}
      ${option.missing ? badge(t('install.missingShort', option.missing.text), { tone: 'warn' }) : nothing}</span
    >
    <span class="quiet small">${t(`install.place.${option.place}`)}</span>
    ${option.isRefused && !isChosen ? html`<span class="small bad-text">${foreign(option.reasons[0] ?? '')}</span>` : nothing}
  </span>`;
  if (isFixed) return html`<div class="choice fixed">${content}</div>`;
  return html`<label class="choice ${isChosen ? 'chosen' : ''}">
    <input
      type="radio"
      name="option"
      .checked=${isChosen}
      @change=${() => view.act('install.choose', { flowId: install.id, change: { option: option.key } })}
    />
    ${content}
  </label>`;
}

function runnerField(view: View, install: InstallView): TemplateResult | typeof nothing {
  if (install.runners.length < 2) return nothing;
  return html`<div class="install-field">
    <span class="field-label">${t('install.runner')}</span>
    ${dropdown({
      name: t('install.runner'),
      value: install.runner,
      options: install.runners.map(({ id, isFound }) => ({
        value: id,
        label: isFound ? id : `${id} · ${t('install.notFound')}`,
      })),
      onChange: (id) => {
        const runner = install.runners.find((one) => one.id === id)?.id;
        if (runner !== undefined) view.act('install.choose', { flowId: install.id, change: { runner } });
      },
    })}
  </div>`;
}

function missing({ missing: lacks }: InstallView): TemplateResult | typeof nothing {
  if (!lacks) return nothing;
  return notice(
    'warn',
    html`<span data-testid="missing"
      ><strong>${t('install.missing', lacks.command.text)}</strong> ${foreign(lacks.hint)}</span
    >`,
  );
}

function refused(view: View, install: InstallView): TemplateResult {
  return html`${
    install.refusals.length === 0
      ? nothing
      : notice(
          'bad',
          html`<div>
            <strong>${t('install.refusedWhy')}</strong>
            <ul class="plain-list">
              ${install.refusals.map((reason) => html`<li>${foreign(reason)}</li>`)}
            </ul>
          </div>`,
        )
  }
  ${privateBox(view, install)}`;
}

function privateBox(view: View, { id, privateAddresses }: InstallView): TemplateResult | typeof nothing {
  if (!privateAddresses.isOffered) return nothing;
  return checkbox({
    label: t('install.allowPrivate'),
    isChecked: privateAddresses.isOn,
    onChange: (allowPrivate) => view.act('install.choose', { flowId: id, change: { allowPrivate } }),
  });
}

function needs(view: View, install: InstallView): TemplateResult | typeof nothing {
  if (install.needs.length === 0 && !install.startYourself) return nothing;
  const { download, prepare, startYourself } = install;
  return section(
    t('install.first'),
    html`${
      install.needs.includes('version')
        ? html`<div class="install-field">
            <span class="field-label">${t('install.pin')}</span>
            ${textField({
              name: t('install.pin'),
              value: typed(view, `pin:${install.id}:${install.option}`) ?? install.pin,
              placeholder: '1.2.3',
              onInput: (pin) => {
                type(view, `pin:${install.id}:${install.option}`, pin);
                view.act('install.choose', { flowId: install.id, change: { pin } });
              },
            })}
            <span class="field-hint">${t('install.pinHelp')}</span>
          </div>`
        : nothing
    }
    ${
      install.needs.includes('download') && download
        ? html`<p>${t('install.bundle')}</p>
            ${code(download.url, t('install.bundleUrl'))}
            <p class="quiet small">SHA-256 <code class="hash">${download.sha256}</code></p>
            ${button(install.busy === 'bundle' ? t('install.fetching') : t('install.fetch'), () => view.act('install.fetchBundle', { flowId: install.id }), { kind: 'primary', isDisabled: install.busy !== undefined, testId: 'fetch-bundle' })}`
        : nothing
    }
    ${
      prepare
        ? html`<p>${t('install.prepare')}</p>
            ${command(view, prepare, 'install.prepareCommand')}`
        : nothing
    }
    ${install.needs.includes('confirm') ? notice('warn', t('install.elsewhere')) : nothing}
    ${
      startYourself
        ? html`<p>${t('install.startYourself')}</p>
            ${command(view, startYourself.commandLine, 'install.startCommand')}
            <p class="quiet small">${t('install.answersAt')} <code>${foreign(startYourself.url)}</code></p>`
        : nothing
    }`,
  );
}

function command(view: View, text: NonNullable<InstallView['prepare']>, label: StringKey): TemplateResult {
  return html`<div class="copyable">
    ${code(text, t(label))}${button(t('app.copy'), () => view.copy(text.text), { kind: 'icon', icon: icon('copy') })}
  </div>`;
}

function target(view: View, install: InstallView): TemplateResult {
  const key = `name:${install.id}`;
  const rename = (name: string) => {
    type(view, key, name);
    view.act('install.choose', { flowId: install.id, change: { name } });
  };
  const chosen = install.targets.find((one) => one.id === install.target);
  return section(
    t('install.where'),
    html`<div
        class="choices"
        role=${install.canMove ? 'radiogroup' : nothing}
        aria-label=${install.canMove ? t('install.where') : nothing}
      >
        ${install.targets.filter((one) => install.canMove || one === chosen).map((one) => targetRow(view, install, one))}
      </div>
      <div class="install-field ${install.nameProblem === undefined ? '' : 'invalid'}">
        <span class="field-label">${t('install.name')}</span>
        ${
          install.canMove
            ? textField({
                name:
                  install.nameProblem === undefined
                    ? t('install.name')
                    : `${t('install.name')}, ${t('install.nameProblem', install.nameProblem)}`,
                value: typed(view, key) ?? install.serverName,
                onInput: rename,
                isInvalid: install.nameProblem !== undefined,
              })
            : html`<code>${foreign(install.serverName)}</code>`
        }
        ${install.nameProblem === undefined ? nothing : html`<span class="bad-text" role="alert">${t('install.nameProblem', install.nameProblem)}</span>`}
      </div>`,
  );
}

/** What is being typed is this page's own until the host has it: an older state must not take it back. */
function typed(view: View, key: string): string | undefined {
  return view.ui.filters[`install:${key}`];
}

function type(view: View, key: string, text: string): void {
  view.update((ui) => withEntry(ui, 'filters', `install:${key}`, text));
}

function targetRow(view: View, install: InstallView, one: InstallTargetView): TemplateResult {
  const isChosen = one.id === install.target;
  const content = html`<span class="choice-main">
    <span class="choice-title"
      >${t(`install.target.${one.kind}`)} ${one.exists ? nothing : badge(t('install.newFile'))}
      ${one.knowsInputs ? nothing : badge(t('install.noSecrets'), { tone: 'warn', help: t('install.noSecretsHelp') })}</span
    >
    <span class="quiet small path">${foreign(one.file)}</span>
    ${one.refusal ? html`<span class="small bad-text">${foreign(one.refusal)}</span>` : nothing}
  </span>`;
  if (!install.canMove) return html`<div class="choice fixed">${content}</div>`;
  return html`<label class="choice ${isChosen ? 'chosen' : ''}">
    <input
      type="radio"
      name="target"
      .checked=${isChosen}
      ?disabled=${one.refusal !== undefined}
      @change=${() => view.act('install.choose', { flowId: install.id, change: { target: one.id } })}
    />
    ${content}
  </label>`;
}

/** The form of the inputs; a new one whenever other things are asked for. */
export function installForm(view: View, install: InstallView): Form {
  const key = `install:${install.formKey}`;
  return view.form(key, () => {
    const validate = async (content: JsonObject, signal: AbortSignal) =>
      (await view.call('install.validate', { flowId: install.id, content }, signal)).findings;
    return new Form(key, formModel(install.schema), view.ui.drafts[key]?.draft, install.start, {
      validate,
      // Answers to an installation are nobody's draft: they may be secrets without a name for it.
      keep: (draft) => view.update((ui) => withEntry(ui, 'drafts', key, draft && { draft, isPrivate: true })),
      changed: () => view.redraw(),
      later,
    });
  });
}

function inputs(view: View, install: InstallView): TemplateResult | typeof nothing {
  if (install.inputCount === 0) return nothing;
  const form = installForm(view, install);
  return section(
    t('install.inputs'),
    html`<p class="quiet small">${t('install.inputsHelp')}</p>
      ${formView(form, () => void look(view, install))}`,
  );
}

function remarks(view: View, install: InstallView): TemplateResult {
  const warnings = install.checks.filter((check) => check.verdict === 'fail' || check.verdict === 'warn');
  return html`${
    install.dangers.length === 0 ? nothing : section(t('install.dangers'), dangerList(install.dangers))
  }
  ${
    install.reviews.length + warnings.length === 0
      ? nothing
      : section(
          t('install.remarks'),
          html`${noteList([...warnings.map(({ text }) => text), ...install.reviews.map(({ text }) => text)])}`,
        )
  }
  ${
    install.gaps.isOffered
      ? checkbox({
          label: t('install.askForGaps'),
          isChecked: install.gaps.isOn,
          onChange: (askForGaps) =>
            view.act('install.choose', { flowId: install.id, change: { askForGaps } }),
        })
      : nothing
  }
  ${privateBox(view, install)}
  ${
    install.notes.length === 0
      ? nothing
      : section(
          t('install.notes'),
          html`<p class="quiet small">${t('install.notesHelp')}</p>
            <ul class="plain-list">
              ${install.notes.map((note) => html`<li>${icon('info', 'quiet')}<span>${foreign(note.description)}${note.command ? html` <code>${foreign(note.command)}</code>` : nothing}</span></li>`)}
            </ul>`,
        )
  }`;
}

function actions(view: View, install: InstallView): TemplateResult {
  const isBlocked =
    install.busy !== undefined ||
    install.nameProblem !== undefined ||
    install.needs.includes('version') ||
    install.needs.includes('download');
  const form = install.inputCount === 0 ? undefined : installForm(view, install);
  return html`<div class="form-actions">
    ${button(t('install.review'), () => void look(view, install), { kind: 'primary', isDisabled: isBlocked, testId: 'review' })}
    ${install.busy === 'review' ? ring(t('install.review')) : nothing} ${form ? problemCount(form) : nothing}
  </div>`;
}

async function look(view: View, install: InstallView): Promise<void> {
  const form = install.inputCount === 0 ? undefined : installForm(view, install);
  const content = form ? await form.submit() : {};
  if (content === undefined) {
    const problems = form?.messages().filter((message) => message.isBlocking).length ?? 0;
    view.announce(count('announce.problems', problems));
    view.focusFirstProblem();
    return;
  }
  if (!(await view.attempt('install.review', { flowId: install.id, content }))) return;
  // What was sent is the host's now; a secret does not stay in this page.
  if (form) view.closeForm(form.key);
  view.focusHeading();
}
