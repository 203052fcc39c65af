import { commands, l10n } from 'vscode';
import type { AskInput } from '../core/inputs.ts';
import type { InputDefinition, ServerDefinition } from '../core/server.ts';
import { AppError } from '../core/util/errors.ts';
import { visibleText } from '../core/util/text.ts';
import type { Dialogs } from './dialogs.ts';
import { forIconLabel, forMessage } from './plainText.ts';
import { visibleJson } from './visibleJson.ts';

/** Asks for the value of an input of a configuration file: a text, a password, a choice, or the result of a command. */
export function createInputPrompt(dialogs: Dialogs): AskInput {
  return async (definition, input, signal) => {
    const title = l10n.t('{0}: value for {1}', forMessage(definition.name, 80), forMessage(input.id, 80));
    const prompt = forMessage(input.description === '' ? input.id : input.description);
    switch (input.kind) {
      case 'text':
        return dialogs.enter(
          {
            title,
            prompt,
            isPassword: input.isPassword,
            ...(input.default === undefined ? {} : { value: input.default }),
          },
          signal,
        );
      case 'pick': {
        const items = input.options.map((option, i) => ({
          label: forIconLabel(input.optionLabels?.[i] ?? option),
          description: option === input.default ? l10n.t('default') : '',
          option,
        }));
        return (await dialogs.pick({ title, placeholder: prompt, items }, signal))?.option;
      }
      case 'command':
        return runAfterAsking(dialogs, definition, input);
    }
  };
}

/** A file's command can do anything the editor can, so it never runs unseen. */
async function runAfterAsking(
  dialogs: Dialogs,
  { name, source, line }: ServerDefinition,
  { id, command }: InputDefinition,
): Promise<string | undefined> {
  if (!command) throw new AppError('invalid-config', `the input ${id} names no command`);
  const run = l10n.t('Run Command');
  const args = command.args === undefined ? '' : `\n${visibleJson(command.args)}`;
  const chosen = await dialogs.ask({
    message: l10n.t(
      'Run a VS Code command to get the value {0} for {1}?',
      forMessage(id, 80),
      forMessage(name, 80),
    ),
    detail: `${visibleText(`${command.id}${args}`).text}\n\n${source.file}:${line}`,
    choices: [run],
  });
  if (chosen !== run) return undefined;
  const value: unknown = await commands.executeCommand(command.id, command.args);
  if (typeof value !== 'string')
    throw new AppError(
      'invalid-config',
      l10n.t('The command {0} gave no text for the input {1}.', command.id, id),
    );
  return value;
}
