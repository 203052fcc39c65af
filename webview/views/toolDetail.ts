import { html, nothing, type TemplateResult } from 'lit-html';
import type { ServerView, ToolDetail } from '../../src/core/dashboard.ts';
import { formModel } from '../../src/core/forms/formModel.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { button, checkbox, dropdown } from '../components/components.ts';
import { code, foreign, foldedBlock, hiddenNote } from '../components/foreign.ts';
import { icon } from '../components/icons.ts';
import { badge, disclosure, notice, subsection } from '../components/parts.ts';
import { Form } from '../forms/form.ts';
import { formView, modeSwitch, problemCount } from '../forms/formView.ts';
import { later } from '../forms/later.ts';
import { count, t } from '../strings.ts';
import { withEntry } from '../viewState.ts';
import type { View } from '../view.ts';
import { toolRuns } from './toolRuns.ts';
import { acceptedBadge, flagList, standingNotice } from './toolStanding.ts';

type Mode = 'auto' | 'plain' | 'task';

/** The definition of a tool and the form to run it. */
export function toolDetail(view: View, server: ServerView, tool: ToolDetail): TemplateResult {
  const target = { serverId: server.id, tool: tool.name };
  const textKey = `text:${server.id}/${tool.name}`;
  return html`<div class="scroll tool" data-testid="tool-detail">
    <header class="detail-head">
      <h2 class="tool-name" tabindex="-1"><code>${foreign(tool.shownName)}</code></h2>
      <div class="actions">
        ${checkbox({
          label: t('tools.enabled'),
          isChecked: tool.isEnabled,
          help: t('tools.enabledHelp'),
          onChange: (on) => view.act('tool.setEnabled', { ...target, on }),
        })}
        ${button(t('tool.copy'), () => view.act('tool.copyDefinition', target), { kind: 'icon', icon: icon('copy') })}
      </div>
    </header>
    ${tool.title ? html`<p class="tool-title">${foreign(tool.title)}</p>` : nothing}
    <div class="badges">${claims(tool)}${taskBadge(tool)}${hash(view, tool)}${acceptedBadge(tool)}</div>
    ${standingNotice(view, server, tool)} ${hiddenNote(tool.shownName)}
    ${tool.description ? foldedBlock(tool.description, view.ui.expanded[textKey] ?? false, (isOpen) => view.update((ui) => withEntry(ui, 'expanded', textKey, isOpen || undefined))) : nothing}
    ${flagList(tool)} ${tool.isEnabled ? nothing : notice('warn', t('tool.off'))}
    ${runSection(view, server, tool)} ${schemaSection(view, server, tool, 'inputSchema')}
    ${tool.outputSchema ? schemaSection(view, server, tool, 'outputSchema') : nothing}
  </div>`;
}

function claims({ hints }: ToolDetail): TemplateResult {
  const texts = [
    hints.readOnly === undefined
      ? undefined
      : t(hints.readOnly ? 'tool.claim.readOnly' : 'tool.claim.writes'),
    hints.destructive === undefined
      ? undefined
      : t(hints.destructive ? 'tool.claim.destructive' : 'tool.claim.additive'),
    hints.idempotent === undefined
      ? undefined
      : t(hints.idempotent ? 'tool.claim.idempotent' : 'tool.claim.notIdempotent'),
    hints.openWorld === undefined
      ? undefined
      : t(hints.openWorld ? 'tool.claim.openWorld' : 'tool.claim.closedWorld'),
  ].filter((text) => text !== undefined);
  const all = texts.length === 0 ? [t('tool.claim.none')] : texts;
  return html`${all.map((text) => badge(text, { tone: 'claim', help: t('tool.claims') }))}`;
}

function taskBadge({ taskSupport }: ToolDetail): TemplateResult | typeof nothing {
  return taskSupport === 'forbidden' ? nothing : badge(html`${icon('task')}${t(`tool.task.${taskSupport}`)}`);
}

function hash(view: View, { definitionHash }: ToolDetail): TemplateResult | typeof nothing {
  if (definitionHash === '') return nothing;
  return html`<button
    type="button"
    class="badge hash"
    title=${t('tool.hashHelp', definitionHash)}
    aria-label="${t('tool.hash', definitionHash.slice(0, 12))}. ${t('tool.hashHelp', definitionHash)}. ${t('app.copy')}"
    @click=${() => view.copy(definitionHash)}
  >
    ${t('tool.hash', definitionHash.slice(0, 12))}
  </button>`;
}

