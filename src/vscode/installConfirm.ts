import { l10n } from 'vscode';
import { consentFacts } from '../core/consent.ts';
import type { InstallFlow, InstallReview } from '../core/installFlow.ts';
import type { InstallPorts } from '../core/installPorts.ts';
import { reviewDangers } from '../core/installView.ts';
import { visibleText } from '../core/util/text.ts';
import { consentDetail, isTooLongForDialog } from './consentText.ts';
import type { Dialogs } from './dialogs.ts';
import { forMessage } from './plainText.ts';
import type { ResultEditor } from './resultEditor.ts';
import type { Translate } from './translate.ts';

export interface InstallConfirmDeps {
  readonly dialogs: Dialogs;
  readonly results: Pick<ResultEditor, 'openText'>;
}

/** Asks in the editor itself, where no page can answer: everything that will run or be contacted, whole, and what is written. */
export function createInstallConfirm({ dialogs, results }: InstallConfirmDeps): InstallPorts['confirm'] {
  return async (review, flow) => {
    const detail = installDetail(review, flow, l10n.t);
    const name = forMessage(review.definition.name, 100);
    const { message, yes } = questionOf(flow, name);
    const isLong = isTooLongForDialog(detail);
    if (isLong) await results.openText(yes, `${message}\n\n${detail}\n`);
    const chosen = await dialogs.ask(
      isLong
        ? { message: l10n.t('{0} What it does is in the editor.', message), choices: [yes], isModal: false }
        : { message, detail, choices: [yes] },
    );
    return chosen === yes;
  };
}

function questionOf(
  { purpose }: InstallFlow,
  name: string,
): { readonly message: string; readonly yes: string } {
  switch (purpose.kind) {
    case 'install':
      return { message: l10n.t('Install the MCP server {0}?', name), yes: l10n.t('Install') };
    case 'update':
      return { message: l10n.t('Update the MCP server {0}?', name), yes: l10n.t('Update') };
    case 'roll-back':
      return { message: l10n.t('Roll the MCP server {0} back?', name), yes: l10n.t('Roll Back') };
  }
}

/** Everything that is agreed to, untruncated. */
export function installDetail(review: InstallReview, flow: InstallFlow, t: Translate): string {
  const facts = { ...consentFacts(review.definition), dangers: reviewDangers(review) };
  const { thing, origin } = flow;
  const place =
    origin.kind === 'registry'
      ? `${origin.label} (${origin.url})`
      : origin.kind === 'file'
        ? origin.file
        : origin.kind === 'url'
          ? origin.url
          : origin.kind === 'program'
            ? origin.file
            : origin.kind === 'typed'
              ? t('what you typed')
              : t('an install link');
  const what = thing.kind === 'entry' ? `${thing.entry.name} ${thing.entry.version}` : review.definition.name;
  return [
    // The kinds of danger differ, not how they are shown.
    consentDetail(facts as Parameters<typeof consentDetail>[0], t),
    '',
    visibleText(t('Described by: {0}, {1}', what, place)).text,
    t('Nobody has checked what it does.'),
  ].join('\n');
}
