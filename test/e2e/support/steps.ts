import type { FrameLocator, Locator } from 'playwright-core';
import type { Workbench } from './workbench.ts';

/** Starts a server from the tree, with the consent a user gives; the container is open then. */
export async function connect(workbench: Workbench, server: string, shown: RegExp): Promise<void> {
  await workbench.openContainer('MCP Switchboard');
  await workbench.inlineAction(workbench.row(new RegExp(`^${server}`)), 'Start Server');
  await workbench.modal().getByText(shown).waitFor();
  await workbench.answerModal('Start Server');
  await workbench.row(new RegExp(`^${server}, connected`)).waitFor();
}

/** Starts the official everything server. */
export function connectEverything(workbench: Workbench): Promise<void> {
  return connect(workbench, 'everything', /server-everything\/dist\/index\.js stdio/);
}

/** Starts our nightly server. */
export function connectNightly(workbench: Workbench): Promise<void> {
  return connect(workbench, 'nightly', /demo\/nightly\/stdio\.ts --state/);
}

/** Opens the run form of a tool from the tree. */
export async function openForm(workbench: Workbench, server: string, tool: string): Promise<FrameLocator> {
  await workbench.expand(workbench.row(new RegExp(`^${server}`)));
  await workbench.expand(workbench.row(/^Tools/));
  await workbench.contextAction(workbench.row(new RegExp(`^${tool}`)), 'Run Tool');
  const form = workbench.webview();
  await form.locator('.tool-name').getByText(tool, { exact: true }).waitFor();
  return form;
}

/** Fills the fields of the form that is shown, by the beginning of their labels. */
export async function fill(form: FrameLocator, fields: Readonly<Record<string, string>>): Promise<void> {
  for (const [label, text] of Object.entries(fields)) {
    await form.getByRole('textbox', { name: new RegExp(`^${label}`, 'i') }).fill(text);
  }
}

/** Presses Run in the form that is shown and waits for the approval of the tool in its own tab. */
export async function run(workbench: Workbench, tool: string): Promise<void> {
  const before = await approvals(workbench, tool).count();
  await workbench.webview().getByRole('button', { name: 'Run', exact: true }).click();
  await approvals(workbench, tool).nth(before).waitFor();
  await codeLens(workbench, 'Allow Once').waitFor();
}

/** The tabs of the open approvals of a tool. */
export function approvals(workbench: Workbench, tool: string): Locator {
  return workbench.tab(new RegExp(`${tool} – approve`));
}

/** The lines of the editor that is shown. */
export function lines(workbench: Workbench): Locator {
  return workbench.page.locator('.editor-instance .view-lines');
}

/** An action above the arguments in the editor that is shown. */
export function codeLens(workbench: Workbench, title: string): Locator {
  return workbench.page.locator('.codelens-decoration a').filter({ hasText: title }).first();
}

/** Replaces a string value in the approval that is shown. */
export async function replaceValue(workbench: Workbench, value: string, next: string): Promise<void> {
  await lines(workbench).getByText(`"${value}"`).first().dblclick();
  await workbench.page.keyboard.insertText(next);
  await lines(workbench).getByText(`"${next}"`).first().waitFor();
}

/** Opens the form of a tool, fills it in, runs it and allows the call once. */
export async function call(
  workbench: Workbench,
  server: string,
  tool: string,
  fields: Readonly<Record<string, string>>,
): Promise<void> {
  await fill(await openForm(workbench, server, tool), fields);
  await run(workbench, tool);
  await codeLens(workbench, 'Allow Once').click();
  await approvals(workbench, tool).waitFor({ state: 'detached' });
}

/** The row of a job whose name and standing fit; it stays valid while the standing changes. */
export function jobRow(workbench: Workbench, tool: string, standing: string): Locator {
  return workbench.row(new RegExp(`^${tool}, ${standing}`));
}

/** Opens the result of a job, the part of it whose name fits when there are several. */
export async function openResult(workbench: Workbench, job: Locator, part?: RegExp): Promise<void> {
  await workbench.inlineAction(job, 'Open Result');
  if (part) await workbench.pick(part);
}
