import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { root } from '../../scripts/processes.ts';
import { connect, lines } from './support/steps.ts';
import { withWorkbench, type Theme, type Workbench } from './support/workbench.ts';

const drinks = {
  type: 'stdio',
  command: process.execPath,
  args: [
    ...['--disable-warning=ExperimentalWarning', path.join(root, 'test/fixtures/servers/askingPrompts.ts')],
    'modern',
  ],
};

/** Opens the form of a prompt from the tree. */
async function openPrompt(workbench: Workbench, prompt: string) {
  await workbench.expand(workbench.row(/^drinks/));
  await workbench.expand(workbench.row(/^Prompts/));
  await workbench.row(new RegExp(`^${prompt}`)).click();
  const page = workbench.webview();
  await page.locator('.tool-name').getByText(prompt, { exact: true }).waitFor();
  return page;
}

test('a prompt is completed, previewed after a question, opened as a document and put into the chat’s input', () =>
  withWorkbench({ files: { '.vscode/mcp.json': { servers: { drinks } } } }, async (workbench) => {
    await connect(workbench, 'drinks', /askingPrompts\.ts modern/);
    const page = await openPrompt(workbench, 'order');
    const drink = page.getByRole('combobox', { name: /^drink/ });
    await drink.fill('t');
    await page.getByRole('option', { name: 'tea with milk' }).waitFor();
    await workbench.screenshot('prompts-completion');
    await drink.press('ArrowDown');
    await drink.press('ArrowDown');
    await drink.press('Enter');
    assert.equal(await drink.inputValue(), 'tea with milk');
    await page.getByTestId('preview').click();

    await page.getByText('The server asks something first.').waitFor();
    await workbench.screenshot('prompts-asking');
    const question = workbench.row(/^Question: How many cups/);
    await workbench.inlineAction(question, 'Answer');
    await workbench.answerInput('3');
    await question.waitFor({ state: 'detached' });
    await page.locator('.prompt-message').getByText('Order 3 tea with milk.').waitFor();
    for (const theme of ['light', 'hc-dark', 'hc-light', 'dark'] satisfies Theme[]) {
      await workbench.setTheme(theme);
      await workbench.screenshot(`prompts-preview-${theme}`);
    }

    await page.getByTestId('open-document').click();
    await workbench.tab(/order prompt\.txt/).waitFor();
    await lines(workbench).getByText('Order 3 tea with milk.').first().waitFor();
    await workbench.screenshot('prompts-document');

    // The page was hidden meanwhile: what the server answered is still there.
    await workbench
      .tab(/MCP Switchboard/)
      .first()
      .click();
    await workbench.webview().getByTestId('send-to-chat').click();
    const chat = workbench.page.locator('.part.auxiliarybar .interactive-input-part .monaco-editor');
    await chat.getByText('Order 3 tea with milk.').waitFor();
    assert.equal(
      await workbench.page.locator('.part.auxiliarybar .interactive-item-container').count(),
      0,
      'nothing was sent',
    );
    await workbench.screenshot('prompts-chat');
  }));

test('the log level of a server is chosen on its page, and decides what its log shows', () =>
  withWorkbench({ files: { '.vscode/mcp.json': { servers: { drinks } } } }, async (workbench) => {
    await connect(workbench, 'drinks', /askingPrompts\.ts modern/);
    const page = await openPrompt(workbench, 'greet');
    const choose = async (level: string) => {
      await page.getByRole('tab', { name: 'Overview' }).click();
      const list = page.locator('#log-level');
      await list.click();
      await list.getByRole('option', { name: level, exact: true }).click();
      await page.locator(`#log-level[current-value="${level}"]`).waitFor();
      await page.getByRole('tab', { name: /^Prompts/ }).click();
      await page.getByRole('row', { name: /^greet/ }).click();
    };
    const greet = async () => {
      await page.getByTestId('preview').click();
      await page.locator('.prompt-message').getByText('Hello there').waitFor();
    };
    await choose('warning');
    await greet();
    await page.getByRole('tab', { name: 'Overview' }).click();
    await page.getByRole('button', { name: 'Show log' }).click();
    const log = workbench.page.locator('.part.panel .view-lines');
    await log.getByText('greeting with a warning').first().waitFor();
    assert.equal(await log.getByText('greeting in detail').count(), 0);
    await workbench.screenshot('log-level-warning');

    await choose('debug');
    await greet();
    await log.getByText('[debug] [drinks] greeting in detail').first().waitFor();
    await workbench.screenshot('log-level-debug');
  }));