function schemaSection(
  view: View,
  server: ServerView,
  tool: ToolDetail,
  which: 'inputSchema' | 'outputSchema',
): TemplateResult {
  if (server.openToolProblem) return which === 'inputSchema' ? notice('warn', t('tool.tooLarge')) : html``;
  const key = `${which}:${server.id}/${tool.name}`;
  return disclosure(
    t(`tool.${which}`),
    view.ui.expanded[key] ?? false,
    (isOpen) => view.update((ui) => withEntry(ui, 'expanded', key, isOpen)),
    () => code(JSON.stringify(tool[which] ?? {}, null, 2), t(`tool.${which}`)),
  );
}

/** The key of the form of a tool; a changed definition is another form with the same draft. */
export function toolFormKey(serverId: string, tool: string): string {
  return `tool:${serverId}/${tool}`;
}

function toolForm(view: View, server: ServerView, tool: ToolDetail): Form {
  const draftKey = toolFormKey(server.id, tool.name);
  return view.form(`${draftKey}#${tool.definitionHash}`, () => {
    const validate = async (value: JsonObject, signal: AbortSignal) =>
      (await view.call('tool.validate', { serverId: server.id, tool: tool.name, arguments: value }, signal))
        .findings;
    return new Form(
      draftKey,
      formModel(tool.inputSchema),
      view.ui.drafts[draftKey]?.draft,
      tool.lastArguments,
      {
        validate,
        keep: (draft, isPrivate) =>
          view.update((ui) => withEntry(ui, 'drafts', draftKey, draft && { draft, isPrivate })),
        changed: () => view.redraw(),
        later,
      },
    );
  });
}

function runSection(view: View, server: ServerView, tool: ToolDetail): TemplateResult {
  const form = toolForm(view, server, tool);
  const modeKey = `mode:${server.id}/${tool.name}`;
  const mode = modeOf(tool, view.ui.filters[modeKey]);
  const submit = () => void run(view, server, tool, form, mode);
  return subsection(
    t('tool.runTitle'),
    html`${formView(form, submit)}
      <div class="form-actions">
        ${button(t('tool.run'), submit, { kind: 'primary', icon: icon('play'), isDisabled: !isCallable(tool), testId: 'run' })}
        ${
          tool.taskSupport === 'optional'
            ? dropdown({
                name: t('tool.mode'),
                value: mode,
                options: (['auto', 'plain', 'task'] as const).map((one) => ({
                  value: one,
                  label: t(`tool.mode.${one}`),
                })),
                onChange: (chosen) => view.update((ui) => withEntry(ui, 'filters', modeKey, chosen)),
              })
            : nothing
        }
        ${button(t('form.reset'), () => form.reset(), { help: t('form.resetHelp') })} ${problemCount(form)}
      </div>
      <p class="quiet small">
        ${t('tool.runHelp')}${server.state === 'ready' ? nothing : ` ${t('tool.notConnected')}`}
      </p>
      ${toolRuns(view, server, tool, form.key)}`,
    modeSwitch(form),
  );
}

function isCallable({ isEnabled, standing }: ToolDetail): boolean {
  return isEnabled && standing !== 'set-aside';
}

function modeOf(tool: ToolDetail, chosen: string | undefined): Mode {
  if (tool.taskSupport === 'required') return 'task';
  if (tool.taskSupport === 'forbidden') return 'plain';
  return chosen === 'plain' || chosen === 'task' ? chosen : 'auto';
}

async function run(view: View, server: ServerView, tool: ToolDetail, form: Form, mode: Mode): Promise<void> {
  if (!isCallable(tool)) return;
  const value = await form.submit();
  if (!value) {
    view.announce(count('announce.problems', form.messages().filter((message) => message.isBlocking).length));
    view.focusFirstProblem();
    return;
  }
  const call = view.call('tool.run', { serverId: server.id, tool: tool.name, arguments: value, mode });
  view.runs.follow(form.key, view.now(), call);
}
