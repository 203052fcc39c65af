import { html, nothing, type TemplateResult } from 'lit-html';
import type { ServerView } from '../../src/core/dashboard.ts';
import type { DoctorAction, DoctorReport, DoctorStep } from '../../src/core/doctor.ts';
import { button } from '../components/components.ts';
import { code, foreign } from '../components/foreign.ts';
import { icon, resultIcon } from '../components/icons.ts';
import { disclosure, empty, section } from '../components/parts.ts';
import { dateTime, elapsed } from '../format.ts';
import { t } from '../strings.ts';
import type { View } from '../view.ts';
import { withEntry } from '../viewState.ts';

/** The connection of a server, step by step, with what mends it. */
export function doctorTab(view: View, server: ServerView): TemplateResult {
  const { doctor } = server;
  const report = doctor?.report;
  const isLooking = doctor?.isLooking ?? false;
  return html`<div class="scroll doctor" data-testid="doctor">
    ${report ? verdict(report) : isLooking ? html`<p class="quiet" role="status">${t('doctor.looking')}</p>` : nothing}
    ${report || isLooking ? actions(view, server.id, isLooking, report) : nothing}
    ${report ? steps(view, server.id, report) : nothing}
    ${
      report || isLooking
        ? nothing
        : empty(t('doctor.none'), t('doctor.noneHelp'), lookButton(view, server.id, false))
    }
  </div>`;
}

function verdict({ result, summary, at, way }: DoctorReport): TemplateResult {
  return html`<div class="verdict-box doctor-verdict ${result}" role="status" data-testid="doctor-verdict">
    ${resultIcon(result)}
    <span
      ><span class="strong">${t(`doctor.verdict.${result}`)}.</span>
      ${result === 'pending' ? nothing : foreign(summary)}
      <span class="quiet small">${t(`doctor.way.${way}`, dateTime(at))}</span></span
    >
  </div>`;
}

function lookButton(view: View, serverId: string, isAgain: boolean): TemplateResult {
  const target = { serverId };
  return button(t(isAgain ? 'doctor.lookAgain' : 'doctor.look'), () => view.act('doctor.look', target), {
    kind: isAgain ? 'secondary' : 'primary',
    icon: icon('search'),
    isDisabled: view.isBusy('doctor.look', target),
    testId: 'doctor-look',
  });
}

function actions(
  view: View,
  serverId: string,
  isLooking: boolean,
  report: DoctorReport | undefined,
): TemplateResult {
  const target = { serverId };
  const copy = (format: 'markdown' | 'json', label: string) =>
    button(
      label,
      () => {
        view.act('doctor.copy', { ...target, format });
        view.announce(t('app.copied'));
      },
      { icon: icon('copy'), help: t('doctor.copyHelp'), testId: `doctor-copy-${format}` },
    );
  return html`<div class="doctor-actions actions">
    ${
      isLooking
        ? button(t('doctor.stop'), () => view.act('doctor.stop', target), {
            icon: icon('stop'),
            testId: 'doctor-stop',
          })
        : lookButton(view, serverId, true)
    }
    ${report && !isLooking ? html`${copy('markdown', t('doctor.copy'))} ${copy('json', t('doctor.copyJson'))}` : nothing}
  </div>`;
}

function steps(view: View, serverId: string, { steps: all }: DoctorReport): TemplateResult {
  return section(
    t('doctor.steps'),
    html`<ol class="plain-list checks" data-testid="doctor-steps">
      ${all.map((step, i) => stepItem(view, serverId, step, i + 1))}
    </ol>`,
  );
}

function stepItem(view: View, serverId: string, step: DoctorStep, number: number): TemplateResult {
  const { id, title, result, ms, found, fix, details } = step;
  const key = `doctor:${serverId}:${id}`;
  const isBad = result === 'fail' || result === 'warn';
  return html`<li class="check" data-step=${id} data-result=${result}>
    ${resultIcon(result)}
    <div class="check-text">
      <div class="check-title">
        <span class="strong ${result === 'skipped' || result === 'pending' ? 'quiet' : ''}"
          >${number}. ${title}</span
        >
        <span class="quiet small"
          >${t(`doctor.result.${result}`)}${
            ms === undefined ? nothing : html` · <span class="number">${elapsed(ms)}</span>`
          }</span
        >
      </div>
      ${found === '' ? nothing : html`<div class=${result === 'skipped' ? 'quiet' : ''}>${foreign(found)}</div>`}
      ${
        fix
          ? html`<div class="fix">
              <span><span class="strong">${t('doctor.fix')}:</span> ${foreign(fix.text)}</span>
              ${fix.action ? actionButton(view, serverId, fix.action) : nothing}
            </div>`
          : nothing
      }
      ${
        details.length > 0
          ? disclosure(
              t('doctor.details'),
              view.ui.expanded[key] ?? isBad,
              (isOpen) => view.update((ui) => withEntry(ui, 'expanded', key, isOpen)),
              () => code(details.join('\n'), `${title}: ${t('doctor.details')}`),
            )
          : nothing
      }
    </div>
  </li>`;
}

function actionButton(view: View, serverId: string, action: DoctorAction): TemplateResult {
  const target = { serverId };
  const run = () => {
    switch (action) {
      case 'open-config':
        return view.act('server.openConfig', target);
      case 'show-log':
        return view.act('server.showLog', target);
      case 'start':
        return view.act('server.start', target);
      case 'sign-in':
        return view.act('auth.run', { serverId, command: 'signIn' });
      case 'step-up':
        return view.act('auth.run', { serverId, command: 'stepUp' });
    }
  };
  return button(t(`doctor.action.${action}`), run, { kind: 'secondary', testId: `doctor-${action}` });
}
