/** The signature of `vscode.l10n.t`, so that texts can be made without an editor. */
export type Translate = (message: string, ...args: (string | number | boolean)[]) => string;
