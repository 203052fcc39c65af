import { l10n, QuickPickItemKind, type QuickPickItem } from 'vscode';
import type { Tool } from '../core/connection.ts';
import type { Connections } from '../core/connections.ts';
import { setPreset } from '../core/policyEdit.ts';
import type { PolicyGate } from '../core/policyGate.ts';
import { isGlob } from '../core/policyGlob.ts';
import { AppError } from '../core/util/errors.ts';
import type { CommandTable } from './commands.ts';
import type { Dialogs } from './dialogs.ts';
import { forIconLabel } from './plainText.ts';
import type { PolicyEditor } from './policyEditor.ts';

export interface PresetCommandsDeps {
  readonly connections: Pick<Connections, 'servers' | 'setToolEnabled'>;
  readonly gate: PolicyGate;
  readonly editor: PolicyEditor;
  readonly dialogs: Dialogs;
}

interface ToolItem extends QuickPickItem {
  readonly tool?: { readonly serverId: string; readonly name: string; readonly tokens: number };
}

/** The command that switches many tools at once, by hand or by a preset. */
export function presetCommands(deps: PresetCommandsDeps): CommandTable<'selectTools'> {
  const { connections, gate, dialogs } = deps;
  const offered = () =>
    connections.servers
      .get()
      .flatMap((server) => (server.offer?.tools.items ?? []).map((tool) => ({ server, tool })));

  const apply = (isOn: (serverId: string, tool: string) => boolean): void => {
    for (const { server, tool } of offered()) {
      const { id } = server.definition;
      const wanted = isOn(id, tool.name);
      if (wanted === server.disabledTools.has(tool.name)) connections.setToolEnabled(id, tool.name, wanted);
    }
  };

  const byHand = async (): Promise<void> => {
    const items = connections.servers.get().flatMap((server): ToolItem[] => {
      const tools = server.offer?.tools.items ?? [];
      const { id, name } = server.definition;
      if (tools.length === 0) return [];
      return [
        { label: forIconLabel(name), kind: QuickPickItemKind.Separator },
        ...tools.map((tool) => ({
          label: forIconLabel(tool.name),
          description: l10n.t('about {0} tokens', tokensOf(tool)),
          detail: forIconLabel(tool.description ?? '', 120),
          picked: !server.disabledTools.has(tool.name),
          tool: { serverId: id, name: tool.name, tokens: tokensOf(tool) },
        })),
      ];
    });
    if (items.length === 0)
      throw new AppError('not-found', l10n.t('No server offers tools now.'), {
        nextStep: l10n.t('Start a server first.'),
      });
    const chosen = await dialogs.pickMany({
      title: l10n.t('Select tools'),
      placeholder: l10n.t('What is not selected is switched off, for every caller'),
      button: l10n.t('Switch, and save as a preset…'),
      summary: (on) => {
        const tokens = on.reduce((sum, { tool }) => sum + (tool?.tokens ?? 0), 0);
        return l10n.t('{0} tools, about {1} tokens', on.length, tokens);
      },
      items,
    });
    if (!chosen) throw turnedAway();
    const on = chosen.items.flatMap(({ tool }) => (tool ? [tool] : []));
    apply((serverId, name) => on.some((one) => one.serverId === serverId && one.name === name));
    if (chosen.isButton) await save(on);
  };

  const save = async (tools: readonly { readonly serverId: string; readonly name: string }[]) => {
    const name = await dialogs.enter({
      title: l10n.t('Save as a preset'),
      prompt: l10n.t('Its name'),
      check: (typed) =>
        typed.trim() === '' || typed.length > 60 ? l10n.t('1 to 60 characters.') : undefined,
    });
    if (name === undefined) throw turnedAway();
    const source = await deps.editor.pickSource(l10n.t('Which file shall have the preset?'));
    const servers: Record<string, string[]> = {};
    for (const { serverId, name: tool } of tools)
      // A name with signs of patterns in it would take in others.
      if (!isGlob(tool)) (servers[serverId] ??= []).push(tool);
    await deps.editor.write(source, (text) => setPreset(text, name.trim(), servers));
  };

  return {
    selectTools: async () => {
      const presets = gate.presetNames();
      if (presets.length === 0) return byHand();
      const picked = await dialogs.pick({
        title: l10n.t('Select tools'),
        placeholder: l10n.t('By hand, or as a preset says'),
        items: [
          { label: `$(checklist) ${l10n.t('Select by hand…')}`, description: '', preset: undefined },
          ...presets.map((preset) => {
            const tools = offered().filter(({ server, tool }) =>
              gate.isInPreset(preset, server.definition, tool.name),
            );
            const tokens = tools.reduce((sum, { tool }) => sum + tokensOf(tool), 0);
            return {
              label: forIconLabel(preset),
              description: l10n.t('{0} tools, about {1} tokens', tools.length, tokens),
              preset,
            };
          }),
        ],
      });
      if (!picked) throw turnedAway();
      const { preset } = picked;
      if (preset === undefined) return byHand();
      const servers = new Map(connections.servers.get().map(({ definition }) => [definition.id, definition]));
      apply((serverId, tool) => {
        const server = servers.get(serverId);
        return server !== undefined && gate.isInPreset(preset, server, tool);
      });
      return undefined;
    },
  };
}

/** How much of a model's context a tool takes, roughly: four characters a token. */
function tokensOf({ raw }: Tool): number {
  return Math.ceil(JSON.stringify(raw).length / 4);
}

function turnedAway(): AppError {
  return new AppError('cancelled', 'the user turned away');
}
