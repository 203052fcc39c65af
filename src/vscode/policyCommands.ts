import { l10n, Uri, window } from 'vscode';
import type { HintsTrust } from '../core/hintsTrust.ts';
import type { RememberedDecision } from '../core/policy.ts';
import { addRule } from '../core/policyEdit.ts';
import type { PolicyGate } from '../core/policyGate.ts';
import { suggestRules } from '../core/ruleSuggestions.ts';
import type { ServerDefinition } from '../core/server.ts';
import { AppError } from '../core/util/errors.ts';
import type { CommandTable } from './commands.ts';
import type { Dialogs } from './dialogs.ts';
import { forIconLabel, forMessage } from './plainText.ts';
import type { PolicyCalls } from './policyCalls.ts';
import type { PolicyEditor } from './policyEditor.ts';
import { stepItem, suggestionText } from './policyText.ts';
import { callerText } from './requestText.ts';
import { visibleJson } from './visibleJson.ts';

export interface PolicyCommandsDeps {
  readonly gate: PolicyGate;
  readonly editor: PolicyEditor;
  readonly calls: PolicyCalls;
  readonly hints: HintsTrust;
  readonly remembered: () => readonly RememberedDecision[];
  readonly dialogs: Dialogs;
  /** Told after the user trusted a server's hints, or took that back. */
  readonly onHints: (definition: ServerDefinition, isTrusted: boolean) => void;
}

type Names = 'openPolicy' | 'acceptPolicy' | 'explainPolicy' | 'makeRule' | 'trustServerHints';

/** Commands about the policy files. */
export function policyCommands(deps: PolicyCommandsDeps): CommandTable<Names> {
  const { gate, editor, calls, hints, remembered, dialogs } = deps;
  // From the palette the approval that is on screen is meant.
  const activeUri = () => window.activeTextEditor?.document.uri;

  const explain = async (argument: unknown): Promise<void> => {
    const call = calls.gated(await calls.whole(argument ?? activeUri()));
    await gate.ready();
    const { decision, steps } = gate.explain(call, remembered());
    const place = decision.place;
    const picked = await dialogs.pick({
      title: {
        allow: l10n.t('It would be sent without asking: {0}', forIconLabel(decision.rule)),
        ask: l10n.t('You would be asked: {0}', forIconLabel(decision.rule)),
        deny: l10n.t('It would be denied: {0}', forIconLabel(decision.rule)),
      }[decision.effect],
      placeholder:
        steps.length === 0
          ? l10n.t('There are no rules.')
          : l10n.t('{0} rules, in order; pick one to go to it', steps.length),
      items: [
        ...(steps.some(({ hasFired }) => hasFired)
          ? []
          : [
              {
                label: `$(arrow-right) ${forIconLabel(decision.rule)}`,
                description: l10n.t('decides'),
                place,
              },
            ]),
        ...steps.map((step) => ({ ...stepItem(step, l10n.t), place: step.rule.place })),
      ],
    });
    if (picked?.place) await editor.open(picked.place.source, picked.place.line);
  };

  const makeRule = async (argument: unknown): Promise<void> => {
    const subject = await calls.whole(argument ?? activeUri());
    const tool = forMessage(subject.tool, 80);
    const caller = callerText(subject.caller, l10n.t);
    const picked = await dialogs.pick({
      title: l10n.t('Make a rule from this call'),
      placeholder: l10n.t('The narrowest rule is the first'),
      items: suggestRules(subject).map(({ kind, rule }) => ({
        label: forIconLabel(suggestionText(kind, tool, caller, l10n.t)),
        description: '',
        detail: forIconLabel(
          JSON.stringify(rule['arguments'] ?? {}) === '{}' ? '' : JSON.stringify(rule['arguments']),
          400,
        ),
        rule,
      })),
    });
    if (!picked) throw turnedAway();
    const source = await editor.pickSource(l10n.t('Which file shall have the rule?'));
    const add = l10n.t('Add Rule');
    const note =
      source.kind === 'workspace' && picked.rule['effect'] === 'allow'
        ? `\n\n${l10n.t('A file of a workspace allows nothing until you accept it as it is.')}`
        : '';
    const chosen = await dialogs.ask({
      message: l10n.t('Add this rule to {0}?', forMessage(source.label, 120)),
      detail: `${visibleJson(picked.rule)}${note}`,
      isWarning: false,
      choices: [add],
    });
    if (chosen !== add) throw turnedAway();
    await editor.write(source, (text) => addRule(text, picked.rule));
  };

  const trustHints = async (argument: unknown): Promise<void> => {
    const { definition } = await calls.server(argument);
    const { id, launchHash } = definition;
    const name = forMessage(definition.name, 100);
    const isTrusted = hints.isTrusted(id, launchHash);
    const choice = isTrusted ? l10n.t('Stop Trusting') : l10n.t('Trust Hints');
    const chosen = await dialogs.ask({
      message: isTrusted
        ? l10n.t('The hints of {0} are trusted. Stop that?', name)
        : l10n.t('Trust what {0} claims about its tools?', name),
      detail: l10n.t(
        'Only rules with “hints” go by it: a server can claim that a tool only reads, and nobody checks that. It holds for as long as the server is started the same way.',
      ),
      choices: [choice],
    });
    if (chosen !== choice) throw turnedAway();
    if (isTrusted) hints.withdraw(id);
    else hints.trust(id, launchHash);
    deps.onHints(definition, !isTrusted);
  };

  return {
    openPolicy: async (argument) => {
      const given = argument instanceof Uri ? editor.sourceOf(argument) : undefined;
      await editor.open(given ?? (await editor.pickSource(l10n.t('Which policy file?'))));
    },
    acceptPolicy: (argument) => editor.accept(argument instanceof Uri ? argument : activeUri()),
    explainPolicy: explain,
    makeRule,
    trustServerHints: trustHints,
  };
}

function turnedAway(): AppError {
  return new AppError('cancelled', 'the user turned away');
}
