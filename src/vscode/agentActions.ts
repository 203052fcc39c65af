import { l10n } from 'vscode';
import type { AgentLaunchers } from '../core/agentSnippets.ts';
import {
  callerNameProblem,
  type CallerOffers,
  type CallerRecord,
  type CallerSettings,
} from '../core/callerRecord.ts';
import type { Callers } from '../core/callers.ts';
import type { Connections } from '../core/connections.ts';
import { AppError } from '../core/util/errors.ts';
import { agentName, settingsLine } from './agentText.ts';
import type { Dialogs } from './dialogs.ts';
import { setGatewayMode, type GatewayMode } from './gatewaySettings.ts';
import { forIconLabel } from './plainText.ts';
import { textOf } from './targets.ts';

export interface AgentActionsDeps {
  readonly callers: Callers;
  readonly launchers: AgentLaunchers;
  readonly dialogs: Dialogs;
  readonly connections: Pick<Connections, 'servers'>;
  /** Names of the tool presets there are. */
  readonly presets: () => readonly string[];
}

/** Revokes a caller's token after asking. */
export async function revokeAgent(deps: AgentActionsDeps, argument: unknown): Promise<void> {
  const record = await callerOf(deps, argument, l10n.t('Revoke an Agent'));
  const revoke = l10n.t('Revoke');
  const chosen = await deps.dialogs.ask({
    message: l10n.t('Revoke the token of “{0}”?', record.name),
    detail: l10n.t(
      'Its calls are refused at once, in every window. Calls that already run go on. The entry in its own configuration stays there and does nothing.',
    ),
    choices: [revoke],
  });
  if (chosen !== revoke) throw turnedAway();
  await deps.callers.revoke(record.id);
  await deps.launchers.revoke(record.id);
}

/** Gives a caller another name. */
export async function renameAgent(deps: AgentActionsDeps, argument: unknown): Promise<void> {
  const record = await callerOf(deps, argument, l10n.t('Rename an Agent'));
  const taken = new Set(deps.callers.list.get().map(({ name }) => name));
  const name = await deps.dialogs.enter({
    title: l10n.t('Rename “{0}”', record.name),
    prompt: l10n.t('Rules and remembered decisions for the old name will no longer match.'),
    value: record.name,
    check: (text) => {
      if (callerNameProblem(text) !== undefined)
        return l10n.t(
          'Lower-case letters, digits, dots, hyphens and underscores; a letter or digit first; at most 63.',
        );
      return taken.has(text) && text !== record.name ? l10n.t('Another agent has this name.') : undefined;
    },
  });
  if (name === undefined) throw turnedAway();
  deps.callers.rename(record.id, name);
}

/** Changes what a caller is offered and how it is treated, one thing at a time. */
export async function configureAgent(deps: AgentActionsDeps, argument: unknown): Promise<void> {
  const record = await callerOf(deps, argument, l10n.t('Configure an Agent'));
  const { settings } = record;
  const what = await deps.dialogs.pick({
    title: l10n.t('Configure “{0}”', record.name),
    placeholder: settingsLine(settings),
    items: [
      { label: l10n.t('Which tools it is offered…'), change: () => pickOffers(deps, settings) },
      { label: l10n.t('Calls per minute…'), change: () => enterLimit(deps, settings) },
      { label: l10n.t('How long a call waits for approval…'), change: () => enterTimeout(deps, settings) },
      { label: l10n.t('Who answers questions of servers…'), change: () => pickQuestions(deps, settings) },
    ],
  });
  const changed = await what?.change();
  if (!changed) throw turnedAway();
  deps.callers.configure(record.id, changed);
}

/** Switches the gateway on or off. */
export async function pickMode({ dialogs }: AgentActionsDeps, mode: GatewayMode): Promise<void> {
  const item = (value: GatewayMode, label: string, detail: string) => ({
    ...{ label, detail, value },
    description: value === mode ? l10n.t('now') : '',
  });
  const picked = await dialogs.pick({
    title: l10n.t('Gateway'),
    placeholder: l10n.t('When may agents use your servers?'),
    items: [
      item('auto', l10n.t('Automatic'), l10n.t('On as soon as an agent is connected')),
      item('on', l10n.t('On'), l10n.t('Listens on this machine, also without an agent')),
      item('off', l10n.t('Off'), l10n.t('No agent gets through; tokens stay')),
    ],
  });
  if (!picked) throw turnedAway();
  await setGatewayMode(picked.value);
}

