import { ThemeIcon, window, type QuickInputButton, type QuickPickItem } from 'vscode';
import { forMessage } from './plainText.ts';

/** A question that, unless it says otherwise, stops everything else until it is answered. */
export interface Question {
  /** Plain text of one line. */
  readonly message: string;
  /** Plain text of any length, hidden characters already visible. */
  readonly detail?: string;
  readonly isWarning?: boolean;
  /** False for a notification that lets the user look around before answering; it shows no detail. */
  readonly isModal?: boolean;
  /** What can be chosen, besides cancelling. */
  readonly choices: readonly string[];
}

/** A line of text to be typed. */
export interface Entry {
  readonly title: string;
  readonly prompt: string;
  readonly value?: string;
  readonly placeholder?: string;
  readonly isPassword?: boolean;
  /** What is wrong with a text; undefined when it is fine. */
  readonly check?: (text: string) => string | undefined;
}

/** A list to pick one from. */
export interface Choice<T extends QuickPickItem> {
  readonly title: string;
  readonly placeholder: string;
  readonly items: readonly T[];
}

/** A list to pick any number from; items say with `picked` what is on at first. */
export interface Choices<T extends QuickPickItem> extends Choice<T> {
  /** Title of a button that ends the choice too. */
  readonly button: string;
  /** What the title says of what is on. */
  readonly summary?: (on: readonly T[]) => string;
}

/** Asks the user and waits; undefined means the user turned away, or the signal did. */
export interface Dialogs {
  ask(question: Question): Promise<string | undefined>;
  enter(entry: Entry, signal?: AbortSignal): Promise<string | undefined>;
  pick<T extends QuickPickItem>(choice: Choice<T>, signal?: AbortSignal): Promise<T | undefined>;
  /** What is on when the user is done, or presses the button. */
  pickMany<T extends QuickPickItem>(
    choices: Choices<T>,
  ): Promise<{ readonly items: readonly T[]; readonly isButton: boolean } | undefined>;
  /** The address of a folder. */
  pickFolder(button: string): Promise<string | undefined>;
}

/** Dialogs of the real editor. */
export function createDialogs(): Dialogs {
  return {
    ask: async ({ message, detail, isWarning, isModal, choices }) => {
      const options = { modal: isModal !== false, ...(detail === undefined ? {} : { detail }) };
      const text = forMessage(message, 1000);
      return isWarning === false
        ? window.showInformationMessage(text, options, ...choices)
        : window.showWarningMessage(text, options, ...choices);
    },
    enter: (entry, signal) =>
      new Promise((resolve) => {
        const box = window.createInputBox();
        box.title = entry.title;
        box.prompt = entry.prompt;
        box.value = entry.value ?? '';
        box.placeholder = entry.placeholder ?? '';
        box.password = entry.isPassword ?? false;
        box.ignoreFocusOut = true;
        const close = () => box.hide();
        box.onDidChangeValue((text) => (box.validationMessage = entry.check?.(text)));
        box.onDidAccept(() => {
          const { value } = box;
          box.validationMessage = entry.check?.(value);
          if (box.validationMessage) return;
          resolve(value);
          box.hide();
        });
        box.onDidHide(() => {
          resolve(undefined);
          signal?.removeEventListener('abort', close);
          box.dispose();
        });
        signal?.addEventListener('abort', close, { once: true });
        if (signal?.aborted) close();
        else box.show();
      }),
    pick: (choice, signal) =>
      new Promise((resolve) => {
        const list = window.createQuickPick<(typeof choice.items)[number]>();
        list.title = choice.title;
        list.placeholder = choice.placeholder;
        list.items = choice.items;
        list.ignoreFocusOut = true;
        list.matchOnDescription = true;
        list.matchOnDetail = true;
        const close = () => list.hide();
        list.onDidAccept(() => {
          resolve(list.selectedItems[0]);
          list.hide();
        });
        list.onDidHide(() => {
          resolve(undefined);
          signal?.removeEventListener('abort', close);
          list.dispose();
        });
        signal?.addEventListener('abort', close, { once: true });
        if (signal?.aborted) close();
        else list.show();
      }),
    pickMany: (choices) =>
      new Promise((resolve) => {
        const list = window.createQuickPick<(typeof choices.items)[number]>();
        const button: QuickInputButton = { iconPath: new ThemeIcon('add'), tooltip: choices.button };
        const say = (on: readonly (typeof choices.items)[number][]) =>
          (list.title = choices.summary ? `${choices.title}: ${choices.summary(on)}` : choices.title);
        list.onDidChangeSelection(say);
        list.placeholder = choices.placeholder;
        list.canSelectMany = true;
        list.items = choices.items;
        list.selectedItems = choices.items.filter(({ picked }) => picked);
        say(list.selectedItems);
        list.buttons = [button];
        list.ignoreFocusOut = true;
        const end = (isButton: boolean) => {
          resolve({ items: list.selectedItems, isButton });
          list.hide();
        };
        list.onDidAccept(() => end(false));
        list.onDidTriggerButton(() => end(true));
        list.onDidHide(() => {
          resolve(undefined);
          list.dispose();
        });
        list.show();
      }),
    pickFolder: async (button) => {
      const [folder] =
        (await window.showOpenDialog({
          canSelectFolders: true,
          canSelectFiles: false,
          openLabel: button,
        })) ?? [];
      return folder?.toString();
    },
  };
}
