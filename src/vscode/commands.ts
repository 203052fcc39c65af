import { commands as vscodeCommands } from 'vscode';
import { DisposableStore, type Disposable } from '../core/util/disposables.ts';
import { commands, contextKeys } from '../shared/ids.ts';
import type { Actions } from './runAction.ts';

/** The commands by their short names. */
export type CommandName = keyof typeof commands;
/** One handler per command, given whatever the caller passed: a tree node, a URI, or nothing from the palette. */
export type CommandTable<K extends CommandName = CommandName> = {
  readonly [N in K]: (argument: unknown, more: unknown) => unknown;
};

/** Registers every command; a missing handler fails the build. */
export function registerCommands(table: CommandTable, actions: Actions): Disposable {
  const store = new DisposableStore();
  for (const name of Object.keys(commands) as CommandName[]) {
    const handler = table[name];
    store.add(
      vscodeCommands.registerCommand(commands[name], (argument: unknown, more: unknown) =>
        actions.run(name, () => handler(argument, more)),
      ),
    );
  }
  return store;
}

/** Runs one of our commands. */
export async function runCommand(name: CommandName, ...args: unknown[]): Promise<void> {
  await vscodeCommands.executeCommand(commands[name], ...args);
}

/** Sets a context key for `when` clauses. */
export function setContext(key: keyof typeof contextKeys, value: boolean): void {
  void vscodeCommands.executeCommand('setContext', contextKeys[key], value);
}
