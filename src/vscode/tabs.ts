import {
  TabInputCustom,
  TabInputText,
  TabInputTextDiff,
  window,
  workspace,
  type Tab,
  type Uri,
} from 'vscode';

/** The documents a tab shows. */
function urisOf({ input }: Tab): readonly Uri[] {
  if (input instanceof TabInputText || input instanceof TabInputCustom) return [input.uri];
  return input instanceof TabInputTextDiff ? [input.modified, input.original] : [];
}

/** Closes every tab that shows a matching document, without a question about saving. */
export async function closeTabs(matches: (uri: Uri) => boolean): Promise<void> {
  const matching = () =>
    window.tabGroups.all.flatMap((group) => group.tabs).filter((tab) => urisOf(tab).some(matches));
  if (matching().length === 0) return;
  for (const document of workspace.textDocuments) {
    if (document.isDirty && matches(document.uri)) await document.save();
  }
  const tabs = matching();
  try {
    await window.tabGroups.close(tabs, true);
  } catch (error) {
    // The user, or the document that went away, was faster.
    if (matching().length > 0) throw error;
  }
}