async function callerOf(
  { callers, dialogs }: AgentActionsDeps,
  argument: unknown,
  title: string,
): Promise<CallerRecord> {
  callers.refresh();
  const id = typeof argument === 'string' ? argument : textOf(argument, 'callerId');
  if (id !== undefined) {
    const record = callers.get(id);
    if (!record) throw new AppError('not-found', l10n.t('This agent was revoked already.'));
    return record;
  }
  const records = callers.list.get();
  if (records.length === 0) {
    throw new AppError('not-found', l10n.t('No agent is connected.'), {
      nextStep: l10n.t('Run “Connect an Agent…” first.'),
    });
  }
  const picked = await dialogs.pick({
    title,
    placeholder: l10n.t('Which agent?'),
    items: records.map((record) => ({
      label: forIconLabel(record.name),
      description: agentName(record.agent),
      detail: settingsLine(record.settings),
      record,
    })),
  });
  if (!picked) throw turnedAway();
  return picked.record;
}

async function pickOffers(
  { dialogs, connections, presets }: AgentActionsDeps,
  settings: CallerSettings,
): Promise<CallerSettings | undefined> {
  const choose = l10n.t('Choose servers…');
  interface Item {
    readonly label: string;
    readonly description?: string;
    readonly offers: CallerOffers | undefined;
  }
  const items: readonly Item[] = [
    { label: l10n.t('Everything'), offers: { kind: 'all' } },
    { label: choose, offers: undefined },
    ...presets().map((name): Item => ({
      label: forIconLabel(name),
      description: l10n.t('preset'),
      offers: { kind: 'preset', name },
    })),
  ];
  const picked = await dialogs.pick({
    title: l10n.t('Which tools?'),
    placeholder: l10n.t('Tools that are switched off are never offered.'),
    items,
  });
  if (!picked) return undefined;
  if (picked.offers) return { ...settings, offers: picked.offers };
  const { offers } = settings;
  const chosen = await dialogs.pickMany({
    title: choose,
    placeholder: l10n.t('Which servers?'),
    button: l10n.t('Choose'),
    items: connections.servers.get().map(({ definition: { id, name, source } }) => ({
      label: forIconLabel(name),
      description: forIconLabel(source.file),
      picked: offers.kind === 'all' || (offers.kind === 'servers' && offers.serverIds.includes(id)),
      id,
    })),
  });
  return chosen && { ...settings, offers: { kind: 'servers', serverIds: chosen.items.map(({ id }) => id) } };
}

async function enterLimit(
  deps: AgentActionsDeps,
  settings: CallerSettings,
): Promise<CallerSettings | undefined> {
  const value = await enterNumber(
    deps,
    l10n.t('Calls per minute'),
    l10n.t('Calls over it are refused. 0 = no limit.'),
    settings.callsPerMinute,
  );
  return value === undefined ? undefined : { ...settings, callsPerMinute: value };
}

async function enterTimeout(
  deps: AgentActionsDeps,
  settings: CallerSettings,
): Promise<CallerSettings | undefined> {
  const value = await enterNumber(
    deps,
    l10n.t('Seconds until a call that nobody decides about is refused'),
    l10n.t('0 = it waits as long as it takes.'),
    settings.approvalTimeoutMs / 1000,
  );
  return value === undefined ? undefined : { ...settings, approvalTimeoutMs: value * 1000 };
}

async function enterNumber(
  { dialogs }: AgentActionsDeps,
  title: string,
  prompt: string,
  value: number,
): Promise<number | undefined> {
  const text = await dialogs.enter({
    ...{ title, prompt, value: String(value) },
    check: (typed) => (/^\d{1,6}$/.test(typed) ? undefined : l10n.t('A whole number, 0 or more.')),
  });
  return text === undefined ? undefined : Number(text);
}

async function pickQuestions(
  { dialogs }: AgentActionsDeps,
  settings: CallerSettings,
): Promise<CallerSettings | undefined> {
  const picked = await dialogs.pick({
    title: l10n.t('Who answers what servers ask during its calls?'),
    placeholder: l10n.t('Forms, pages to open and requests for a model’s answer'),
    items: [
      { label: l10n.t('You, in the inbox'), questions: 'inbox' as const },
      { label: l10n.t('The agent, where it can; else you'), questions: 'caller' as const },
    ],
  });
  return picked && { ...settings, questions: picked.questions };
}

function turnedAway(): AppError {
  return new AppError('cancelled', 'the user turned away');
}
